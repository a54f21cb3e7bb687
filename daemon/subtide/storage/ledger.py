"""The ledger: every file that Subtide put out.

Nothing is ever deleted that is not in it by path and content.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import ledger

QUEUE_SECONDS = 600.0
"""How long an upload may have its refresh in the server's queue; an older one is lost."""


class EntryState(StrEnum):
    """How far a file got."""

    INTENDED = "intended"
    """We are about to upload it; it may or may not have arrived."""
    UPLOADED = "uploaded"
    """The server accepted it; it has not been seen in the item."""
    VERIFIED = "verified"
    """The server lists it and reads it back as we sent it."""
    OUTDATED = "outdated"
    """As verified, but a person wants it made anew, so it covers nothing."""
    UNWANTED = "unwanted"
    """It is to be taken away as soon as nobody watches the item."""
    RETIRED = "retired"
    """It is gone, or no longer ours to touch."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file."""

    id: int
    server: str
    item: str
    source: str
    target: str
    name: str
    """The file name that we expect."""
    path: str | None
    """Where the server then put it."""
    artifact: str
    sha256: str
    """Of the bytes that were sent."""
    recipe: Mapping[str, Any]
    state: EntryState
    job: int | None
    created_at: datetime
    changed_at: datetime
    error: str | None
    """Why it could not be taken away yet."""
    not_before: datetime | None
    """When that is tried again."""


class Ledger:
    """Writes what we are about to do, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, **values: Any) -> Entry:  # noqa: ANN401 - the columns of Entry
        """Write the intention before the upload: Entry without id, path, state and times."""
        return self._add(EntryState.INTENDED, values)

    def found(self, **values: Any) -> Entry:  # noqa: ANN401 - the columns of Entry
        """Note another's file that fills a target, with its path: it is never ours to touch."""
        return self._add(EntryState.RETIRED, values)

    def _add(self, state: EntryState, values: Mapping[str, Any]) -> Entry:
        with self._database.write() as connection:
            now = self._database.now(connection)
            inserted = connection.execute(
                ledger.insert().values(**values, state=state, created_at=now, changed_at=now)
            )
            key = inserted.inserted_primary_key
            assert key  # noqa: S101 - a single insert has one
            return _entries(connection, ledger.c.id == key[0])[0]

    def advance(self, entry: Entry, state: EntryState, path: str | None = None) -> Entry:
        """Move an entry to its next state, with the server's path once it is known."""
        with self._database.write() as connection:
            connection.execute(
                ledger.update()
                .where(ledger.c.id == entry.id)
                .values(
                    state=state, path=path or entry.path, changed_at=self._database.now(connection)
                )
            )
            return _entries(connection, ledger.c.id == entry.id)[0]

    def of_target(self, server: str, source: str, target: str) -> tuple[Entry, ...]:
        """Return what was put out for a target and not retired, oldest first."""
        where = (
            (ledger.c.server == server)
            & (ledger.c.source == source)
            & (ledger.c.target == target)
            & (ledger.c.state != EntryState.RETIRED)
        )
        with self._database.read() as connection:
            return _entries(connection, where)

    def paths(self, server: str, sources: Collection[str]) -> frozenset[str]:
        """Return the server paths of our files beside these sources."""
        where = (ledger.c.server == server) & ledger.c.source.in_(sources)
        with self._database.read() as connection:
            rows = connection.execute(sa.select(ledger.c.path).where(where)).scalars()
            return frozenset(path for path in rows if path)

    def unfinished(self, server: str) -> int:
        """How many uploads of the last minutes were not yet seen: their refreshes queue up."""
        waiting = [EntryState.INTENDED, EntryState.UPLOADED]
        with self._database.read() as connection:
            since = self._database.now(connection) - timedelta(seconds=QUEUE_SECONDS)
            return connection.execute(
                sa.select(sa.func.count()).where(
                    (ledger.c.server == server)
                    & ledger.c.state.in_(waiting)
                    & (ledger.c.changed_at >= since)
                )
            ).scalar_one()

    def all(self) -> tuple[Entry, ...]:
        """Every entry, oldest first."""
        with self._database.read() as connection:
            return _entries(connection, sa.true())


def _entries(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Entry, ...]:
    rows = connection.execute(sa.select(ledger).where(where).order_by(ledger.c.id)).mappings()
    return tuple(Entry(**{**row, "state": EntryState(row["state"])}) for row in rows)
