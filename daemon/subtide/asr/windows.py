"""The windows of a block that a model hears at once: at most 30 s, cut where nobody speaks.

Windows are plain stretches of a block that was folded, so that no long silence lies in them, over
which models invent words. Imported in child processes only.
"""

from collections.abc import Sequence

import numpy as np

from subtide.asr.engine import Segment
from subtide.asr.mixdown import RATE, Samples
from subtide.asr.speech import Span, SpeechMap

LONGEST = 28.0
"""Seconds; Whisper hears 30, and closes its last phrase only when some silence follows it."""

FULL = 20.0
"""Seconds; each window costs the same, however little is said in it."""

LONGEST_WORD = 1.5
"""Seconds."""

STEP = 0.05
"""Seconds by which loudness is measured where speech runs on too long."""

PAUSE_STEPS = 4
"""Steps on end that have to be quiet together: a pause between words, not within one."""


def cut_windows(speech: SpeechMap, samples: Samples) -> tuple[Span, ...]:
    """Group the spans of speech of ``samples`` into windows, in seconds; all speech is in one.

    What would leave a window emptier than FULL is cut where it is quietest.
    """
    windows: list[Span] = []
    for start, end in speech.spans:
        begins = windows.pop()[0] if windows and _joins(windows[-1], end) else start
        while end - begins > LONGEST:
            cut = _quietest(samples, max(start, begins + FULL), begins + LONGEST)
            windows.append((begins, cut))
            begins = cut
        windows.append((begins, end))
    return tuple(windows)


def _joins(window: Span, end: float) -> bool:
    """Whether what ends there goes into the window before it."""
    return end - window[0] <= LONGEST or window[1] - window[0] < FULL


def longest_unheard(window: Span, heard: Sequence[Segment], speech: SpeechMap) -> float:
    """Return the longest time, in seconds, that somebody speaks in a window without a word.

    Where a model ends too early its last word is stretched over all that follows: a word lasts
    LONGEST_WORD at most.
    """
    words = sorted(
        (word.start, min(word.end, word.start + LONGEST_WORD))
        for segment in heard
        for word in segment.words
    )
    longest, free = 0.0, window[0]
    for start, end in [*words, (window[1], window[1])]:
        longest = max(longest, sum(b - a for a, b in speech.within(free, start)))
        free = max(free, end)
    return longest


def _quietest(samples: Samples, start: float, end: float) -> float:
    step = round(STEP * RATE)
    part = samples[round(start * RATE) : round(end * RATE)]
    loud = np.square(part[: len(part) // step * step].reshape(-1, step)).sum(axis=1)
    around = np.convolve(loud, np.ones(PAUSE_STEPS), mode="valid")
    return start + (int(np.argmin(around)) + PAUSE_STEPS / 2) * STEP
