"""The servers that Subtide has met, each known by its system Id."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from subtide.errors import ServerChanged, SettingsError
from subtide.storage.database import Database
from subtide.storage.tables import servers
from subtide.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class KnownServer:
    """One row: who answered under this name, and how far the last scan saw."""

    id: str
    name: str
    version: str
    seen_at: datetime
    watermark: datetime | None
    """The server's own clock at the start of the last full or incremental scan."""


class Servers:
    """Remembers which server stands behind a name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def meet(
        self, name: str, server_id: str, version: str, others: Collection[str] = ()
    ) -> KnownServer:
        """Note that ``name`` answered as ``server_id``. ``others``: the other configured names.

        Raises:
            SettingsError: another of the names is the same server.
            ServerChanged: the name was another server before. Its items would be taken for
                deleted, so nothing happens until a person confirms the change.
        """
        with self._database.write() as connection:
            _check(connection, name, server_id, others)
            now = self._database.now(connection)
            values = {"id": server_id, "name": name, "version": version, "seen_at": now}
            upsert(connection, servers, values)
            found = _row(connection, servers.c.id == server_id)
            assert found  # noqa: S101 - written above
            return found

    def check(self, name: str, server_id: str, others: Collection[str] = ()) -> None:
        """Raise what ``meet`` would, and note nothing."""
        with self._database.read() as connection:
            _check(connection, name, server_id, others)

    def forget_name(self, name: str) -> str | None:
        """Let ``name`` be another server from now on; its history stays under the old Id.

        Return that Id, or None when the name was no server's.
        """
        with self._database.write() as connection:
            known = _row(connection, servers.c.name == name)
            if not known:
                return None
            update = servers.update().where(servers.c.id == known.id)
            connection.execute(update.values(name=f"{name} (before {known.id})"))
            return known.id

    def set_watermark(self, server_id: str, moment: datetime) -> None:
        """Remember the server's clock at the start of a finished scan."""
        with self._database.write() as connection:
            update = servers.update().where(servers.c.id == server_id)
            connection.execute(update.values(watermark=moment))

    def now(self) -> datetime:
        """Return the database's time."""
        with self._database.read() as connection:
            return self._database.now(connection)

    def all(self) -> tuple[KnownServer, ...]:
        """Every server met so far, by name."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(servers).order_by(servers.c.name)).mappings()
            return tuple(KnownServer(**row) for row in rows)


def _check(connection: sa.Connection, name: str, server_id: str, others: Collection[str]) -> None:
    known = _row(connection, servers.c.name == name)
    if known and known.id != server_id:
        raise ServerChanged(
            f"{name} was server {known.id} and now answers as {server_id}",
            f"if that is right, run: subtide doctor --accept-server {name}",
        )
    same = _row(connection, servers.c.id == server_id)
    if same and same.name in others:
        raise SettingsError(
            f"servers.{name} and servers.{same.name} are the same server", "keep one of them"
        )


def _row(connection: sa.Connection, where: sa.ColumnElement[bool]) -> KnownServer | None:
    row = connection.execute(sa.select(servers).where(where)).mappings().first()
    return KnownServer(**row) if row else None
