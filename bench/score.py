"""How near words and cues come to a script whose every sentence has known times."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from bench.spoken import Said
from subtide.subtitles.cues import Cue, Word

LINGER = 0.5
"""Seconds that a cue may stay after its speech."""


@dataclass(frozen=True, slots=True)
class Errors:
    """How far starts and ends are off, in seconds and without their sign."""

    count: int
    median: float
    high: float
    """95 of 100 are at most this."""

    @classmethod
    def of(cls, values: Sequence[float]) -> "Errors":
        """Sum up; nothing measured is not a number."""
        if not values:
            return cls(0, float("nan"), float("nan"))
        sizes = np.abs(values)
        return cls(len(values), float(np.median(sizes)), float(np.percentile(sizes, 95)))


@dataclass(frozen=True, slots=True)
class Timing:
    """The errors of one set of cues against the script."""

    start: Errors
    """Where a cue begins with a sentence: its start beside the sentence's."""
    speech_end: Errors
    """Where a cue ends with a sentence: the end of its last word beside the sentence's."""
    end: Errors
    """The same for the end of the cue, which may stay LINGER longer: how far it is outside."""


def plain(text: str) -> str:
    """Return a text as it is compared: small letters, no punctuation, single blanks."""
    return " ".join(re.sub(r"[^\w']+", " ", text.casefold()).split())


def word_error_rate(script: Sequence[Said], heard: str) -> float:
    """Return errors per word of the script."""
    said = " ".join(plain(sentence.text) for sentence in script)
    return float(jiwer.wer(said, plain(heard))) if plain(heard) else 1.0


def timing(script: Sequence[Said], words: Sequence[Word], cues: Sequence[Cue]) -> Timing:
    """Compare cues with the script wherever one begins or ends with a sentence.

    ``words`` are those that the cues were cut from. A word that was misheard has no place in
    the script; sentences whose first or last word was misheard are left out.
    """
    heard = [(token, word) for word in words for token in plain(word.text).split()]
    places = _places(script, [token for token, _ in heard])
    starts, speech_ends, ends = [], [], []
    for cue, first, last in _extents(cues, [token for token, _ in heard]):
        begins, finishes = places.get(first), places.get(last)
        if begins and begins.first:
            starts.append(cue.start - begins.said.start)
        if finishes and finishes.last:
            over = cue.end - finishes.said.end
            speech_ends.append(heard[last][1].end - finishes.said.end)
            ends.append(over - min(LINGER, max(0.0, over)))
    return Timing(Errors.of(starts), Errors.of(speech_ends), Errors.of(ends))


@dataclass(frozen=True, slots=True)
class _Place:
    said: Said
    first: bool
    last: bool


def _places(script: Sequence[Said], heard: Sequence[str]) -> dict[int, _Place]:
    """Return where in the script each heard word stands, for those that were heard right."""
    said: list[tuple[str, _Place]] = []
    for sentence in script:
        tokens = plain(sentence.text).split()
        said += [
            (token, _Place(sentence, place == 0, place == len(tokens) - 1))
            for place, token in enumerate(tokens)
        ]
    texts = " ".join(token for token, _ in said), " ".join(heard)
    if not all(texts):
        return {}
    chunks = jiwer.process_words(*texts).alignments[0]
    return {
        chunk.hyp_start_idx + step: said[chunk.ref_start_idx + step][1]
        for chunk in chunks
        if chunk.type == "equal"
        for step in range(chunk.ref_end_idx - chunk.ref_start_idx)
    }


def _extents(cues: Sequence[Cue], tokens: Sequence[str]) -> Iterator[tuple[Cue, int, int]]:
    """Yield each cue with the places of its first and last word; cues keep all words in order."""
    at = 0
    for cue in cues:
        own = plain(cue.plain).split()
        if not own:
            continue
        assert list(tokens[at : at + len(own)]) == own, "the cues are not made of these words"
        yield cue, at, at + len(own) - 1
        at += len(own)
