"""The words of a transcript, and the cues that a viewer reads."""

import re
from dataclasses import dataclass

TAG = re.compile(r"\{\\[^}]*\}")
r"""An inline tag as a cue's text carries it: ``{\i1}``, ``{\an8}``. It takes no room."""


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word: its text with its own punctuation, times in seconds, and certainty 0-1.

    Recognisers mark the start of a written word by a leading space; keep it, because a
    piece without one (``-known`` after `` well``, ``.5`` after `` 3``) belongs to its neighbour.
    """

    start: float
    end: float
    text: str
    probability: float = 1.0
    language: str = ""
    """The tag of a language other than the one that is spoken around it; empty for that one."""
    turn: bool = False
    """Another speaker begins here."""


@dataclass(frozen=True, slots=True)
class Cue:
    r"""What a viewer reads at once: times in seconds and one or more lines.

    ``text`` holds line breaks as ``\n`` and inline tags as pysubs2 writes them
    (``{\\i1}``); ``plain`` is what is read.
    """

    start: float
    end: float
    text: str
    language: str = ""
    """The tag of a language other than that of the cues around it; empty for that one."""

    @property
    def duration(self) -> float:
        """Seconds on screen."""
        return self.end - self.start

    @property
    def plain(self) -> str:
        """The text without tags."""
        return TAG.sub("", self.text)
