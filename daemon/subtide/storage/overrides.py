"""Runtime overrides of settings: versioned rows, so that every change can be taken back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import overrides


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the setting's path, and its value from then on (None: as below it again)."""

    version: int
    path: str
    value: object
    at: datetime


class Overrides:
    """What was changed at run time, above config.yaml and below the environment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self, version: int | None = None) -> dict[tuple[str, ...], object]:
        """Return the overrides in force, or those that were after a version, by path."""
        values: dict[tuple[str, ...], object] = {}
        for change in self.history():
            if version is None or change.version <= version:
                values[tuple(change.path.split("."))] = change.value
        return {path: value for path, value in values.items() if value is not None}

    def set(self, path: str, value: object) -> None:
        """Override a setting; None takes the override away."""
        with self._database.write() as connection:
            self._add(connection, path, value)

    def roll_back(self, version: int) -> None:
        """Make everything as it was after ``version``; that is a change as well."""
        then, now = self.current(version), self.current()
        with self._database.write() as connection:
            for path in then.keys() | now.keys():
                if then.get(path) != now.get(path):
                    self._add(connection, ".".join(path), then.get(path))

    def history(self) -> tuple[Change, ...]:
        """Return every change, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(overrides).order_by(overrides.c.version))
            return tuple(Change(**row) for row in rows.mappings())

    def _add(self, connection: sa.Connection, path: str, value: object) -> None:
        now = self._database.now(connection)
        connection.execute(overrides.insert().values(path=path, value=value, at=now))
