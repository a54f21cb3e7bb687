import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtide.languages import Language
from subtide.subtitles.bidi import CLOSE, EMBED, for_display, right_to_left, without_marks
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for

AR = Language("ar")


def shown(text: str, language: Language = AR) -> str:
    return for_display([Cue(1, 2, text)], language)[0].text


def embedded(text: str) -> str:
    return f"{EMBED}{text}{CLOSE}"


@pytest.mark.parametrize(
    "line",
    [
        "مرحبا.",
        "- هل أنت هناك؟",
        "اسمي John.",
        "John قال لي ذلك",
        "كان عمره 15 سنة",
        "...",
        "1986.",
    ],
)
def test_a_line_that_could_be_shown_wrong_is_embedded(line: str) -> None:
    assert shown(line) == embedded(line)


@pytest.mark.parametrize("line", ["مرحبا يا صديقي", "شُكْرًا", "John Smith.", "", "می\u200cروم"])
def test_a_line_that_is_shown_right_anyway_or_is_foreign_stays(line: str) -> None:
    assert shown(line) == line


def test_each_line_of_a_cue_is_embedded_for_itself() -> None:
    assert shown("- أين؟\n- هنا.") == f"{embedded('- أين؟')}\n{embedded('- هنا.')}"


def test_tags_stay_outside() -> None:
    assert shown("{\\an8}{\\i1}مرحبا.{\\i0}") == f"{{\\an8}}{{\\i1}}{embedded('مرحبا.')}{{\\i0}}"


def test_marks_that_a_person_left_are_made_anew() -> None:
    assert shown("\u200fمرحبا.\u200f") == embedded("مرحبا.")  # noqa: RUF001 - meant so


def test_a_joiner_is_no_mark_of_direction() -> None:
    assert without_marks(embedded("می\u200cروم.")) == "می\u200cروم."


@pytest.mark.parametrize("tag", ["ar", "he", "fa", "ur", "ckb", "yi", "pa-Arab"])
def test_languages_of_right_to_left_scripts_are_known(tag: str) -> None:
    assert right_to_left(Language(tag))


@pytest.mark.parametrize("tag", ["en", "ja", "tr", "az", "pa"])
def test_other_languages_stay_as_they_are(tag: str) -> None:
    assert not right_to_left(Language(tag))
    assert shown("مرحبا.", Language(tag)) == "مرحبا."


TEXTS = st.text(st.sampled_from("اب ת.،؟-1aé\n\u200f\u202b\u202c\u200c\u064b\u0661♪"), max_size=30)


@given(TEXTS)
def test_a_second_time_changes_nothing_and_marks_take_no_room(text: str) -> None:
    once = shown(text)
    assert shown(once) == once
    assert without_marks(once) == without_marks(text)
    assert limits_for(AR).width(once) == limits_for(AR).width(text)


@given(TEXTS)
def test_every_embedding_is_closed_on_its_own_line(text: str) -> None:
    for line in shown(text).split("\n"):
        inside = line.removeprefix(EMBED).removesuffix(CLOSE)
        assert line in {inside, embedded(inside)}
        assert not {EMBED, CLOSE} & set(inside)
