"""Plain text (.txt): what is said, to be read without the film."""

from collections.abc import Sequence
from itertools import pairwise

from subtide.languages import Language
from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.base import Format
from subtide.subtitles.lines import SPEAKER

PAUSE = 3.0
"""Seconds of silence that begin a paragraph."""


def _write(cues: Sequence[Cue], language: Language | None) -> str:
    space = "" if language and language.base in UNSPACED else " "
    paragraphs: list[list[str]] = [[]]
    for before, cue in pairwise([None, *cues]):
        if cue is None:
            continue
        if before is not None and cue.start - before.end >= PAUSE:
            paragraphs.append([])
        _add(paragraphs[-1], cue.plain, space)
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n"


def _add(lines: list[str], text: str, space: str) -> None:
    """Add a cue's text to a paragraph: speakers of one cue begin lines of their own."""
    for line in text.split("\n"):
        if lines and not SPEAKER.match(line):
            lines[-1] += space + line
        else:
            lines.append(line)


PLAIN = Format("plain text", write=_write)
