"""Samples: how fast this machine heard half a minute of speech, model by model."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import samples
from subtide.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Sample:
    """What one timing found."""

    what: str
    """Model, device, number format and threads, as words."""
    cost: float
    """Seconds of work for a second of media."""
    at: datetime


class Samples:
    """Remembers the last timing of each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, what: str) -> Sample | None:
        """Return the last timing of a model on a device, or None if there was none."""
        query = sa.select(samples).where(samples.c.what == what)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return Sample(**row) if row else None

    def keep(self, what: str, cost: float) -> None:
        """Write a timing over an older one."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            upsert(connection, samples, {"what": what, "cost": cost, "at": now})
