from collections.abc import Sequence

from subtide.languages import Language
from subtide.mt.engine import Line
from subtide.mt.fake import FakeEngine, rotate
from subtide.mt.pivot import PivotEngine, unique

DE, EN, PT = (Language(tag) for tag in ("de", "en", "pt"))
LINES = [Line(9, "Guten Abend, mein Freund.", 1, 2), Line(4, "Wo warst du 1986?", 3, 4)]


def upper(lines: Sequence[Line]) -> list[Line]:
    return [Line(line.id, line.text.upper()) for line in lines]


def test_a_line_goes_through_both_under_its_id() -> None:
    second = FakeEngine(EN, PT, upper)
    pivot = PivotEngine(FakeEngine(DE, EN), second)
    assert (pivot.name, pivot.source, pivot.target) == ("fake", DE, PT)
    assert pivot.translate(LINES) == upper(rotate(LINES))
    assert [(line.id, line.start) for line in second.asked] == [(9, 1), (4, 3)]


def test_two_kinds_of_engines_are_both_named() -> None:
    first = FakeEngine(DE, EN, name="opus-mt")
    assert PivotEngine(first, FakeEngine(EN, PT, name="firefox")).name == "opus-mt+firefox"


def test_a_line_that_is_bad_half_way_is_left_out_and_shifts_no_other() -> None:
    def bad(lines: Sequence[Line]) -> list[Line]:
        return [Line(9, "Good evening, my friend."), Line(4, "Where were you in 1968?")]

    assert PivotEngine(FakeEngine(DE, EN, bad), FakeEngine(EN, PT, upper)).translate(LINES) == [
        Line(9, "GOOD EVENING, MY FRIEND.")
    ]


def test_nothing_is_asked_of_the_second_when_the_first_says_nothing() -> None:
    second = FakeEngine(EN, PT)
    assert PivotEngine(FakeEngine(DE, EN, lambda _lines: []), second).translate(LINES) == []
    assert second.asked == []


def test_two_answers_under_one_id_are_none() -> None:
    assert unique([Line(1, "a"), Line(2, "b"), Line(1, "c")]) == {2: "b"}
