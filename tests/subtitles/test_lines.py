import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from hypothesis import given
from hypothesis import strategies as st

from subtide.languages import Language
from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.limits import limits_for
from subtide.subtitles.lines import atoms, portions, wrap

EN = Language("en")
NAMES = [("Mary", "Ann"), ("Ann", "Miller")]
LANGUAGES = [Language(tag) for tag in ("en", "de", "ja", "zh-Hans", "ko", "th", "ar")]


def english(text: str) -> str | None:
    return wrap(text, limits_for(EN), EN)


def test_a_short_text_stays_one_line() -> None:
    assert english("Where\nare you?") == "Where are you?"


def test_a_text_too_long_for_two_lines_says_so() -> None:
    assert english("word " * 20) is None


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (
            "I was there on time, but nobody else had come.",
            "I was there on time,\nbut nobody else had come.",
        ),
        (
            "We left the dog at home with the neighbours.",
            "We left the dog at home\nwith the neighbours.",
        ),
        (
            "They went out and nobody saw the old house again.",
            "They went out\nand nobody saw the old house again.",
        ),
        (
            "It cost them more than they had, 12 000 000 pounds.",
            "It cost them more than they had,\n12 000 000 pounds.",
        ),
        (
            "And this is what I said to Mr. Smith last night.",
            "And this is what I said\nto Mr. Smith last night.",
        ),
    ],
)
def test_lines_break_where_a_reader_expects_it(text: str, broken: str) -> None:
    assert english(text) == broken


def careful() -> Iterator[ParameterSet]:
    """The sentences of line_breaks.txt: language, text, and the breaks that would do."""
    for row in Path(__file__).with_name("line_breaks.txt").read_text(encoding="utf-8").split("\n"):
        if row and not row.startswith("#"):
            tag, marked = row.split(" ", 1)
            known = [pytest.mark.xfail(strict=True)] if tag.endswith("!") else []
            language = Language(tag.removesuffix("!"))
            space = "" if language.base in UNSPACED else " "
            parts = re.split(r" ?[/~] ?", marked)
            texts = {
                f"{space.join(parts[:n])}\n{space.join(parts[n:])}" for n in range(1, len(parts))
            }
            yield pytest.param(language, space.join(parts), texts, id=row, marks=known)


@pytest.mark.parametrize(("language", "text", "broken"), list(careful()))
def test_lines_break_where_a_careful_person_would_break_them(
    language: Language, text: str, broken: set[str]
) -> None:
    assert wrap(text, limits_for(language), language) in broken


def test_the_shorter_line_stands_above_where_both_breaks_are_alike() -> None:
    text = "wonderful " * 5
    assert english(text) == "wonderful wonderful\nwonderful wonderful wonderful"


def test_a_name_of_several_words_stays_on_one_line() -> None:
    text = "They wanted to speak with old Mary Ann Miller about it."
    upper, lower = (english(text) or "").split("\n")
    assert not any(upper.endswith(a) and lower.startswith(b) for a, b in NAMES)


def test_a_line_never_ends_in_an_article_when_another_break_fits() -> None:
    for count in range(1, 8):
        text = f"{'very ' * count}big dogs chased the small cats around the garden"
        upper = (english(text) or "").split("\n")[0]
        assert not upper.endswith(" the")


def test_two_speakers_keep_their_lines() -> None:
    assert english("- Yes.\n- No.") == "- Yes.\n- No."
    assert english(f"- Yes.\n- {'No, ' * 15}") is None


def test_tags_take_no_room_and_stay_with_their_words() -> None:
    text = "{\\i1}" + "a" * 42 + "{\\i0}"
    assert english(text) == text
    assert english("one {\\i1}two{\\i0} three") == "one {\\i1}two{\\i0} three"


def test_japanese_breaks_without_spaces_and_never_before_a_full_stop() -> None:
    ja = Language("ja")
    text = wrap("今日はとてもいい天気ですね。", limits_for(ja), ja)
    assert text is not None
    assert len(text.split("\n")) == 2
    assert "\n。" not in text


def test_a_word_wider_than_a_line_is_cut() -> None:
    assert english("x" * 60) == "x" * 42 + "\n" + "x" * 18


def test_a_hard_space_is_kept() -> None:
    assert english("Quoi\u00a0?") == "Quoi\u00a0?"


def visible(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(
    st.text(
        st.sampled_from("ab1é,.!?-  \n日本の。ーกาที่한국\u0301\u200d\u00a0😀{\\i1}"), max_size=200
    ),
    st.sampled_from(LANGUAGES),
)
def test_portions_lose_nothing_and_keep_every_line_in_its_limits(
    text: str, language: Language
) -> None:
    limits = limits_for(language)
    found = portions(text, limits, language)
    if "{\\i1}" not in text:
        assert visible("".join(found)) == visible(text)
    for portion in found:
        lines = portion.split("\n")
        assert len(lines) <= 2
        assert all(limits.width(line) <= limits.line_chars for line in lines)


def test_portions_are_as_few_and_as_even_as_good_breaks_allow() -> None:
    text = (
        "He said nothing else, because there was nothing else to say, "
        "and the train was already leaving the station without him."
    )
    found = portions(text, limits_for(EN), EN)
    assert [portion.replace("\n", " ") for portion in found] == [
        "He said nothing else, because there was nothing else to say,",
        "and the train was already leaving the station without him.",
    ]


def test_a_tag_open_at_a_cut_is_closed_and_opened_again() -> None:
    text = "{\\an8}{\\i1}" + "some words, " * 10 + "{\\i0}end"
    first, *_, last = portions(text, limits_for(EN), EN)
    assert first.startswith("{\\an8}{\\i1}")
    assert first.endswith("{\\i0}")
    assert last.startswith("{\\an8}{\\i1}")


def test_atoms_of_mixed_scripts_keep_latin_words_whole() -> None:
    found = [atom.text for atom in atoms("私はJohnです", limits_for(Language("ja")))]
    assert found == ["私", "は", "John", "で", "す"]
