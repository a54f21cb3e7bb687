"""Unfit origins: texts that cannot be translated after all, so that the next plan takes another."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import unfit_origins
from subtide.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Unfit:
    """One origin of one source, and why it is not used."""

    origin: str
    """The plan's words for it, as ``plan.origin_key`` writes them."""
    reason: str
    at: datetime


class UnfitOrigins:
    """Remembers which origins of a source were tried and found unfit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_source(self, server: str, source: str) -> tuple[Unfit, ...]:
        """Return those of a source."""
        where = (unfit_origins.c.server == server) & (unfit_origins.c.source == source)
        columns = (unfit_origins.c.origin, unfit_origins.c.reason, unfit_origins.c.at)
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*columns).where(where)).mappings()
            return tuple(Unfit(**row) for row in rows)


def note_unfit(connection: sa.Connection, server: str, source: str, unfit: Unfit) -> None:
    """Remember an origin of a source within the caller's transaction."""
    values = {"server": server, "source": source, **asdict(unfit)}
    upsert(connection, unfit_origins, values)
