"""Window: the hours in which work may begin that nobody asked for, by the clock on the wall.

What runs when the window closes is finished, and what is finished is published at any hour.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

import structlog

from subtide.storage.looks import Priority

DAYS_AROUND = range(-1, 3)
"""The days whose openings and closings may be next to a moment, counted from its own."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Window:
    """From one time of the day to another, every day; over midnight when the end is earlier.

    When the clocks change, a time that they leap over is taken an hour later, and of one that
    comes twice the first counts.
    """

    begins: time
    ends: time
    """The same as ``begins``: the window never closes."""
    zone: tzinfo

    @classmethod
    def parse(cls, text: str, zone: tzinfo) -> "Window":
        """Read ``22:00-07:00``, as the settings checked it; nothing stands for the whole day."""
        begins, _, ends = (text or "00:00-00:00").partition("-")
        return cls(time.fromisoformat(begins), time.fromisoformat(ends), zone)

    def is_open(self, now: datetime) -> bool:
        """Whether work may begin at a moment."""
        return self.begins == self.ends or any(a <= now < b for a, b in self._around(now))

    def next_change(self, now: datetime) -> datetime | None:
        """Return the moment, in UTC, when it opens or closes next; None: never."""
        if self.begins == self.ends:
            return None
        return min(edge for span in self._around(now) for edge in span if edge > now)

    def _around(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = now.astimezone(self.zone).date()
        for days in DAYS_AROUND:
            day = today + timedelta(days=days)
            last = day + timedelta(days=self.ends < self.begins)
            opens = datetime.combine(day, self.begins, self.zone).astimezone(UTC)
            closes = datetime.combine(last, self.ends, self.zone).astimezone(UTC)
            if opens < closes:  # one that falls into the hour that is leapt over is left out
                yield opens, closes


class Gate:
    """Tells workers what may begin now. Any thread may call; the log says each change once."""

    def __init__(self, window: Window, now: Callable[[], datetime]) -> None:
        self.window = window
        self._now = now
        self._lock = threading.Lock()
        self._open = True

    def __call__(self) -> int | None:
        """Return the largest priority that may begin work: a person's wish at any hour."""
        now = self._now()
        is_open = self.window.is_open(now)
        with self._lock:
            changed, self._open = is_open != self._open, is_open
        if changed:
            until = self.window.next_change(now)
            what = "work begins again" if is_open else "only what people ask for begins now"
            log.info(what, until=until and until.astimezone(self.window.zone).isoformat())
        return None if is_open else int(Priority.PERSON)
