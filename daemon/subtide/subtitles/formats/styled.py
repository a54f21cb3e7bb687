"""Styled: a SubStation Alpha file as its lines, the cues in it, and the events of each cue."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pysubs2.time import TIMESTAMP, timestamp_to_ms

from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.base import cue_of
from subtide.subtitles.formats.tags import kept_of

COLUMNS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
"""The columns of an event where the file does not name them."""
EVENT = re.compile(r"(?P<head>\s*(?P<kind>Dialogue|Comment):\s*)(?P<cells>.*)", re.IGNORECASE)
BLOCK = re.compile(r"\{[^}]*\}")
DRAWING = re.compile(r"\\p(\d+)")
KARAOKE = re.compile(r"\\[kK][fot]?\d*")
SIGN = re.compile(r"\\(?:pos|move|org|i?clip|fr[xyz]?\d|fr[xyz]?-)")
"""What places a text in the picture, such as a translated signboard."""
MADE = "fx"
"""The effect of events that Aegisub's karaoke templater wrote: pieces of a line, for the eye."""
FRAME = 0.05
"""Seconds: signs that move are cut into an event a frame, each right after the other."""
MUSIC = "♪"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of dialogue in the file; times in milliseconds."""

    line: int
    """Which line of the file it is, from 0."""
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Styled:
    """A file, its cues as a viewer reads them, and the events of each."""

    lines: tuple[str, ...]
    columns: tuple[str, ...]
    cues: tuple[Cue, ...]
    events: tuple[tuple[Event, ...], ...]
    """For each cue: a text may stand there several times, for its shadow or frame by frame."""


def styled_from(text: str) -> Styled:
    """Read a file's text, lines ended by LF.

    Cues come in order of time, with the tags that SubRip knows alone; karaoke is joined and has
    signs of music around it. Raises ValueError or IndexError where an event is damaged.
    """
    lines = tuple(text.split("\n"))
    columns = _columns(lines)
    groups = _grouped(_events(lines, columns))
    return Styled(
        lines,
        columns,
        tuple(group.cue for group in groups),
        tuple(tuple(group.events) for group in groups),
    )


def _columns(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the names of an event's columns, in small letters."""
    inside, found = False, COLUMNS
    for line in lines:
        if line.strip().startswith("["):
            inside = line.strip().casefold() == "[events]"
        elif inside and line.strip().casefold().startswith("format:"):
            found = line.partition(":")[2]
    return tuple(name.strip().casefold() for name in found.split(","))


def _events(lines: Sequence[str], columns: Sequence[str]) -> Iterator[Event]:
    for number, line in enumerate(lines):
        found = EVENT.fullmatch(line)
        if found is None or found["kind"].casefold() == "comment":
            continue
        cells = dict(zip(columns, found["cells"].split(",", len(columns) - 1), strict=False))
        if cells.get("effect", "").strip().casefold() != MADE and "text" in cells:
            yield Event(number, time_of(cells["start"]), time_of(cells["end"]), cells["text"])


def time_of(text: str) -> int:
    """Return the milliseconds that a cell tells. Raises ValueError for no time."""
    found = TIMESTAMP.search(text)
    if found is None:
        raise ValueError(f"{text.strip()!r} is no time")
    return timestamp_to_ms(found.groups())


@dataclass(slots=True)
class _Group:
    """Events that a viewer reads as one cue."""

    cue: Cue
    events: list[Event]

    @property
    def key(self) -> tuple[str, float, float]:
        """What no two groups share."""
        return (self.cue.plain, self.cue.start, self.cue.end)


def _grouped(events: Iterator[Event]) -> list[_Group]:
    """Bring events together that show one text at one time, or frame by frame."""
    found: list[_Group] = []
    signs: dict[str, _Group] = {}
    for event in sorted(events, key=lambda event: (event.start, event.end)):
        cue = cue_of(event.start, event.end, _read_text(event.text))
        if not cue.plain.strip() or cue.end <= cue.start:
            continue
        sign = SIGN.search(event.text) is not None
        before = signs.get(cue.plain) if sign else None
        if before and cue.start <= before.cue.end + FRAME:
            before.events.append(event)
            before.cue = replace(before.cue, end=max(before.cue.end, cue.end))
            continue
        group = _Group(cue, [event])
        found.append(group)
        if sign:
            signs[cue.plain] = group
    return _merged(found)


def _merged(groups: Sequence[_Group]) -> list[_Group]:
    """Bring groups together that show one text at one time, in order of time."""
    found: dict[tuple[str, float, float], _Group] = {}
    for group in groups:
        first = found.setdefault(group.key, group)
        if first is not group:
            first.events += group.events
    return sorted(found.values(), key=lambda group: (group.cue.start, group.cue.end))


def _read_text(text: str) -> str:
    """Without drawings, comments and every tag that SubRip does not know."""
    shown, position, drawing = "", 0, False
    for block in BLOCK.finditer(text):
        shown += "" if drawing else text[position : block.start()]
        shown += kept_of(block[0])
        for scale in DRAWING.findall(block[0]):
            drawing = int(scale) > 0
        position = block.end()
    shown += "" if drawing else text[position:]
    sung = any(KARAOKE.search(block) for block in BLOCK.findall(text)) and MUSIC not in shown
    return f"{MUSIC} {shown.strip()} {MUSIC}" if sung and shown.strip() else shown
