"""SAMI (.smi): cues that last until the next one."""

from itertools import zip_longest

from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.base import Format, cue_of, from_pysubs2
from subtide.subtitles.formats.tags import reduced


def _read(text: str, _frame_rate: float | None) -> list[Cue]:
    """Read the cues; the last one's end is pysubs2's guess by its length.

    A file says that nothing is shown by an empty cue.
    """
    found = sorted(from_pysubs2(text, "sami"), key=lambda event: event.start)
    cues = []
    for event, following in zip_longest(found, found[1:]):
        end = following.start if following else event.end
        cues.append(cue_of(event.start, end, reduced(event.text)))
    return cues


SAMI = Format("SAMI", _read)
