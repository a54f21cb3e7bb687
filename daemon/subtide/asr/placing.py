"""Words onto the speech that the detector heard: it knows the edges of a pause better.

Imported in child processes only.
"""

from collections.abc import Sequence
from dataclasses import replace

from subtide.asr.speech import PAD, Span, SpeechMap
from subtide.subtitles.cues import Word

NEAR = 0.25
"""Seconds between a word's edge and that of speech within which they are the same: a model's
word times are off by up to that, the detector's edges by 0.02 in the median."""

SHORTEST = 0.05
"""Seconds that a word keeps, whatever the detector says."""


def placed(words: Sequence[Word], speech: SpeechMap) -> list[Word]:
    """Return words, in order, on the speech in which they lie.

    A word that was stretched over silence gets what it has of speech; the first word after a
    pause begins, and the last before one ends, where the detector says. An edge that lies at
    the end of the samples is none.
    """
    trimmed = [_on_speech(word, speech) for word in words]
    for start, end in speech.spans:
        inside = [n for n, word in enumerate(trimmed) if _within(word, (start, end))]
        if inside and start > 0:
            trimmed[inside[0]] = _begun(trimmed[inside[0]], start + PAD)
        if inside and end < speech.duration:
            trimmed[inside[-1]] = _ended(trimmed[inside[-1]], end - PAD)
    return trimmed


def _on_speech(word: Word, speech: SpeechMap) -> Word:
    inside = speech.within(word.start, word.end)
    if not inside:
        return word
    start, end = max(inside, key=lambda span: span[1] - span[0])
    return replace(word, start=start, end=end)


def _within(word: Word, span: Span) -> bool:
    return span[0] <= (word.start + word.end) / 2 < span[1]


def _begun(word: Word, onset: float) -> Word:
    near = abs(word.start - onset) <= NEAR and word.end - onset >= SHORTEST
    return replace(word, start=onset) if near else word


def _ended(word: Word, offset: float) -> Word:
    near = abs(word.end - offset) <= NEAR and offset - word.start >= SHORTEST
    return replace(word, end=offset) if near else word
