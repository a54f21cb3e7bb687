r"""Marks: what stands in a line but is never sent to an engine.

Engines mangle tags and placeholders (``{\i1}Hello{\i0} my friend`` came back as ``O meu
amigo``), so a line is sent bare and dressed again: what stood before and after it stands
there again, and a tag inside goes to the same share of the translation.
"""

import re
from dataclasses import dataclass

from subtide.languages import Language
from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.cues import TAG
from subtide.subtitles.lines import OPENING
from subtide.subtitles.music import HASHES, SIGNS

BEFORE = re.compile(rf"(?:{TAG.pattern}|\.\.+|…|[\s\-‐–—{SIGNS}{HASHES}])*")  # noqa: RUF001 - meant so
"""Tags, dashes of speakers, music signs and the dots of what goes on, which open a line."""
AFTER = re.compile(rf"(?:{TAG.pattern}|[\s{SIGNS}{HASHES}])*\Z")
"""Tags and music signs that close it."""
DRAWING = re.compile(r"\{[^}]*\\p[1-9]")


@dataclass(frozen=True, slots=True)
class Bare:
    """A line without its marks, and where they stood."""

    before: str
    text: str
    after: str
    inner: tuple[tuple[float, str], ...]
    """Tags inside the text, each with the share of the text before it, 0-1."""

    @property
    def speaks(self) -> bool:
        """Whether there is anything to translate: at least one letter, and no drawing."""
        drawing = DRAWING.search(self.before) or any(DRAWING.match(tag) for _, tag in self.inner)
        return not drawing and any(char.isalpha() for char in self.text)

    def dress(self, translation: str, target: Language) -> str:
        """The translation with every mark of the line, in the same order."""
        text, least = "", 0
        placed = []
        for share, tag in self.inner:
            least = max(least, _place(translation, share, tag, target))
            placed.append((least, tag))
        last = 0
        for place, tag in placed:
            text += translation[last:place] + tag
            last = place
        return self.before + text + translation[last:] + self.after


def bare(line: str) -> Bare:
    """Take the marks off a line."""
    opening = BEFORE.match(line)
    start = opening.end() if opening else 0
    closing = AFTER.search(line, start)
    end = closing.start() if closing else len(line)
    core = line[start:end]
    text = TAG.sub("", core)
    inner, shift = [], 0
    for tag in TAG.finditer(core):
        inner.append(((tag.start() - shift) / max(1, len(text)), tag[0]))
        shift += len(tag[0])
    return Bare(line[:start], text, line[end:], tuple(inner))


def _place(text: str, share: float, tag: str, target: Language) -> int:
    """The boundary of a word nearest to that share; before the word for a tag that opens."""
    wanted = round(share * len(text))
    if target.base in UNSPACED:
        return wanted
    spaces = [
        match.end() if OPENING.match(tag) else match.start() for match in re.finditer(" ", text)
    ]
    edges = [0 if OPENING.match(tag) else len(text), *spaces]
    return min(edges, key=lambda edge: abs(edge - wanted))
