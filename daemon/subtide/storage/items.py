"""Items: what the last look at each item saw, so that an unchanged one costs nothing."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import sqlalchemy as sa

from subtide.storage import coverage
from subtide.storage.coverage import Cover
from subtide.storage.database import Database
from subtide.storage.tables import items
from subtide.storage.upsert import upsert_all

IDS_AT_ONCE = 500
"""Ids in one statement; SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True)
class KnownItem:
    """One row: an item as it was looked at last."""

    item: str
    library: str
    """Its library's id; empty when it is not known."""
    etag: str
    """Changes when the server saves the item, for whatever reason."""
    versions: int
    fingerprint: str
    """Of its sources' files and streams."""
    judged: str
    """What the verdicts were true for, besides the item itself."""
    settled: bool
    """There is nothing to do until one of these changes."""
    title: str
    series: str
    """Its name; empty for what is no episode."""


COLUMNS = [items.c[name] for name in KnownItem.__slots__]


class Items:
    """Remembers items; the server stands in every key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, server: str, ids: Collection[str]) -> dict[str, KnownItem]:
        """Return those of the items that were looked at before, by id."""
        where = (items.c.server == server) & items.c.item.in_(ids)
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*COLUMNS).where(where)).all()
            return {row[0]: KnownItem(*row) for row in rows}

    def remember(
        self,
        server: str,
        known: Collection[KnownItem],
        judged: Collection[str] = (),
        covers: Collection[Cover] = (),
    ) -> None:
        """Write items over what was known of them, in one transaction.

        ``judged``: the ids of those that were compared with the policy; ``covers``: how they
        stand, all of them.
        """
        rows = [
            {"server": server, **{name: getattr(one, name) for name in KnownItem.__slots__}}
            for one in known
        ]
        if rows or judged:
            with self._database.write() as connection:
                if rows:
                    upsert_all(connection, items, rows)
                if judged:
                    coverage.replace(connection, server, judged, covers)

    def count(self, server: str) -> dict[str, int]:
        """Return how many items are known in each library, by its id."""
        query = (
            sa.select(items.c.library, sa.func.count())
            .where(items.c.server == server)
            .group_by(items.c.library)
        )
        with self._database.read() as connection:
            return dict(list(connection.execute(query)))

    def forget_missing(self, server: str, libraries: Iterable[str], there: AbstractSet[str]) -> int:
        """Forget the items of these libraries that are not ``there``. Return how many."""
        where = (items.c.server == server) & items.c.library.in_(list(libraries))
        with self._database.read() as connection:
            known = connection.execute(sa.select(items.c.item).where(where)).scalars().all()
            gone = [item for item in known if item not in there]
        for start in range(0, len(gone), IDS_AT_ONCE):
            ids = gone[start : start + IDS_AT_ONCE]
            mine = (items.c.server == server) & items.c.item.in_(ids)
            with self._database.write() as connection:
                connection.execute(items.delete().where(mine))
                coverage.replace(connection, server, ids, ())
        return len(gone)
