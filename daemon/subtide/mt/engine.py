"""The port that every translation engine stands behind.

A new engine is one module with a class of this shape. One with models in files has an entry in
``engines.ENGINES``; the others, a server's and Whisper, are opened where the cues are translated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from subtide.errors import RetryLater
from subtide.languages import Language


class EngineFailed(RetryLater):
    """A translation engine broke down at work: it crashed, or its model answered nonsense."""


@dataclass(frozen=True, slots=True)
class Line:
    """One text to translate, or its translation: the id says which belong together."""

    id: int
    text: str
    start: float = 0.0
    """When it is said, in seconds of the film, as is its end; 0 for both: not known."""
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class Term:
    """A word or name, and what it has to be in the translation."""

    source: str
    target: str
    homograph: bool = False
    """In small letters it is another word (``Will``), so that at the start of a sentence it is
    taken for a name only where it stands alone."""


class TranslationEngine(Protocol):
    """Translates lines from one language into another."""

    @property
    def name(self) -> str:
        """The word that policy, recipe and pages know it by."""

    @property
    def source(self) -> Language:
        """What it reads."""

    @property
    def target(self) -> Language:
        """What it writes."""

    @property
    def batch(self) -> int:
        """How many lines it wants at once; between batches work can be stopped."""

    def translate(self, lines: Sequence[Line], *, script: Sequence[Line] = ()) -> list[Line]:
        """Translate each line under its own id.

        ``script``: every line of the document in order, for engines that read what stands
        around a line; the lines are some of them, under the same ids.

        A line without an answer is left out; no answer ever stands under another line's id.
        Lines hold plain text of any length, without tags. Raises EngineFailed when the engine
        cannot go on.
        """
