"""WebVTT (.vtt): what browsers read."""

import html as entities
import re
from collections.abc import Sequence

import pysubs2

from subtide.languages import Language
from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.formats.base import Format, cue_of, events, from_pysubs2
from subtide.subtitles.formats.tags import PLACE, html, reduced

TIME = re.compile(r"^\s*(?:\d+:)?\d\d:\d\d\.\d{2,3}\s+-->\s+\S")
"""A line with a cue's times."""
REMARK = re.compile(r"NOTE(?:\s|$)")
STAMP = re.compile(r"<[\d:.]+>")
"""A time inside a cue, as karaoke has it."""


def _read(text: str, _frame_rate: float | None) -> list[Cue]:
    found = from_pysubs2(_ready(text), "vtt")
    return [cue_of(event.start, event.end, _text(event.text)) for event in found]


def _ready(text: str) -> str:
    """Only cues, each under a number: the reader knows no notes, styles and names of cues."""
    blocks = ["WEBVTT"]
    for block in re.split(r"\n[ \t]*\n+", text.strip()):
        lines = block.split("\n")
        times = [place for place, line in enumerate(lines[:2]) if TIME.match(line)]
        if times and not REMARK.match(lines[0]):
            blocks.append("\n".join([str(len(blocks)), *lines[times[0] :]]))
    return "\n\n".join([*blocks, "0\n"])


def _text(text: str) -> str:
    return entities.unescape(reduced(STAMP.sub("", text)))


def _write(cues: Sequence[Cue], _language: Language | None) -> str:
    file = pysubs2.SSAFile()
    file.extend(events(cues, _dressed))
    return file.to_string("vtt", keep_ssa_tags=True)


def _dressed(text: str) -> str:
    parts = re.split(f"({TAG.pattern})", text)
    escaped = (part if TAG.fullmatch(part) else _escaped(part) for part in parts)
    return html(PLACE.sub("", "".join(escaped)))


def _escaped(text: str) -> str:
    return entities.escape(text, quote=False)


WEBVTT = Format("WebVTT", _read, _write)
