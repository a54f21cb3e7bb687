"""The port to whatever turns a block's samples into words, and a fake of it.

Imported in child processes only (numpy).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from subtide.asr.mixdown import RATE, Samples
from subtide.asr.tiers import BALANCED, TIERS, Tier
from subtide.languages import Language
from subtide.subtitles.cues import Word

SHORTEST = 0.02
"""Seconds of a word that a model gave none: its alignment puts some words on one moment."""

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


class SpeechEngine(Protocol):
    """Something that hears words. It keeps no state between calls, and serves one at a time."""

    def transcribe(  # noqa: PLR0913 - what is heard, and how
        self,
        samples: Samples,
        *,
        language: Language,
        offset: float,
        progress: Progress,
        tier: Tier = TIERS[BALANCED],
        names: Sequence[str] = (),
    ) -> tuple[Word, ...]:
        """Return the words of a block of 16 kHz mono samples in the language that is spoken.

        ``offset`` is where the block begins in the film, in seconds; the words' times are
        the film's. They are sorted, do not overlap, lie inside the block, and their texts
        carry their own punctuation and no blanks around. ``tier`` says with how much care;
        ``names`` may be spoken, the likeliest first: they help to write them.

        Raises LanguageUnknown for a language that the model does not know, RetryLater when
        memory is short.
        """
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """A phrase as a model heard it, with what it thought of it; seconds."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...]
    logprob: float
    """Mean log probability of the tokens of its window; 0 is sure, below -1 is guessing."""
    no_speech: float
    """Probability, 0 to 1, that the window holds no speech."""
    compression: float
    """How well zlib compresses the text; above 2.4 it repeats itself."""


class ScriptedEngine:
    """A fake that knows what is said: the words of a film, in the film's times."""

    def __init__(self, script: tuple[Word, ...]) -> None:
        self._script = script
        self.heard: list[tuple[float, Language]] = []

    def transcribe(  # noqa: PLR0913 - as the port has it
        self,
        samples: Samples,
        *,
        language: Language,
        offset: float,
        progress: Progress,
        tier: Tier = TIERS[BALANCED],  # noqa: ARG002 - it hears all of the script
        names: Sequence[str] = (),  # noqa: ARG002
    ) -> tuple[Word, ...]:
        """Return the script's words that begin inside the block."""
        self.heard.append((offset, language))
        progress(1.0)
        end = offset + len(samples) / RATE
        return in_order((w for w in self._script if offset <= w.start < end), offset, end)


def in_order(words: Iterable[Word], start: float, end: float) -> tuple[Word, ...]:
    """Return words sorted and clipped so that none overlaps another or leaves the block.

    A word without any time of its own gets SHORTEST; one without room for it is dropped.
    """
    placed: list[Word] = []
    free = start
    for word in sorted(words, key=lambda w: (w.start, w.end)):
        begins = max(min(word.start, end - SHORTEST), free)
        ends = min(max(word.end, begins + SHORTEST), end)
        if ends > begins:
            placed.append(replace(word, start=begins, end=ends))
            free = ends
    return tuple(placed)
