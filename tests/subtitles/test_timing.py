import pytest

from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for, violations
from subtide.subtitles.timing import lengthen, settle

LIMITS = limits_for(Language("en"))


def times(*spoken: tuple[float, float], text: str = "x") -> list[tuple[float, float]]:
    settled = settle([Cue(start, end, text) for start, end in spoken], LIMITS)
    return [(cue.start, cue.end) for cue in settled]


def test_a_cue_that_can_be_read_ends_with_its_speech() -> None:
    assert times((0, 2), (5, 6)) == [(0, 2), (5, 6)]


def test_a_cue_stays_into_silence_until_it_is_read() -> None:
    assert times((0, 1), (5, 6), text="x" * 30)[0] == (0, 1.5)


def test_a_cue_stays_no_longer_than_half_a_second_after_its_speech() -> None:
    assert times((0, 0.5), (5, 6), text="x" * 80)[0] == (0, 1.0)


def test_a_cue_that_needs_time_leaves_the_next_one_its_start() -> None:
    assert times((0, 1), (1.4, 3), text="x" * 30) == [(0, 1.316), (1.4, 3)]


def test_a_gap_of_three_to_eleven_frames_is_closed_to_two() -> None:
    assert times((0, 2), (2.4, 4))[0] == (0, 2.316)


def test_a_gap_of_twelve_frames_stays() -> None:
    assert times((0, 2), (2.5, 4))[0] == (0, 2)


@pytest.mark.parametrize(
    ("frame_rate", "gap"), [(24000 / 1001, 0.084), (25.0, 0.08), (0.0, 0.084), (90_000.0, 0.084)]
)
def test_the_gap_is_two_frames_of_a_rate_that_a_film_can_have(
    frame_rate: float, gap: float
) -> None:
    first, second = settle([Cue(0, 2, "x"), Cue(2, 4, "y")], LIMITS, frame_rate)
    assert second.start - first.end == pytest.approx(gap, abs=1e-9)
    assert violations((first, second), LIMITS, frame_rate) == ()


def test_overlapping_speech_is_shown_one_after_another() -> None:
    assert times((0, 3), (2, 4)) == [(0, 1.916), (2, 4)]


def test_a_cue_takes_its_shortest_time_and_the_next_one_waits() -> None:
    assert times((0, 0.2), (0.3, 0.4), (10, 12)) == [(0, 0.834), (0.918, 1.752), (10, 12)]


def test_a_cue_never_stands_longer_than_it_may() -> None:
    assert times((0, 30)) == [(0, 7)]


def test_a_persons_cue_becomes_longer_only_as_far_as_the_gap() -> None:
    cues = [Cue(0, 1, "x" * 40), Cue(1.5, 2, "y" * 40), Cue(9, 12, "z")]
    result = lengthen(cues, LIMITS)
    assert [cue.start for cue in result] == [0, 1.5, 9]
    assert [cue.end for cue in result] == pytest.approx([1.417, 3.5, 12], abs=0.001)


def test_a_persons_overlapping_cues_keep_their_times() -> None:
    cues = [Cue(0, 4, "x"), Cue(1, 2, "y" * 18)]
    assert lengthen(cues, LIMITS)[0] == cues[0]
