"""MicroDVD (.sub): cues by the frames of a video."""

import re

from subtide.errors import OriginUnreadable
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.base import FIX, Format, cue_of, from_pysubs2
from subtide.subtitles.formats.tags import reduced

STATED = re.compile(r"\s*\{1\}\{1\}\s*(\d+(?:[.,]\d+)?)\s*$", re.MULTILINE)
"""A first cue that says how many frames a second has."""


def _read(text: str, frame_rate: float | None) -> list[Cue]:
    stated = STATED.match(text)
    if stated:
        frame_rate, text = float(stated[1].replace(",", ".")), text[stated.end() :]
    if not frame_rate or frame_rate <= 0:
        raise OriginUnreadable(
            "the MicroDVD subtitle counts frames, and nothing says how many a second has",
            f"write {{1}}{{1}}25, or what the video has, as its first line; or {FIX}",
        )
    found = from_pysubs2(text, "microdvd", fps=frame_rate)
    return [cue_of(event.start, event.end, reduced(event.text)) for event in found]


MICRODVD = Format("MicroDVD", _read)
