import pytest

from subtide.mt.songs import sung
from subtide.subtitles.cues import Cue


@pytest.mark.parametrize(
    ("text", "song"),
    [
        ("♪ Here comes the sun ♪", True),
        ("♪ Here comes the sun\nand I say ♪", True),
        ("{\\i1}♫ La la{\\i0}", True),
        ("# Here comes the sun #", True),
        ("🎵 Here comes the sun 🎵", True),
        ("＃ きみがすき ＃", True),  # noqa: RUF001 - a full-width sign is meant
        ("＃1 だ", False),  # noqa: RUF001
        ("- ♪ La la ♪\n- ♪ Lo lo ♪", True),
        ("- ♪ La la ♪\n- Be quiet!", False),
        ("#1 in the charts", False),
        ("#MeToo", False),
        ("Room # 5", False),
        ("Here comes the sun", False),
    ],
)
def test_music_signs_make_a_song(text: str, *, song: bool) -> None:
    assert sung([Cue(0, 2, text)]) == [song]


ITALIC = Cue(3, 5, "{\\i1}and I say{\\i0}")


def test_italics_between_the_signs_are_sung() -> None:
    cues = [Cue(0, 2, "♪ Here comes the sun"), ITALIC, Cue(6, 8, "it's all right ♪")]
    assert sung(cues) == [True, True, True]


def test_italics_elsewhere_are_not() -> None:
    opened, ended = Cue(0, 2, "♪ Here comes the sun"), Cue(6, 8, "it's all right ♪")
    whole = Cue(0, 2, "♪ Here comes the sun ♪")
    assert sung([whole, ITALIC]) == [True, False]
    assert sung([opened, ITALIC]) == [True, False]
    assert sung([opened, Cue(3, 5, "Hello."), ended]) == [True, False, True]
    assert sung([opened, ITALIC, Cue(60, 62, ended.text)])[1] is True
    assert sung([opened, Cue(50, 52, ITALIC.text), ended])[1] is False
