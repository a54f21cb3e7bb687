"""What a check is told, and what it says: a score, and findings that are its reasons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from subtide.languages import Language
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import Limits

Identify = Callable[[str], tuple[Language | None, float]]
"""Names the language of a text and how sure that is, 0-1; ``textlanguage.identify`` is one."""
Span = tuple[float, float]
"""Start and end in seconds."""


FEW_CUES, FEW_WORDS = 10, 60
"""Shares of fewer cues or words than these are taken as of so many: one of three proves little."""


class Kind(StrEnum):
    """What a check looks for."""

    EMPTY = "empty"
    """There is nothing to read."""
    UNCOVERED = "uncovered"
    """Somebody speaks, and there is no text."""
    SILENCE = "silence"
    """There is text where nobody speaks."""
    TIMING = "timing"
    """Cues do not begin where somebody begins to speak, or not with what is said there."""
    LOOPS = "loops"
    """The same words come again and again."""
    DOUBTFUL = "doubtful"
    """The recogniser was not sure of its words."""
    PHRASES = "phrases"
    """Phrases that speech models are known to make up."""
    LANGUAGE = "language"
    """The text, or much of it, is in another language."""
    LIMITS = "limits"
    """Cues cannot be read as they stand."""
    READING_SPEED = "reading-speed"
    """Cues ask for fast reading."""
    LENGTH = "length"
    """A translation is far shorter or longer than its source."""
    UNTRANSLATED = "untranslated"
    """Lines of a translation are still in the language of its source."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, in a sentence for people."""

    kind: Kind
    text: str
    cost: float
    """What it takes from the score, which begins at 1."""
    cues: tuple[int, ...] = ()
    """The places of the cues that it is about; none when it is about all, or about a lack."""
    holds: bool = False
    """Whether it holds the file for review whatever the score."""


@dataclass(frozen=True, slots=True)
class Report:
    """How good a file is, from 0 to 1, and why it is not better: what costs most comes first."""

    score: float
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a finding alone is reason enough for a person to look."""
        return any(finding.holds for finding in self.findings)

    def plain(self) -> dict[str, Any]:
        """Return ``score``, ``holds`` and ``findings`` as values that JSON can hold.

        A finding is a list: its kind, its text, and the places of its cues.
        """
        findings = [[one.kind.value, one.text, list(one.cues)] for one in self.findings]
        return {"score": self.score, "holds": self.holds, "findings": findings}


@dataclass(frozen=True, slots=True)
class Facts:
    """What cues are compared with; what is left out is not looked at."""

    language: Language
    """What the text should be in."""
    limits: Limits | None = None
    """None for cues that keep a person's timing."""
    frame_rate: float = 24.0
    spans: Sequence[Span] = ()
    """Where somebody speaks, in order; for cues that were cut from speech."""
    words: Sequence[Word] = ()
    """The words that the cues were cut from."""
    source: Sequence[Cue] = ()
    """The cues that these are a translation of, without those that were not to be translated."""
    untranslated: int = 0
    """How many of them no engine could translate."""
    identify: Identify | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """How a share, or another number, becomes a cost."""

    clean: float
    """Up to here it costs nothing: good files have as much."""
    bad: float
    """From here on it costs all of ``weight``; it may lie below ``clean``."""
    weight: float

    def cost(self, value: float) -> float:
        """Return what ``value`` takes from the score."""
        share = (value - self.clean) / (self.bad - self.clean)
        return round(self.weight * min(max(share, 0.0), 1.0), 3)
