"""Restyled: a SubStation Alpha file whose texts change while its looks stay.

The file's lines are kept as they are. Only the times and texts of the dialogue that is read as
cues are put in anew, so that styles, fonts, layers, comments, drawings and sections that nobody
knows come out as they went in.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pysubs2.formats.substation import SubstationFormat

from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.styled import EVENT, KARAOKE, MUSIC, SIGN, Event, Styled, time_of
from subtide.subtitles.formats.tags import SECOND, SECOND_GREY, SECOND_SIZE, SECOND_STYLE

TIMED = re.compile(r"\\(?:fade?|move|t)\s*\(|\\[kK]")
"""What runs by an event's own clock, so that its end has to stay."""

Dress = Callable[[str, str], str]
"""Gives a translation (lines ended by LF) the tags of an event's own text."""
Moves = Sequence[tuple[int, int]]
"""Where cues began and how far each moved, in milliseconds, in order of time."""


def write_styled(file: Styled, cues: Mapping[int, Cue], dress: Dress) -> bytes:
    """Return the file with other texts, as UTF-8.

    ``cues``: the new cue for each place among the file's cues; the events of those that have
    none are taken out. A text that is as it was keeps its event as it was. Events move as far
    as their cue does; its end moves theirs too unless something in them runs by its own clock.
    What is no cue moves with the cue before it.
    """
    moves = [
        (_ms(file.cues[place].start), _ms(cues[place].start) - _ms(file.cues[place].start))
        for place in sorted(cues)
    ]
    lines: list[str | None] = list(file.lines)
    if any(by for _, by in moves):
        lines = [_moved(file, line, moves) for line in file.lines]
    for place, events in enumerate(file.events):
        new = cues.get(place)
        for event in events:
            lines[event.line] = _changed(file, event, file.cues[place], new, dress) if new else None
    kept = [line for line in lines if line is not None]
    if any(SECOND in cue.text for cue in cues.values()):
        kept = _with_second_style(kept, file)
    return "\n".join(kept).encode()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _moved(file: Styled, line: str, moves: Moves) -> str:
    if EVENT.fullmatch(line) is None:
        return line
    try:
        start, end = (time_of(_cell(file, line, name)) for name in ("start", "end"))
    except (ValueError, IndexError):
        return line  # a remark that only looks like an event
    by = moves[max(0, bisect(moves, start, key=lambda move: move[0]) - 1)][1]
    return _with(file, line, {"start": _stamp(start + by), "end": _stamp(end + by)})


def _changed(file: Styled, event: Event, old: Cue, new: Cue, dress: Dress) -> str:
    """Return an event's line with its new times and text."""
    by = _ms(new.start) - _ms(old.start)
    start, end = event.start + by, event.end + by
    if event.end == _ms(old.end) and not TIMED.search(event.text):
        end = _ms(new.end)
    cells = {}
    if start != event.start:
        cells["start"] = _stamp(start)
    if end != event.end:
        cells["end"] = _stamp(end)
    if new.text.split() != old.text.split():
        cells["text"] = _dressed(event.text, new.text, dress)
    return _with(file, file.lines[event.line], cells)


def _dressed(text: str, translation: str, dress: Dress) -> str:
    """Return an event's text in the other language; a sign has no room for two."""
    first, _, second = translation.partition("\n" + SECOND)
    if KARAOKE.search(text):
        text = KARAOKE.sub("", text).replace("{}", "")
        first = first if MUSIC in text else first.strip(f"{MUSIC} ")
    written = dress(text, first)
    if second and not SIGN.search(text):
        written += f"\n{SECOND}{second}"
    return written.replace("\n", "\\N")


def _cell(file: Styled, line: str, name: str) -> str:
    return _cells(file, line)[file.columns.index(name)]


def _cells(file: Styled, line: str) -> list[str]:
    found = EVENT.fullmatch(line)
    assert found is not None  # noqa: S101 - only events come here
    return str(found["cells"]).split(",", len(file.columns) - 1)


def _with(file: Styled, line: str, changes: Mapping[str, str]) -> str:
    if not changes:
        return line
    cells = _cells(file, line)
    for name, value in changes.items():
        cells[file.columns.index(name)] = value
    return line[: len(line) - len(",".join(_cells(file, line)))] + ",".join(cells)


def _stamp(milliseconds: int) -> str:
    return SubstationFormat.ms_to_timestamp(milliseconds)


def _with_second_style(lines: Sequence[str], file: Styled) -> list[str]:
    """Add the style of a second language: the one that most events have, smaller and grey."""
    styles = {
        line.partition(":")[2].split(",")[0].strip(): number
        for number, line in enumerate(lines)
        if line.strip().casefold().startswith("style:")
    }
    if not styles or SECOND_STYLE in styles:
        return list(lines)
    used = Counter(
        _cell(file, file.lines[e.line], "style").strip() for of in file.events for e in of
    )
    main = next((name for name, _ in used.most_common() if name in styles), next(iter(styles)))
    first = min(styles.values())
    head = next((line for line in reversed(lines[:first]) if "fontsize" in line.casefold()), "")
    columns = [cell.strip().casefold() for cell in head.partition(":")[2].split(",")]
    cells = lines[styles[main]].partition(":")[2].split(",")
    looks = dict(zip(columns, cells, strict=False))
    looks["name"] = f" {SECOND_STYLE}"
    if "fontsize" in looks:
        looks["fontsize"] = f"{float(looks['fontsize']) * SECOND_SIZE:.0f}"
    if "primarycolour" in looks:
        looks["primarycolour"] = f"&H00{SECOND_GREY:02X}{SECOND_GREY:02X}{SECOND_GREY:02X}"
    last = max(styles.values()) + 1
    return [*lines[:last], "Style:" + ",".join(looks.values()), *lines[last:]]
