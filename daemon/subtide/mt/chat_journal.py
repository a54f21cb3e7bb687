"""The journal: what a language model took and answered, written down as it comes.

An answer that was paid for must outlive the process that asked: it may be stopped or killed
between two batches. The child appends a line of JSON for each request; the daemon reads the file
when the child has ended, however it ended.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """What requests took."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Return both together."""
        return Usage(
            self.requests + other.requests,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        """Return what came after ``other``."""
        return Usage(
            self.requests - other.requests,
            self.tokens_in - other.tokens_in,
            self.tokens_out - other.tokens_out,
        )

    def cost(self, price_in: float, price_out: float) -> float:
        """Return the cost at prices for a million tokens."""
        return (self.tokens_in * price_in + self.tokens_out * price_out) / MILLION


@dataclass(frozen=True, slots=True)
class Note:
    """What one engine took or found out since its last note."""

    engine: str
    source: str
    """The tag of the language that it read."""
    usage: Usage = field(default_factory=Usage)
    learned: Mapping[str, str] = field(default_factory=dict)
    """Lines and their translations, as far as they passed the guard."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """Names and terms, and how they were translated."""


def add_note(journal: Path, note: Note) -> None:
    """Append a note."""
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(note), ensure_ascii=False) + "\n")


def read_notes(journal: Path) -> list[Note]:
    """Return every whole note that can be read; none where there is no journal."""
    if not journal.exists():
        return []
    lines = journal.read_text(encoding="utf-8", errors="replace").split("\n")
    # What follows the last line break was cut off when its writer was killed.
    notes = (_note(line) for line in lines[:-1])
    return [note for note in notes if note is not None]


def _note(line: str) -> Note | None:
    """Return the note of a line; None for one that a failing disk or power cut left behind."""
    try:
        value = json.loads(line)
        return Note(**{**value, "usage": Usage(**value["usage"])})
    except (ValueError, TypeError, KeyError):
        return None
