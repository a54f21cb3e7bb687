"""What a viewer can read: the limits of a cue in each language, and where cues break them.

The numbers are those of the Netflix timed text style guides for adult programmes.
"""

import dataclasses
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from subtide.errors import SettingsError
from subtide.languages import Language
from subtide.subtitles.cues import TAG, Cue

TOLERANCE = 0.002
"""Seconds that a time may be off after a server or a format has rounded it."""

INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc"})
"""Unicode categories that take no room of their own: marks above and below, joiners."""
FILM_RATE = 24.0
"""Frames a second where a file does not say, or says what no film has."""
RATES = (10.0, 130.0)
"""The slowest and the fastest frame rate that is believed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one cue may hold, and for how long it may stand."""

    line_chars: int
    """Characters in one line."""
    reading_speed: float
    """Characters a second."""
    lines: int = 2
    """One or two."""
    min_seconds: float = 5 / 6
    max_seconds: float = 7.0
    gap_frames: int = 2
    """Frames without text between two cues."""
    close_gap_frames: int = 11
    """The longest gap, in frames, that is closed to ``gap_frames``."""
    linger_seconds: float = 0.5
    """How long a cue may stay after its speech has ended, if it cannot be read before."""
    wide: int = 2
    """What a full-width character counts: 1 in the tables of languages written with them."""

    def __post_init__(self) -> None:
        """Refuse what no cue can keep, with SettingsError."""
        faults = {
            "lines must be 1 or 2": self.lines not in {1, 2},
            "line_chars must be 4 or more": self.line_chars < 4,  # noqa: PLR2004
            "reading_speed must be above 0": not self.reading_speed > 0,
            "gap_frames, close_gap_frames and linger_seconds must be 0 or more": not min(
                self.gap_frames, self.close_gap_frames, self.linger_seconds
            )
            >= 0,
            "min_seconds must be above 0 and below max_seconds": not (
                0 < self.min_seconds < self.max_seconds
            ),
        }
        wrong = [text for text, broken in faults.items() if broken]
        if wrong:
            raise SettingsError(f"subtitle limits: {'; '.join(wrong)}", "correct the limits")

    def gap_seconds(self, frame_rate: float) -> float:
        """The least time between two cues, in seconds."""
        return self.gap_frames / believed(frame_rate)

    def close_gap_seconds(self, frame_rate: float) -> float:
        """The longest gap that is closed, in seconds."""
        return self.close_gap_frames / believed(frame_rate)

    def width(self, text: str) -> int:
        """The characters that ``text`` takes on screen: no tags, no marks, no line breaks."""
        return sum(self._char(char) for char in TAG.sub("", text))

    def _char(self, char: str) -> int:
        if char.isascii() and char >= " ":
            return 1
        if unicodedata.category(char) in INVISIBLE:
            return 0
        return self.wide if unicodedata.east_asian_width(char) in "WF" else 1


def believed(frame_rate: float) -> float:
    """The frame rate, or that of film where it is none (0 is "not known", 90 000 is a clock)."""
    slowest, fastest = RATES
    return frame_rate if slowest <= frame_rate <= fastest else FILM_RATE


DEFAULT = Limits(line_chars=42, reading_speed=17)
"""Any language without an entry in LIMITS."""

CHINESE = Limits(line_chars=16, reading_speed=9, wide=1)

LIMITS: Mapping[str, Limits] = {
    "ar": Limits(line_chars=42, reading_speed=20),
    "en": Limits(line_chars=42, reading_speed=20),
    "ja": Limits(line_chars=13, reading_speed=4, wide=1),
    "ko": Limits(line_chars=16, reading_speed=12, wide=1),
    "ru": Limits(line_chars=42, reading_speed=17),
    "th": Limits(line_chars=35, reading_speed=17),
    "zh": CHINESE,
    "cmn": CHINESE,
    "yue": CHINESE,
}
"""Limits by base language."""

