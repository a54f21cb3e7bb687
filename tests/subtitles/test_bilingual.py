"""Two languages in one cue."""

import pytest

from subtide.languages import Language
from subtide.subtitles.bilingual import pair
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, write
from subtide.subtitles.formats.tags import SECOND
from subtide.subtitles.limits import limits_for

LANGUAGES = Language("pt"), Language("en")
LIMITS = limits_for(LANGUAGES[0]), limits_for(LANGUAGES[1])
SOURCE = (
    Cue(1, 2, "Who left\nthe {\\i1}door{\\i0} open?"),
    Cue(5, 6, "- You.\n- Me?"),
    Cue(6.1, 9, "Mary"),
)


def paired(cues: tuple[Cue, ...], origins: tuple[int, ...] = (0, 1, 2)) -> tuple[Cue, ...]:
    return pair(cues, SOURCE, origins, LANGUAGES, LIMITS, frame_rate=25)


def test_each_language_has_one_line_where_it_fits() -> None:
    (cue,) = paired((Cue(1, 2, "Quem deixou\na porta {\\i1}aberta{\\i0}?"),), (0,))
    assert cue.text == (
        f"Quem deixou a porta {{\\i1}}aberta{{\\i0}}?\n{SECOND}Who left the door open?"
    )


def test_what_does_not_fit_keeps_its_lines() -> None:
    long = "Quem foi que deixou esta grande\nporta aberta durante toda a noite?"
    (cue,) = paired((Cue(1, 2, long),), (0,))
    assert cue.text.startswith(f"{long}\n{SECOND}")


def test_speakers_stay_on_lines_of_their_own() -> None:
    (cue,) = paired((Cue(5, 6, "- Você.\n- Eu?"),), (1,))
    assert cue.text == f"- Você.\n- Eu?\n{SECOND}- You.\n- Me?"


def test_what_nobody_translated_stands_there_once() -> None:
    assert paired((SOURCE[2],), (2,)) == (SOURCE[2],)


def test_a_cue_stays_until_both_are_read_if_nothing_follows_before() -> None:
    first, second, _ = paired(
        (Cue(1, 2, "Quem deixou a porta aberta?"), Cue(5, 6, "- Você.\n- Eu?"), SOURCE[2])
    )
    letters = len("Quem deixou a porta aberta?") / 17 + len("Who left the door open?") / 20
    assert first.end == pytest.approx(1 + letters)
    assert second.end == pytest.approx(6.1 - 2 / 25)


def test_a_clock_is_no_frame_rate_to_measure_the_gap_by() -> None:
    cues, places = (Cue(5, 6, "- Você.\n- Eu?"), SOURCE[2]), (1, 2)
    first, _ = pair(cues, SOURCE, places, LANGUAGES, LIMITS, frame_rate=90_000)
    assert first.end == pytest.approx(6.1 - 2 / 24)


def test_a_cue_never_ends_earlier_than_it_did() -> None:
    cues = (Cue(1, 5.09, "Quem?"), Cue(5.1, 6, "Eu?"), SOURCE[2])
    assert [cue.end for cue in paired(cues)][:1] == [5.09]


def test_halves_of_a_translation_have_the_same_original() -> None:
    cues = paired((Cue(1, 1.5, "Quem deixou"), Cue(1.6, 2, "a porta aberta?")), (0, 0))
    assert [cue.text.partition(SECOND)[2] for cue in cues] == ["Who left the door open?"] * 2


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("srt", "Quem?\n<i>Who left the door open?</i>\n"),
        ("vtt", "Quem?\n<i>Who left the door open?</i>\n"),
        ("ass", r"Quem?\N{\rOriginal}Who left the door open?"),
        ("ttml", '<span>Quem?</span><br /><span tts:fontStyle="italic">Who left'),
        ("txt", "Quem? Who left the door open?\n"),
        ("json", '"Quem?\\nWho left the door open?"'),
    ],
)
def test_the_second_language_looks_different_in_every_format(name: str, looks: str) -> None:
    cues = paired((Cue(1, 2, "Quem?"),), (0,))
    data = write(cues, name)
    assert looks in data.decode()
    if name in {"srt", "vtt", "ass", "ttml"}:
        assert read(data, name)[0].plain == cues[0].plain


def test_ass_has_a_smaller_grey_style_for_it() -> None:
    text = write(paired((Cue(1, 2, "Quem?"),), (0,)), "ass").decode()
    assert "Style: Original,Arial,16,&H00BEBEBE," in text
    assert "Style: Original" not in write(SOURCE, "ass").decode()
