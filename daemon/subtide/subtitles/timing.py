"""Timing: from the times of speech to the times of cues. All work is in whole milliseconds."""

import dataclasses
import math
from collections.abc import Sequence
from itertools import zip_longest

from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import Limits

EDGE = 1e-6
"""What float arithmetic may add to a whole number of milliseconds."""


def settle(cues: Sequence[Cue], limits: Limits, frame_rate: float = 24.0) -> tuple[Cue, ...]:
    """Give cues that carry the times of their speech the times at which they are shown.

    A cue ends with its speech, or as much as ``linger_seconds`` later when it could not be
    read by then; a gap of 3 to 11 frames is closed to two; a cue never stands for less than
    ``min_seconds`` or more than ``max_seconds``, and never touches the next. Where speech
    leaves too little time, the cue takes the time it needs and the following ones start later,
    until a pause lets them catch up.
    """
    gap = math.ceil(limits.gap_seconds(frame_rate) * 1000 - EDGE)
    closed = round(limits.close_gap_seconds(frame_rate) * 1000)
    shortest = math.ceil(limits.min_seconds * 1000 - EDGE)
    longest = math.floor(limits.max_seconds * 1000 + EDGE)
    settled: list[Cue] = []
    earliest = 0
    for cue, following in zip_longest(cues, cues[1:]):
        start = max(round(cue.start * 1000), earliest)
        needed = start + math.ceil(reading_seconds(cue, limits) * 1000 - EDGE)
        spoken, lingering = round(cue.end * 1000), round(limits.linger_seconds * 1000)
        end = max(spoken, min(needed, spoken + lingering))
        latest = start + longest
        if following is not None:
            upcoming = round(following.start * 1000)
            if upcoming - end <= closed:
                latest = min(latest, upcoming - gap)
                end = latest
        end = max(min(end, latest), start + shortest)
        settled.append(dataclasses.replace(cue, start=start / 1000, end=end / 1000))
        earliest = end + gap
    return tuple(settled)


def lengthen(cues: Sequence[Cue], limits: Limits, frame_rate: float = 24.0) -> tuple[Cue, ...]:
    """Let cues that are read too fast stay longer, into the gap after them and no further.

    No start changes and no cue becomes shorter, so a person's timing is kept.
    """
    gap = limits.gap_seconds(frame_rate)
    lengthened: list[Cue] = []
    for cue, following in zip_longest(cues, cues[1:]):
        wanted = max(limits.min_seconds, reading_seconds(cue, limits))
        end = cue.start + min(wanted, limits.max_seconds)
        if following is not None:
            end = min(end, following.start - gap)
        lengthened.append(dataclasses.replace(cue, end=max(cue.end, round(end, 3))))
    return tuple(lengthened)


def reading_seconds(cue: Cue, limits: Limits) -> float:
    """How long the cue takes to read."""
    return limits.width(cue.text) / limits.reading_speed
