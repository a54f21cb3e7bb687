"""Unwanted: the files of ours that are to be taken away; the ledger's rows are the list."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.ledger import Entry, EntryState, select_entries
from subtide.storage.tables import ledger


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
