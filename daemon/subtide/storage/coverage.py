"""Coverage: how every wanted target stands with every source, as the last look saw it."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from subtide.storage.tables import coverage
from subtide.storage.upsert import upsert_all


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
    standing: str
    origin: str
    """What a gap would be made from: text or speech; empty for what is none."""
    duration: float
    """Seconds of the source."""


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
