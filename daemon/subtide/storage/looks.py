"""Looks: "look at these ids of this server, not before, because". Every signal ends here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import looks
from subtide.storage.upsert import upsert_all

EVERYTHING = "*"
"""In place of an item's id: look through all libraries."""
CHANGES = "+"
"""In place of an item's id: look at what changed since the watermark."""
SWEEPS = frozenset({EVERYTHING, CHANGES})


class Priority(IntEnum):
    """What comes first; a lower number is sooner."""

    PERSON = 10
    """Somebody asked."""
    PLAYING = 30
    """It is being watched now."""
    NEXT_UP = 40
    """The episode after one that is being watched."""
    NEW = 50
    """The server said that something is new, or a poll found it."""
    NIGHTLY = 90
    """The scheduled look through everything."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look that is due."""

    server: str
    item: str
    signal: str
    priority: int
    generation: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants looked at."""

    server: str
    item: str
    signal: str
    priority: Priority
    delay: float = 0.0
    """Seconds."""


class Looks:
    """The durable list of looks, one a (server, item)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(
        self, server: str, item: str, *, signal: str, priority: Priority, delay: float = 0.0
    ) -> None:
        """Ask for a look in ``delay`` seconds. Asked again, the sooner and more urgent one wins."""
        self.ask_all([Ask(server, item, signal, priority, delay)])

    def ask_all(self, asks: Iterable[Ask]) -> None:
        """Ask for many looks at once, in one transaction; for none there is none."""
        wanted = list(asks)
        if not wanted:
            return
        with self._database.write() as connection:
            ask_within(connection, wanted, self._database.now(connection))

    def due(self, limit: int = 100) -> tuple[Look, ...]:
        """Return the looks whose time has come, most urgent first. They stay until ``done``."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    looks.c.server,
                    looks.c.item,
                    looks.c.signal,
                    looks.c.priority,
                    looks.c.generation,
                )
                .where(looks.c.not_before <= self._database.now(connection))
                .order_by(looks.c.priority, looks.c.not_before)
                .limit(limit)
            )
            return tuple(Look(*row) for row in rows)

    def is_due(self, server: str, item: str) -> bool:
        """Whether a look at an item is on the list and its time has come."""
        with self._database.read() as connection:
            now = self._database.now(connection)
            mine = (looks.c.server == server) & (looks.c.item == item)
            due = sa.select(looks.c.item).where(mine & (looks.c.not_before <= now))
            return connection.execute(due).first() is not None

    def done(self, look: Look) -> None:
        """Take a look off the list, unless it was asked for again meanwhile."""
        with self._database.write() as connection:
            connection.execute(looks.delete().where(_same(look)))

    def postpone(self, look: Look, seconds: float, error: str) -> None:
        """Look again in ``seconds``, because of ``error``."""
        with self._database.write() as connection:
            due = self._database.now(connection) + timedelta(seconds=seconds)
            connection.execute(
                looks.update().where(_same(look)).values(not_before=due, error=error)
            )

    def put_off(self, look: Look, seconds: float, priority: Priority) -> bool:
        """Let a look that is being followed be due again in ``seconds``, whatever follows it.

        Return whether it was on the list, and not asked for again meanwhile.
        """
        with self._database.write() as connection:
            due = self._database.now(connection) + timedelta(seconds=seconds)
            again = looks.c.generation + 1
            values = {"not_before": due, "priority": int(priority), "generation": again}
            changed = connection.execute(looks.update().where(_same(look)).values(**values))
            return bool(changed.rowcount)

    def pending(self) -> tuple[tuple[Look, str | None], ...]:
        """Every look that waits, with the error that made it wait."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(looks).order_by(looks.c.priority)).all()
        return tuple(
            (Look(r.server, r.item, r.signal, r.priority, r.generation), r.error) for r in rows
        )


def ask_within(connection: sa.Connection, asks: Iterable[Ask], now: datetime) -> None:
    """Ask for looks, one at least, within the caller's transaction."""
    rows = [
        {
            "server": ask.server,
            "item": ask.item,
            "signal": ask.signal,
            "priority": int(ask.priority),
            "not_before": now + timedelta(seconds=ask.delay),
            "created_at": now,
            "generation": 1,
        }
        for ask in asks
    ]
    upsert_all(connection, looks, rows, _asked_again)


def _asked_again(new: Any) -> dict[str, Any]:  # noqa: ANN401 - the columns of the new row
    more_urgent = looks.c.priority > new.priority
    return {
        "signal": sa.case((more_urgent, new.signal), else_=looks.c.signal),
        "priority": sa.case((more_urgent, new.priority), else_=looks.c.priority),
        "not_before": sa.case(
            (looks.c.not_before > new.not_before, new.not_before), else_=looks.c.not_before
        ),
        "generation": looks.c.generation + 1,
    }


def _same(look: Look) -> sa.ColumnElement[bool]:
    return (
        (looks.c.server == look.server)
        & (looks.c.item == look.item)
        & (looks.c.generation == look.generation)
    )
