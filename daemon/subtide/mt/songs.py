"""Songs: which cues are sung."""

import re
from collections.abc import Sequence

from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.lines import SPEAKER, speakers
from subtide.subtitles.music import CLOSES, OPENS

ITALIC = re.compile(r"^(?:\{\\[^}]*\})*\{\\i1\}.*\{\\i0\}\W*$", re.DOTALL)
LONGEST_BREAK = 10.0
"""Seconds between two cues of one song."""


def sung(cues: Sequence[Cue]) -> list[bool]:
    """Say of each cue whether all of it is sung.

    It has music signs, or it is in italics between a cue that opens a song and one that ends it.
    """
    found = [_signed(cue) for cue in cues]
    opened: int | None = None
    for place, cue in enumerate(cues):
        opens, closes = _ends(cue)
        if opened is not None and closes and not opens:
            found[opened : place + 1] = [True] * (place + 1 - opened)
        if opens or closes:
            opened = place if opens and not closes else None
        elif opened is not None and not _goes_on(cues[place - 1], cue):
            opened = None
    return found


def _signed(cue: Cue) -> bool:
    if speakers(cue.text):
        turns = [line for line in cue.plain.split("\n") if SPEAKER.match(line)]
        return all(OPENS.search(turn) or CLOSES.search(turn) for turn in turns)
    return any(_ends(cue))


def _ends(cue: Cue) -> tuple[bool, bool]:
    text = TAG.sub("", cue.text)
    return bool(OPENS.search(text)), bool(CLOSES.search(text))


def _goes_on(before: Cue, cue: Cue) -> bool:
    return bool(ITALIC.match(cue.text)) and cue.start - before.end < LONGEST_BREAK
