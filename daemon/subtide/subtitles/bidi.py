"""Bidi: marks that keep the punctuation of right-to-left lines on its own side.

A player that lays every line out from left to right (libass does, and so does a page that is
not told otherwise) shows the full stop of an Arabic line at its right end, and parts the
words of a line that mixes scripts. A line that is embedded from right to left (U+202B to
U+202C, Unicode Standard Annex 9) is shown right by all of them.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Sequence

from subtide.languages import Language
from subtide.subtitles.cues import TAG, Cue

EMBED, CLOSE = "\u202b", "\u202c"
"""Right-to-left embedding, and its end."""
MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Every character that only says in which direction text runs; joiners are none of them."""
SCRIPTS = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"})
"""Scripts that run from right to left, by ISO 15924 code."""
RIGHT_TO_LEFT = frozenset({"R", "AL"})
"""Unicode's classes of the letters of such scripts."""
NEVER_MOVED = RIGHT_TO_LEFT | {"NSM", "WS", "BN"}
"""Classes that stand right in a line of such letters whatever its direction."""
EDGES = re.compile(rf"^((?:{TAG.pattern})*)(.*?)((?:{TAG.pattern})*)$", re.DOTALL)
"""A line between the tags at its ends."""


def right_to_left(language: Language) -> bool:
    """Whether the language is written from right to left."""
    return language.script in SCRIPTS


def for_display(cues: Sequence[Cue], language: Language) -> tuple[Cue, ...]:
    """Give cues in a right-to-left language the marks that players need; others stay as they are.

    Marks that are there already are made anew, so a second time changes nothing. They take no
    room, and ``without_marks`` takes them off again.
    """
    if not right_to_left(language):
        return tuple(cues)
    return tuple(dataclasses.replace(cue, text=_displayed(cue.text)) for cue in cues)


def without_marks(text: str) -> str:
    """The text as it is read, without anything that only directs it."""
    return MARKS.sub("", text)


def _displayed(text: str) -> str:
    return "\n".join(_embedded(line) for line in without_marks(text).split("\n"))


def _embedded(line: str) -> str:
    """The line as one that runs from right to left, unless it is foreign or shown right anyway."""
    classes = {unicodedata.bidirectional(char) for char in TAG.sub("", line)}
    foreign = "L" in classes and not classes & RIGHT_TO_LEFT
    if foreign or classes <= NEVER_MOVED:
        return line
    return EDGES.sub(rf"\g<1>{EMBED}\g<2>{CLOSE}\g<3>", line, count=1)
