import math

import pytest

from subtide.errors import SettingsError
from subtide.languages import Language
from subtide.pipeline.plan import SubtitleOptions
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import Limits, Violation, ViolationKind, limits_for, violations

ENGLISH = limits_for(Language("en"))


@pytest.mark.parametrize(
    ("tag", "chars", "speed"),
    [
        ("en-GB", 42, 20),
        ("pt-BR", 42, 17),
        ("ru", 42, 17),
        ("zh-Hant", 16, 9),
        ("cmn", 16, 9),
        ("ja", 13, 4),
        ("ko", 16, 12),
        ("th", 35, 17),
        ("ar", 42, 20),
    ],
)
def test_each_language_has_its_own_limits(tag: str, chars: int, speed: int) -> None:
    limits = limits_for(Language(tag))
    assert (limits.line_chars, limits.reading_speed) == (chars, speed)


def test_an_override_changes_one_limit_and_keeps_the_others() -> None:
    limits = limits_for(Language("en"), {"line_chars": 37})
    assert limits.line_chars == 37
    assert limits.reading_speed == 20


def test_the_limits_of_a_plan_are_those_of_its_language() -> None:
    options = SubtitleOptions(limits={"de": {"line_chars": 37, "lines": 1}, "de-AT": {"lines": 2}})
    german, austrian = Language("de-DE"), Language("de-AT")
    limits = limits_for(german, options.limits_of(german))
    assert (limits.line_chars, limits.lines, limits.reading_speed) == (37, 1, 17)
    assert isinstance(limits.line_chars, int)
    assert limits_for(austrian, options.limits_of(austrian)).line_chars == 42


@pytest.mark.parametrize(
    "overrides",
    [
        {"line_char": 37},
        {"line_chars": 37.5},
        {"lines": 3},
        {"min_seconds": 8},
        {"reading_speed": 0},
        {"reading_speed": math.nan},
        {"gap_frames": -1},
    ],
)
def test_an_impossible_override_is_a_settings_error(overrides: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        limits_for(Language("en"), overrides)


def test_width_counts_what_is_seen() -> None:
    assert ENGLISH.width("{\\i1}café{\\i0}") == 4
    assert ENGLISH.width("cafe\u0301") == 4
    assert ENGLISH.width("日本") == 4
    assert limits_for(Language("ja")).width("日本") == 2
    assert limits_for(Language("th")).width("ที่นี่") == 2


def kinds(*cues: Cue) -> list[tuple[int, ViolationKind]]:
    return [(v.index, v.kind) for v in violations(cues, ENGLISH)]


def test_a_good_cue_has_no_violation() -> None:
    assert kinds(Cue(0, 2, "Hello there.\nHow are you?")) == []


@pytest.mark.parametrize(
    ("cue", "kind"),
    [
        (Cue(0, 5, "a" * 43), ViolationKind.LINE_TOO_LONG),
        (Cue(0, 5, "a\nb\nc"), ViolationKind.TOO_MANY_LINES),
        (Cue(0, 0.5, "a"), ViolationKind.TOO_SHORT),
        (Cue(0, 7.1, "a"), ViolationKind.TOO_LONG),
        (Cue(0, 1, "a" * 30), ViolationKind.READING_SPEED),
        (Cue(0, 2, "{\\an8} "), ViolationKind.EMPTY),
    ],
)
def test_each_violation_of_one_cue_is_found(cue: Cue, kind: ViolationKind) -> None:
    assert kinds(cue) == [(0, kind)]


def test_neighbours_that_overlap_or_nearly_touch_are_found() -> None:
    cues = [Cue(0, 2, "a"), Cue(1.9, 3, "b"), Cue(3.02, 5, "c"), Cue(5.1, 6, "d")]
    assert kinds(*cues) == [(1, ViolationKind.OVERLAP), (2, ViolationKind.TOO_CLOSE)]


def test_a_violation_says_how_far_beyond_the_limit_it_is() -> None:
    assert violations([Cue(0, 5, "a" * 43)], ENGLISH) == (
        Violation(0, ViolationKind.LINE_TOO_LONG, 43, 42),
    )


def test_a_cue_without_time_cannot_be_read() -> None:
    found = {v.kind: v.value for v in violations([Cue(1, 1, "a")], ENGLISH)}
    assert found[ViolationKind.READING_SPEED] == math.inf
    assert ViolationKind.TOO_SHORT in found


def test_a_time_rounded_to_milliseconds_breaks_no_limit() -> None:
    limits = Limits(line_chars=42, reading_speed=20)
    assert violations([Cue(0, 0.833, "a"), Cue(0.916, 7.917, "b")], limits) == ()


def test_a_frame_rate_of_nothing_is_taken_for_that_of_film() -> None:
    cues = [Cue(0, 2, "a"), Cue(2.05, 4, "b")]
    assert [v.kind for v in violations(cues, ENGLISH, 0.0)] == [ViolationKind.TOO_CLOSE]
