"""What every format has: a reader, a writer or both, and how pysubs2 is asked."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pysubs2

from subtide.errors import OriginUnreadable
from subtide.languages import Language
from subtide.subtitles.bidi import without_marks
from subtide.subtitles.cues import Cue

FIX = "choose another subtitle, or repair this one"

Reader = Callable[[str, float | None], Sequence[Cue]]
"""Cues from a file's text and the frames a second of its video, None where nobody knows.

Raises ValueError, LookupError, TypeError, ArithmeticError or a pysubs2 error where the text is
damaged.
"""
Writer = Callable[[Sequence[Cue], Language | None], str]
"""A file's text from cues and their language."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of subtitle file."""

    name: str
    """What people call it."""
    read: Reader | None = None
    write: Writer | None = None


def damaged(name: str, error: object) -> OriginUnreadable:
    """Return the error for a file of a format that cannot be read to its end."""
    return OriginUnreadable(f"the {name} subtitle is damaged: {error}", FIX)


def from_pysubs2(text: str, name: str, **options: Any) -> pysubs2.SSAFile:  # noqa: ANN401 - its own
    """Read a file's text as pysubs2 does; ``name`` and ``options`` are pysubs2's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return pysubs2.SSAFile.from_string(text, name, **options)


def events(cues: Sequence[Cue], dress: Callable[[str], str]) -> Iterable[pysubs2.SSAEvent]:
    """Yield pysubs2's events of cues; ``dress`` makes an event's text from a cue's."""
    for cue in cues:
        text = dress(cue.text).replace("\n", "\\N")
        start, end = round(cue.start * 1000), round(cue.end * 1000)
        yield pysubs2.SSAEvent(start=start, end=end, text=text)


def cue_of(start: int, end: int, text: str) -> Cue:
    """Return a cue of milliseconds and a text, its lines without white space around them."""
    text = text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")
    lines = (line.strip() for line in without_marks(text).split("\n"))
    return Cue(start / 1000, end / 1000, "\n".join(line for line in lines if line))
