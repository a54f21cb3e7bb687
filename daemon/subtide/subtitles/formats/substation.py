"""SubStation Alpha (.ass, .ssa): the cues of a file, without its looks."""

import re
from collections.abc import Sequence

import pysubs2

from subtide.languages import Language
from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.formats.base import Format, events
from subtide.subtitles.formats.styled import styled_from
from subtide.subtitles.formats.tags import SECOND, SECOND_GREY, SECOND_SIZE, SECOND_STYLE


def _read(text: str, _frame_rate: float | None) -> Sequence[Cue]:
    return styled_from(text).cues


def _write_ass(cues: Sequence[Cue], _language: Language | None) -> str:
    return _written(cues, "ass")


def _write_ssa(cues: Sequence[Cue], _language: Language | None) -> str:
    return _written(cues, "ssa")


def _written(cues: Sequence[Cue], name: str) -> str:
    file = pysubs2.SSAFile()
    if any(SECOND in cue.text for cue in cues):
        style = file.styles["Default"].copy()
        style.fontsize = round(style.fontsize * SECOND_SIZE)
        style.primarycolor = pysubs2.Color(SECOND_GREY, SECOND_GREY, SECOND_GREY)
        file.styles[SECOND_STYLE] = style
    file.extend(events(cues, _without_empty))
    return file.to_string(name)


def _without_empty(text: str) -> str:
    """The text with what would be read as a block of tags, or a comment, written as text."""
    parts = re.split(f"({TAG.pattern})", text)
    return "".join(
        part if TAG.fullmatch(part) else part.replace("{", "(").replace("}", ")") for part in parts
    )


ASS = Format("Advanced SubStation Alpha", _read, _write_ass)
SSA = Format("SubStation Alpha", _read, _write_ssa)
