"""SubRip (.srt): what every player reads."""

from collections.abc import Sequence

import pysubs2

from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.base import Format, cue_of, events, from_pysubs2
from subtide.subtitles.formats.tags import PLACE, html, reduced


def _read(text: str, _frame_rate: float | None) -> list[Cue]:
    # The reader takes a number on the last line for the next cue's, so there is always one.
    found = from_pysubs2(text.rstrip() + "\n\n0\n", "srt")
    return [cue_of(event.start, event.end, reduced(event.text)) for event in found]


def _write(cues: Sequence[Cue], _language: Language | None) -> str:
    file = pysubs2.SSAFile()
    file.extend(events(cues, _dressed))
    return file.to_string("srt", keep_ssa_tags=True)


def _dressed(text: str) -> str:
    return "".join(PLACE.findall(text)) + html(PLACE.sub("", text))


SUBRIP = Format("SubRip", _read, _write)
