"""The words of a transcript, and the cues that a viewer reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word: its text with its own punctuation, times in seconds, and certainty 0-1."""

    start: float
    end: float
    text: str
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Cue:
    r"""What a viewer reads at once: times in seconds and one or more lines.

    ``text`` holds line breaks as ``\n`` and inline tags as pysubs2 writes them
    (``{\\i1}``); ``plain`` is what is read.
    """

    start: float
    end: float
    text: str

    @property
    def duration(self) -> float:
        """Seconds on screen."""
        return self.end - self.start
