"""Releases: the libraries that a person opened; before that nothing is written into them."""

from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import releases
from subtide.storage.upsert import upsert

ALL = "*"
"""In place of a library's id: every library of the server."""


def is_open(released: AbstractSet[str], library: str) -> bool:
    """Whether a library, by its id, is among those that ``Releases.of`` returned."""
    return not released.isdisjoint({ALL, library})


class Releases:
    """Remembers what was released, server by server."""

    def __init__(self, database: Database, *, all_open: bool = False) -> None:
        """``all_open``: whatever a person released or not."""
        self._database = database
        self._all_open = all_open

    def of(self, server: str) -> frozenset[str]:
        """Return the ids of the released libraries; ``ALL`` among them stands for every one."""
        if self._all_open:
            return frozenset({ALL})
        query = sa.select(releases.c.library).where(releases.c.server == server)
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def release(self, server: str, library: str) -> None:
        """Open a library, or ``ALL``; one that is open stays so."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            upsert(connection, releases, {"server": server, "library": library, "at": now})

    def withdraw(self, server: str, library: str) -> bool:
        """Close what was opened under this id. Return whether it was open."""
        where = (releases.c.server == server) & (releases.c.library == library)
        with self._database.write() as connection:
            return connection.execute(releases.delete().where(where)).rowcount > 0
