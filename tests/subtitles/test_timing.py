import pytest

from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for
from subtide.subtitles.timing import lengthen, settle

LIMITS = limits_for(Language("en"))


def times(*spoken: tuple[float, float]) -> list[tuple[float, float]]:
    settled = settle([Cue(start, end, "x") for start, end in spoken], LIMITS)
    return [(cue.start, cue.end) for cue in settled]


def test_a_cue_lingers_half_a_second_into_silence() -> None:
    assert times((0, 2), (5, 6)) == [(0, 2.5), (5, 6.5)]


def test_a_gap_of_three_to_eleven_frames_is_closed_to_two() -> None:
    assert times((0, 2), (2.8, 4))[0] == (0, 2.716)


def test_a_gap_of_twelve_frames_after_the_linger_stays() -> None:
    assert times((0, 2), (3.1, 4))[0] == (0, 2.5)


def test_overlapping_speech_is_shown_one_after_another() -> None:
    assert times((0, 3), (2, 4)) == [(0, 1.916), (2, 4.5)]


def test_a_cue_takes_its_shortest_time_and_the_next_one_waits() -> None:
    assert times((0, 0.2), (0.3, 0.4), (10, 12)) == [(0, 0.834), (0.918, 1.752), (10, 12.5)]


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
