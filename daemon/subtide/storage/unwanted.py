"""Unwanted: the files of ours that are to be taken away; the ledger's rows are the list."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.ledger import Entry, EntryState, select_entries
from subtide.storage.tables import ledger

REMOVAL_LOCK = 0x5B71E0
"""The PostgreSQL advisory lock of who takes files away; any number of our own."""
_here = threading.Lock()
"""The same within one process, where an older thread may hang in a removal."""


class Unwanted:
    """Gives out what is due, and keeps why something has to wait."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, besides: Collection[tuple[str, str]] = ()) -> Entry | None:
        """Return the oldest entry whose time has come, or None.

        ``besides``: sources (server, source) that are to be left alone now.
        """
        with self._database.read() as connection:
            where = _due(self._database.now(connection))
            for server, source in besides:
                where &= ~((ledger.c.server == server) & (ledger.c.source == source))
            first = sa.select(sa.func.min(ledger.c.id)).where(where)
            found = select_entries(connection, ledger.c.id == first.scalar_subquery())
            return next(iter(found), None)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep all others from taking files away; False: somebody else does so now.

        Two deletions by index of one file would hit two files. Who is killed holds it no more.
        """
        if not _here.acquire(blocking=False):
            yield False
            return
        try:
            if not self._database.postgresql:
                yield True
                return
            with self._database.read() as connection:
                mine = sa.func.pg_try_advisory_xact_lock(REMOVAL_LOCK)
                yield bool(connection.execute(sa.select(mine)).scalar())
        finally:
            _here.release()

    def postpone(self, entry: Entry, seconds: float, error: str) -> None:
        """Try it again in ``seconds``, because of ``error``."""
        self._postpone(ledger.c.id == entry.id, seconds, error)

    def postpone_server(self, server: str, seconds: float, error: str) -> None:
        """Try all that is due on a server again in ``seconds``, because of ``error``."""
        self._postpone(ledger.c.server == server, seconds, error)

    def retire(self, entry: Entry, error: str) -> None:
        """Cross it off: it is gone, or ``error`` says why it was left where it is."""
        with self._database.write() as connection:
            values = {
                "state": EntryState.RETIRED,
                "error": error or None,
                "not_before": None,
                "changed_at": self._database.now(connection),
            }
            connection.execute(ledger.update().where(ledger.c.id == entry.id).values(**values))

    def _postpone(self, which: sa.ColumnElement[bool], seconds: float, error: str) -> None:
        with self._database.write() as connection:
            now = self._database.now(connection)
            values = {
                "error": error,
                "changed_at": now,
                "not_before": now + timedelta(seconds=seconds),
            }
            connection.execute(ledger.update().where(which & _due(now)).values(**values))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    waited = ledger.c.not_before.is_(None) | (ledger.c.not_before <= now)
    return (ledger.c.state == EntryState.UNWANTED) & waited
