"""The ledger: every file that Subtide put out.

Nothing is ever deleted that is not in it by path and content.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from subtide.errors import PlanOutdated
from subtide.storage.database import Database
from subtide.storage.outcomes import is_refused
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


STANDING = frozenset(EntryState) - {EntryState.RETIRED}
"""What a file is in that may be there and is ours."""
IDS_AT_ONCE = 500
"""Ids in one statement; SQLite takes 32,766 values."""


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
    """Why it could not be taken away yet, or was left where it is."""
    not_before: datetime | None
    """When that is tried again."""


TargetKey = tuple[str, str, str]
"""Server, source, and the target's key."""


class Put(NamedTuple):
    """Where one file is, or was."""

    source: str
    target: str
    path: str
    state: EntryState
    id: int


class Ledger:
    """Writes what we are about to do, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, **values: Any) -> Entry:  # noqa: ANN401 - the columns of Entry
        """Write the intention before the upload: Entry without id, path, state and times.

        Raises:
            PlanOutdated: the target was refused since its task was leased.
        """
        return self._add(EntryState.INTENDED, values)

    def found(self, **values: Any) -> Entry:  # noqa: ANN401 - the columns of Entry
        """Note another's file that fills a target, with its path: it is never ours to touch."""
        return self._add(EntryState.RETIRED, values)

    def _add(self, state: EntryState, values: Mapping[str, Any]) -> Entry:
        with self._database.write() as connection:
            key = (values["server"], values["source"], values["target"])
            if state is EntryState.INTENDED and is_refused(connection, *key):
                raise PlanOutdated(f"{values['name']} is not wanted any more")
            now = self._database.now(connection)
            inserted = connection.execute(
                ledger.insert().values(**values, state=state, created_at=now, changed_at=now)
            )
            added = inserted.inserted_primary_key
            assert added  # noqa: S101 - a single insert has one
            return select_entries(connection, ledger.c.id == added[0])[0]

    def advance(self, entry: Entry, state: EntryState, path: str | None = None) -> Entry:
        """Move an entry to its next state, with the server's path once it is known.

        One that is unwanted by now stays so until it is retired.
        """
        unwanted = (ledger.c.state == EntryState.UNWANTED) & (state != EntryState.RETIRED)
        with self._database.write() as connection:
            connection.execute(
                ledger.update()
                .where(ledger.c.id == entry.id)
                .values(
                    state=sa.case((unwanted, ledger.c.state), else_=state),
                    path=path or entry.path,
                    changed_at=self._database.now(connection),
                )
            )
            return select_entries(connection, ledger.c.id == entry.id)[0]

    def of_target(self, server: str, source: str, target: str) -> tuple[Entry, ...]:
        """Return what was put out for a target and not retired, oldest first."""
        where = (
            (ledger.c.server == server)
            & (ledger.c.source == source)
            & (ledger.c.target == target)
            & (ledger.c.state != EntryState.RETIRED)
        )
        with self._database.read() as connection:
            return select_entries(connection, where)

    def move(self, mine: TargetKey, item: str, source: str, path: str) -> None:
        """Note that what was put out for a target is beside another source now, at ``path``."""
        server, old, target = mine
        where = (ledger.c.server == server) & (ledger.c.source == old)
        with self._database.write() as connection:
            connection.execute(
                ledger.update()
                .where(where & (ledger.c.target == target) & (ledger.c.state != EntryState.RETIRED))
                .values(item=item, source=source, path=path, name=re.split(r"[/\\]", path)[-1])
            )

    def put_out(self, server: str, sources: Collection[str]) -> tuple[Put, ...]:
        """Return where our files are, or were, beside these sources."""
        columns = [ledger.c[name] for name in Put._fields]
        where = (ledger.c.server == server) & ledger.c.source.in_(sources)
        query = sa.select(*columns).where(where & ledger.c.path.is_not(None))
        with self._database.read() as connection:
            rows = connection.execute(query)
            return tuple(Put(row[0], row[1], row[2], EntryState(row[3]), row[4]) for row in rows)

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

    def want_away(self, ids: Collection[int]) -> None:
        """Have files taken away as soon as nobody watches their items; see ``want_away`` below."""
        with self._database.write() as connection:
            want_away(connection, ids, self._database.now(connection))

    def of_ids(self, ids: Collection[int]) -> tuple[Entry, ...]:
        """Return these entries, oldest first."""
        with self._database.read() as connection:
            found = (
                select_entries(connection, ledger.c.id.in_(some)) for some in _in_parts(sorted(ids))
            )
            return tuple(entry for entries in found for entry in entries)

    def all(self) -> tuple[Entry, ...]:
        """Every entry, oldest first."""
        with self._database.read() as connection:
            return select_entries(connection, sa.true())


def want_away(connection: sa.Connection, ids: Collection[int], now: datetime) -> None:
    """Let files be taken away, within the caller's transaction; what is retired stays so."""
    _move(connection, ids, EntryState.UNWANTED, STANDING, now)


def want_anew(connection: sa.Connection, ids: Collection[int], now: datetime) -> None:
    """Let files cover nothing, so that they are made anew, within the caller's transaction."""
    _move(connection, ids, EntryState.OUTDATED, {EntryState.VERIFIED, EntryState.UNWANTED}, now)


def _move(
    connection: sa.Connection,
    ids: Collection[int],
    state: EntryState,
    out_of: Collection[EntryState],
    now: datetime,
) -> None:
    values = {"state": state, "changed_at": now, "error": None, "not_before": None}
    for some in _in_parts(sorted(ids)):
        mine = ledger.c.id.in_(some) & ledger.c.state.in_(list(out_of))
        connection.execute(ledger.update().where(mine).values(**values))


def _in_parts(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE))


def select_entries(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Entry, ...]:
    """Return entries, oldest first, within the caller's transaction."""
    rows = connection.execute(sa.select(ledger).where(where).order_by(ledger.c.id)).mappings()
    return tuple(Entry(**{**row, "state": EntryState(row["state"])}) for row in rows)
