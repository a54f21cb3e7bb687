"""Bilingual: a translation above, and what was really said below it."""

import dataclasses
from collections.abc import Sequence
from itertools import zip_longest

from subtide.languages import Language
from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.tags import SECOND
from subtide.subtitles.limits import Limits
from subtide.subtitles.lines import speakers


def pair(  # noqa: PLR0913 - two texts, each with its language and limits
    cues: Sequence[Cue],
    source: Sequence[Cue],
    origins: Sequence[int],
    languages: tuple[Language, Language],
    limits: tuple[Limits, Limits],
    *,
    frame_rate: float,
) -> tuple[Cue, ...]:
    """Put each source text below its translation.

    ``origins``: for each of ``cues`` its place in ``source``. ``languages`` and ``limits``: the
    translation's, then the source's. A text is on one line where it fits. A cue stays as long
    as both its texts take to read, where nothing follows before. One that nobody translated
    stands there once.
    """
    paired = []
    for cue, origin, following in zip_longest(cues, origins, cues[1:]):
        second = source[origin]
        if second.plain.split() == cue.plain.split():
            paired.append(cue)
            continue
        above = _one_line(cue.text, languages[0], limits[0])
        below = _one_line(second.plain, languages[1], limits[1])
        seconds = sum(
            one.width(text) / one.reading_speed
            for text, one in zip((above, below), limits, strict=True)
        )
        gap = limits[0].gap_seconds(frame_rate)
        latest = following.start - gap if following else cue.start + limits[0].max_seconds
        wanted = cue.start + min(seconds, limits[0].max_seconds)
        end = max(cue.end, min(wanted, latest))
        paired.append(dataclasses.replace(cue, end=end, text=f"{above}\n{SECOND}{below}"))
    return tuple(paired)


def _one_line(text: str, language: Language, limits: Limits) -> str:
    """The text on one line where it fits, and where it is not two speakers'."""
    if speakers(text):
        return text
    joined = ("" if language.base in UNSPACED else " ").join(text.split("\n"))
    return joined if limits.width(joined) <= limits.line_chars else text
