"""Coverage: how every wanted target stands with every source, as the last look saw it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import coverage
from subtide.storage.upsert import upsert_all

KEYS = ("server", "library", "series", "language", "standing", "origin")
"""What rows are counted by, in the order of the index that holds all that a count needs."""


class Standing(StrEnum):
    """How a target stands with a source."""

    COVERED = "covered"
    """A track gives it already."""
    OUTDATED = "outdated"
    """Only a file of ours gives it, made by other models or settings than those of now."""
    GAP = "gap"
    """It is to be made."""
    CLOSED = "closed"
    """It is lacking, but its outcome says not to plan it again."""
    UNWANTED = "unwanted"
    """It is lacking, and the policy does not want it for this source, or nobody needs it."""


@dataclass(frozen=True, slots=True)
class Cover:
    """One target of one source."""

    source: str
    target: str
    """Its key."""
    item: str
    library: str
    series: str
    """The series' name; empty for what is no episode."""
    language: str
    standing: Standing
    origin: str
    """What a gap would be made from: text or speech; empty for what is none."""
    duration: float
    """Seconds of the source."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many sources share these values; one that was not counted by is empty."""

    server: str
    library: str
    series: str
    language: str
    standing: str
    origin: str
    sources: int
    seconds: float
    """Of all these sources together."""


def replace(
    connection: sa.Connection, server: str, items: Collection[str], rows: Collection[Cover]
) -> None:
    """Write how these items stand over all that was known of them, in the caller's transaction."""
    mine = (coverage.c.server == server) & coverage.c.item.in_(items)
    connection.execute(coverage.delete().where(mine))
    if rows:
        new = [
            {"server": server, **{name: getattr(row, name) for name in Cover.__slots__}}
            for row in rows
        ]
        upsert_all(connection, coverage, new)


class Coverage:
    """Reads what is covered and what is not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(
        self, server: str | None = None, library: str | None = None, *, by: Collection[str] = KEYS
    ) -> tuple[Count, ...]:
        """Return how many sources there are for each value of ``by`` (of KEYS).

        ``server`` and ``library``, ids, narrow it. The index is read once, in its own order:
        counted straight by fewer values, its rows would have to be sorted first.
        """
        fine = (
            sa.select(*_keys(), sa.func.count().label("sources"), _sum(coverage.c.duration))
            .where(_here(server, library))
            .group_by(*_keys())
            .subquery()
        )
        columns = [fine.c[name] for name in KEYS if name in by]
        query = sa.select(
            *columns, sa.func.sum(fine.c.sources).label("sources"), _sum(fine.c.seconds)
        )
        return self._select(query.group_by(*columns).order_by(*columns))

    def lacking(self, server: str | None = None) -> tuple[Count, ...]:
        """Return how many sources have a gap, by server, library and origin, each source once.

        A source that lacks several languages is listened to once for all of them.
        """
        columns = (coverage.c.server, coverage.c.source)  # as the primary key is sorted
        each = (
            sa.select(
                *columns,
                sa.func.max(coverage.c.library).label("library"),
                sa.func.min(coverage.c.origin).label("origin"),  # speech before text
                sa.func.max(coverage.c.duration).label("duration"),
            )
            .where(_here(server, None), coverage.c.standing == Standing.GAP)
            .group_by(*columns)
            .subquery()
        )
        keys = (each.c.server, each.c.library, each.c.origin)
        query = sa.select(*keys, sa.func.count().label("sources"), _sum(each.c.duration))
        return self._select(query.group_by(*keys).order_by(*keys))

    def of_item(self, server: str, item: str) -> tuple[Cover, ...]:
        """Return how each target of each source of an item stands."""
        columns = [coverage.c[name] for name in Cover.__slots__]
        mine = (coverage.c.server == server) & (coverage.c.item == item)
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*columns).where(mine)).mappings()
            found = [Cover(**{**row, "standing": Standing(row["standing"])}) for row in rows]
        # Sorted here: SQLite would walk a whole server's rows rather than sort these few.
        return tuple(sorted(found, key=lambda one: (one.source, one.target)))

    def items_lacking(self, server: str, origin: str, limit: int) -> tuple[str, ...]:
        """Return the ids of a few items with a gap that would be made from ``origin``."""
        gap = (coverage.c.standing == Standing.GAP) & (coverage.c.origin == origin)
        query = sa.select(coverage.c.item).where(_here(server, None), gap).distinct().limit(limit)
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def _select(self, query: sa.Select[tuple[object, ...]]) -> tuple[Count, ...]:
        nothing = dict.fromkeys(KEYS, "")
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            Count(**{**nothing, **row, "sources": int(row["sources"])})  # PostgreSQL sums decimals
            for row in rows
        )


def _keys() -> list[sa.Column[str]]:
    return [coverage.c[name] for name in KEYS]


def _sum(column: sa.ColumnElement[float]) -> sa.Label[float]:
    return sa.func.sum(column).label("seconds")


def _here(server: str | None, library: str | None) -> sa.ColumnElement[bool]:
    where: sa.ColumnElement[bool] = sa.true()
    if server is not None:
        where &= coverage.c.server == server
    if library is not None:
        where &= coverage.c.library == library
    return where
