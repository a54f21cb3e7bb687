"""Unfit origins: texts that cannot be translated after all, so that the next plan takes another."""

from collections.abc import Collection
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

    def of_sources(self, server: str, sources: Collection[str]) -> dict[str, tuple[Unfit, ...]]:
        """Return those of these sources, by source; one without is left out."""
        table = unfit_origins.c
        where = (table.server == server) & table.source.in_(list(sources))
        columns = (table.source, table.origin, table.reason, table.at)
        found: dict[str, tuple[Unfit, ...]] = {}
        with self._database.read() as connection:
            for source, *values in connection.execute(sa.select(*columns).where(where)):
                found[source] = (*found.get(source, ()), Unfit(*values))
        return found


def forget_unfit(connection: sa.Connection, places: Collection[tuple[str, str]]) -> None:
    """Let every origin of these sources (server, id) count again, in the caller's transaction."""
    table = unfit_origins.c
    mine = (table.server == sa.bindparam("at")) & (table.source == sa.bindparam("id"))
    keys = [{"at": server, "id": source} for server, source in places]
    if keys:
        connection.execute(unfit_origins.delete().where(mine), keys)


def is_noted(connection: sa.Connection, server: str, source: str, origin: str) -> bool:
    """Whether an origin of a source is remembered, within the caller's transaction."""
    table = unfit_origins.c
    mine = (table.server == server) & (table.source == source) & (table.origin == origin)
    return connection.execute(sa.select(table.origin).where(mine)).first() is not None


def note_unfit(connection: sa.Connection, server: str, source: str, unfit: Unfit) -> None:
    """Remember an origin of a source within the caller's transaction."""
    values = {"server": server, "source": source, **asdict(unfit)}
    upsert(connection, unfit_origins, values)
