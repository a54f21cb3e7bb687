"""The windows of a block that a model hears at once: at most 30 s, cut where nobody speaks.

Windows are plain stretches of the block. Speech is never joined across silence that was cut
out: times would land on the wrong side of it. Imported in child processes only.
"""

from collections.abc import Iterator

import numpy as np

from subtide.asr.mixdown import RATE, Samples
from subtide.asr.speech import Span, SpeechMap

LONGEST = 28.0
"""Seconds; Whisper hears 30, and closes its last phrase only when some silence follows it."""

WIDEST_GAP = 3.0
"""Seconds of silence inside a window; over more, models invent words."""

STEP = 0.05
"""Seconds: where speech runs on too long, the quietest such moment is the cut."""


def cut_windows(speech: SpeechMap, samples: Samples) -> tuple[Span, ...]:
    """Group the spans of speech of ``samples`` into windows, in seconds; all speech is in one."""
    windows: list[Span] = []
    for start, end in _short_enough(speech, samples):
        if windows and start - windows[-1][1] <= WIDEST_GAP and end - windows[-1][0] <= LONGEST:
            windows[-1] = windows[-1][0], end
        else:
            windows.append((start, end))
    return tuple(windows)


def _short_enough(speech: SpeechMap, samples: Samples) -> Iterator[Span]:
    for start, end in speech.spans:
        while end - start > LONGEST:
            cut = _quietest(samples, start + LONGEST / 2, start + LONGEST)
            yield start, cut
            start = cut  # noqa: PLW2901 - what is left of the span
        yield start, end


def _quietest(samples: Samples, start: float, end: float) -> float:
    step = round(STEP * RATE)
    part = samples[round(start * RATE) : round(end * RATE)]
    frames = part[: len(part) // step * step].reshape(-1, step)
    return start + (int(np.argmin(np.square(frames).sum(axis=1))) + 0.5) * STEP
