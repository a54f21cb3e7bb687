"""When each server's webhook was last heard, and through which device: the proof of its way."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import webhooks
from subtide.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Heard:
    """The last event of one server."""

    name: str
    """The server's, in the settings."""
    heard_at: datetime
    event: str
    """Jellyfin's word, such as ItemAdded."""
    device: str
    """The DeviceId of the last session that we opened ourselves; empty before the first."""


class Webhooks:
    """Remembers the last event of each server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def heard(self, name: str, event: str, device: str = "") -> None:
        """Note an event; without a device the one known before stays."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            values = {"name": name, "heard_at": now, "event": event, "device": device}
            changes = {"heard_at": now, "event": event} | ({"device": device} if device else {})
            upsert(connection, webhooks, values, changes)

    def last(self, name: str) -> Heard | None:
        """Return a server's last event, None before the first."""
        with self._database.read() as connection:
            query = sa.select(webhooks).where(webhooks.c.name == name)
            row = connection.execute(query).mappings().first()
            return Heard(**row) if row else None
