"""A rendition: the cues of one target as the bytes of its file."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from subtide.languages import Language
from subtide.mt.marks import Bare
from subtide.pipeline.plan import SubtitleOptions, Target
from subtide.storage.artifacts import Artifacts
from subtide.subtitles.bidi import for_display
from subtide.subtitles.bilingual import pair
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read_styled, write
from subtide.subtitles.formats.restyled import write_styled
from subtide.subtitles.limits import limits_for

BLOCK = re.compile(r"\{[^}]*\}")
"""Tags of an event, and comments in it."""
DRAWING = re.compile(
    r"\{[^}]*\\p[1-9][^}]*\}[^{]*"
    r"(?:\{(?![^}]*\\p0)[^}]*\}[^{]*)*(?:\{[^}]*\\p0[^}]*\})?"
)
"""A drawing inside an event, with the tags that begin and end it: no part of its text."""
LINE = re.compile(r"\\[Nn]")
"""A new line in an event."""


def rendition(
    target: Target, made: Mapping[str, Any], options: SubtitleOptions, artifacts: Artifacts
) -> bytes:
    """Return the file of a target.

    ``made``: the result of compose or translate. A translation has the original below it where
    ``options`` want both; a file with styles keeps them where the target's format has any.
    """
    document = json.loads(artifacts.read(made["key"]))
    cues = read_cues(document)
    source = json.loads(artifacts.read(made["source_key"])) if "source_key" in made else document
    origins: Sequence[int] = document.get("origins", range(len(cues)))
    if options.bilingual and source is not document:
        paired = _paired(cues, origins, target, source, options)
        cues = for_display(paired, Language(source["language"]))
    cues = for_display(cues, target.tag)
    if target.format == "ass" and made.get("styled"):
        places = [source["places"][origin] for origin in origins]
        return _restyled(artifacts.read(made["styled"]), cues, places, target.tag)
    return write(cues, target.format, target.tag)


def read_cues(document: Mapping[str, Any]) -> tuple[Cue, ...]:
    """Read the cues of a compose or translate artifact."""
    return tuple(Cue(*value) for value in document["cues"])


def _paired(
    cues: Sequence[Cue],
    origins: Sequence[int],
    target: Target,
    source: Mapping[str, Any],
    options: SubtitleOptions,
) -> tuple[Cue, ...]:
    languages = target.tag, Language(source["language"])
    above, below = (limits_for(one, options.limits_of(one)) for one in languages)
    return pair(
        cues, read_cues(source), origins, languages, (above, below), frame_rate=source["frame_rate"]
    )


def _restyled(data: bytes, cues: Sequence[Cue], places: Sequence[int], language: Language) -> bytes:
    by_place = dict(zip(places, cues, strict=True))
    return write_styled(
        read_styled(data), by_place, lambda text, said: dressed(text, said, language)
    )


def dressed(text: str, translation: str, language: Language) -> str:
    r"""Return a translation with the tags of an event's own text, each in its place.

    ``text`` is as the file has it, with ``\N`` for a new line; the translation's lines end by
    LF. Tags of the translation itself are those of the text, so they are not needed.
    """
    lines, said = LINE.split(text), BLOCK.sub("", translation).split("\n")
    if len(lines) != len(said):
        lines, said = [" ".join(lines)], ["\n".join(said)]
    return "\n".join(_line(*both, language) for both in zip(lines, said, strict=True))


def _line(text: str, said: str, language: Language) -> str:
    parts = re.split(f"({DRAWING.pattern}|{BLOCK.pattern})", text)
    plain = "".join(parts[::2])
    before, after, length = "", "", 0
    inner: list[tuple[float, str]] = []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            length += len(part)
        elif not plain[:length].strip():
            before += part
        elif not plain[length:].strip():
            after += part
        else:
            inner.append((length / len(plain), part))
    return Bare(before, said, after, tuple(inner)).dress(said, language)