WHOLE = frozenset({"line_chars", "lines", "gap_frames", "close_gap_frames", "wide"})
"""The limits that are counted; a plan carries every limit as a number with a fraction."""


def limits_for(language: Language, overrides: Mapping[str, float] | None = None) -> Limits:
    """The limits of a language, with those that the admin set by field name.

    Raises SettingsError for a name that is no limit, or a value that no cue can keep.
    """
    limits = LIMITS.get(language.base, DEFAULT)
    names = [field.name for field in dataclasses.fields(Limits)]
    changes: dict[str, Any] = {}
    for name, value in (overrides or {}).items():
        if name not in names:
            raise SettingsError(f"{name!r} is no subtitle limit", f"use one of {', '.join(names)}")
        changes[name] = _whole(name, value) if name in WHOLE else value
    return dataclasses.replace(limits, **changes)


def _whole(name: str, value: float) -> int:
    if value != int(value):
        raise SettingsError(f"subtitle limits: {name} is {value}", "use a whole number")
    return int(value)


class ViolationKind(StrEnum):
    """The ways in which a cue goes beyond its limits."""

    LINE_TOO_LONG = "line-too-long"
    """A line has more characters than fit; measured in characters."""
    TOO_MANY_LINES = "too-many-lines"
    """The cue has more lines than allowed."""
    TOO_SHORT = "too-short"
    """It stands for less than ``min_seconds``."""
    TOO_LONG = "too-long"
    """It stands for more than ``max_seconds``."""
    OVERLAP = "overlap"
    """It starts before the cue before it has ended; measured in seconds."""
    TOO_CLOSE = "too-close"
    """Less than ``gap_frames`` lie before it; measured in seconds."""
    READING_SPEED = "reading-speed"
    """It asks for faster reading; measured in characters a second."""
    EMPTY = "empty"
    """There is nothing to read."""


@dataclass(frozen=True, slots=True)
class Violation:
    """The cue at ``index`` has ``value`` where ``limit`` is the limit."""

    index: int
    kind: ViolationKind
    value: float
    limit: float


def violations(
    cues: Sequence[Cue], limits: Limits, frame_rate: float = 24.0
) -> tuple[Violation, ...]:
    """Every place where the cues go beyond the limits, in order; frames a second for gaps."""
    found: list[Violation] = []
    gap = limits.gap_seconds(frame_rate)
    for index, cue in enumerate(cues):
        found += [Violation(index, *broken) for broken in _alone(cue, limits)]
        if index:
            found += [Violation(index, *broken) for broken in _after(cues[index - 1], cue, gap)]
    return tuple(found)


def _alone(cue: Cue, limits: Limits) -> list[tuple[ViolationKind, float, float]]:
    lines = cue.text.split("\n")
    widths = [limits.width(line) for line in lines]
    speed = sum(widths) / cue.duration if cue.duration > 0 else math.inf
    measured = [
        (ViolationKind.LINE_TOO_LONG, max(widths), limits.line_chars, 0.0),
        (ViolationKind.TOO_MANY_LINES, len(lines), limits.lines, 0.0),
        (ViolationKind.TOO_LONG, cue.duration, limits.max_seconds, TOLERANCE),
        (ViolationKind.READING_SPEED, speed, limits.reading_speed, 0.01),
    ]
    found = [(kind, value, most) for kind, value, most, slack in measured if value > most + slack]
    if cue.duration < limits.min_seconds - TOLERANCE:
        found.append((ViolationKind.TOO_SHORT, cue.duration, limits.min_seconds))
    if not cue.plain.strip():
        found.append((ViolationKind.EMPTY, 0, 1))
    return found


def _after(before: Cue, cue: Cue, gap: float) -> list[tuple[ViolationKind, float, float]]:
    between = cue.start - before.end
    if between < -TOLERANCE:
        return [(ViolationKind.OVERLAP, -between, 0.0)]
    if between < gap - TOLERANCE:
        return [(ViolationKind.TOO_CLOSE, between, gap)]
    return []
