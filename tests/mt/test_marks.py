import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtide.languages import Language
from subtide.mt.marks import bare
from subtide.subtitles.cues import TAG

PT = Language("pt")


@pytest.mark.parametrize(
    ("line", "sent", "dressed"),
    [
        ("Hello there", "Hello there", "Olá para ti"),
        ("{\\an8}{\\i1}Hello there{\\i0}", "Hello there", "{\\an8}{\\i1}Olá para ti{\\i0}"),
        ("♪ Hello there ♪", "Hello there", "♪ Olá para ti ♪"),
        ("🎵 Hello there 🎶", "Hello there", "🎵 Olá para ti 🎶"),
        ("- Hello there", "Hello there", "- Olá para ti"),
        ("Ho {\\i1}hello{\\i0} it", "Ho hello it", "Olá {\\i1}para{\\i0} ti"),
        ("Hello {\\b1}there{\\b0}", "Hello there", "Olá {\\b1}para ti{\\b0}"),
    ],
)
def test_marks_are_not_sent_and_stand_again_around_the_same_share(
    line: str, sent: str, dressed: str
) -> None:
    found = bare(line)
    assert found.text == sent
    assert found.dress("Olá para ti", PT) == dressed


@pytest.mark.parametrize("line", ["♪♪", "1984", "...", "{\\an8}", "{\\p1}m 0 0 l 9 9{\\p0}", ""])
def test_lines_without_speech_have_nothing_to_translate(line: str) -> None:
    assert not bare(line).speaks


@given(
    st.lists(st.sampled_from(["{\\i1}", "{\\i0}", "{\\an8}", "word", " ", "♪", "- "]), max_size=12),
    st.text("ab ", max_size=20),
    st.sampled_from([PT, Language("ja")]),
)
def test_every_tag_survives_in_order(parts: list[str], answer: str, target: Language) -> None:
    line = "".join(parts)
    found = bare(line)
    assert found.before + found.text + found.after == line or found.inner
    dressed = found.dress(answer, target)
    assert TAG.findall(dressed) == TAG.findall(line)
    inside = dressed[len(found.before) : len(dressed) - len(found.after)]
    assert TAG.sub("", inside) == answer
