"""Folding: long silences are shortened before a model hears a block, and words put back after.

A model hears 30 s at once, whatever is said in them; without the silences fewer windows do.
Imported in child processes only.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from subtide.asr.mixdown import RATE, Samples
from subtide.asr.speech import Span, SpeechMap
from subtide.subtitles.cues import Word

KEPT = 0.6
"""Seconds that a silence keeps: a pause by which a model ends a sentence."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A block without its long silences."""

    samples: Samples
    speech: SpeechMap
    """Of these samples."""
    starts: tuple[float, ...]
    """Where each piece of the block begins among these samples, in seconds."""
    pieces: tuple[Span, ...]
    """The same pieces in the block."""

    def unfolded(self, words: Sequence[Word]) -> list[Word]:
        """Return words at their times in the block, each within the piece that holds most of it."""
        return [self._unfolded(word) for word in words]

    def _unfolded(self, word: Word) -> Word:
        place = max(0, bisect_right(self.starts, (word.start + word.end) / 2) - 1)
        (start, end), shift = self.pieces[place], self.pieces[place][0] - self.starts[place]
        return replace(
            word,
            start=min(max(word.start + shift, start), end),
            end=min(max(word.end + shift, start), end),
        )


def fold(samples: Samples, speech: SpeechMap) -> Folded:
    """Shorten every silence between the spans of speech to KEPT, and leave out both ends."""
    pieces = _pieces(speech)
    parts = [samples[round(start * RATE) : round(end * RATE)] for start, end in pieces]
    ends = np.cumsum([len(part) for part in parts]) / RATE
    starts = tuple(float(end - len(part) / RATE) for end, part in zip(ends, parts, strict=True))
    spans = tuple(
        (a - start + at, b - start + at)
        for (start, end), at in zip(pieces, starts, strict=True)
        for a, b in speech.within(start, end)
    )
    folded = np.concatenate([*parts, np.zeros(0, np.float32)])
    return Folded(folded, SpeechMap(len(folded) / RATE, spans), starts, tuple(pieces))


def _pieces(speech: SpeechMap) -> list[Span]:
    pieces: list[Span] = []
    for start, end in speech.spans:
        begins = max(0.0, start - KEPT / 2)
        ends = min(speech.duration, end + KEPT / 2)
        if pieces and begins <= pieces[-1][1]:
            pieces[-1] = pieces[-1][0], ends
        else:
            pieces.append((begins, ends))
    return pieces
