"""Scans: what the looks through libraries found, the last thousand of them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import scans

KEPT = 1000
"""Rows that are kept: with a poll every five minutes, at least half a week."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One look through the libraries of a server."""

    server: str
    kind: str
    """Everything or changes."""
    signal: str
    """What made us look."""
    began_at: datetime
    ended_at: datetime
    sources: int
    """Compared with the policy."""
    unchanged: int
    gone: int
    gaps: int
    planned: int
    error: str | None = None
    """What ended it early."""


COLUMNS = [scans.c[name] for name in Scan.__slots__]


class Scans:
    """Remembers looks through libraries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, scan: Scan) -> None:
        """Write one down, and forget those before the last ``KEPT``."""
        oldest = sa.select(scans.c.id).order_by(scans.c.id.desc()).offset(KEPT).limit(1)
        with self._database.write() as connection:
            values = {name: getattr(scan, name) for name in Scan.__slots__}
            connection.execute(scans.insert().values(**values))
            connection.execute(scans.delete().where(scans.c.id <= oldest.scalar_subquery()))

    def saw_all(self, server: str) -> bool:
        """Whether a look through everything of a server is on record that came to its end."""
        whole = (scans.c.kind == "everything") & scans.c.error.is_(None)
        query = sa.select(scans.c.id).where((scans.c.server == server) & whole).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def latest(self, limit: int) -> tuple[Scan, ...]:
        """Return the last ones, newest first."""
        query = sa.select(*COLUMNS).order_by(scans.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(Scan(*row) for row in connection.execute(query))
