"""Translation memory: what language models answered, so that nothing is asked and paid twice."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import translations
from subtide.storage.upsert import upsert_all

AT_ONCE = 500
"""Keys in one query; SQLite of 3.40 takes 32,766 variables, older builds 999."""
KEPT_SECONDS = 365 * 24 * 3600.0
"""How long an answer is kept that nobody needed again."""


class TranslationMemory:
    """Answers under keys; a key is a hash of the line and of all that shaped its answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, keys: Collection[str]) -> dict[str, str]:
        """Return what is known under these keys; it was needed again."""
        wanted = list(keys)
        found: dict[str, str] = {}
        for first in range(0, len(wanted), AT_ONCE):
            some = translations.c.key.in_(wanted[first : first + AT_ONCE])
            with self._database.write() as connection:
                now = self._database.now(connection)
                # Locked in the order in which they are written, or two workers wait for each other.
                rows = sa.select(translations).where(some).order_by(translations.c.key)
                known = connection.execute(rows.with_for_update()).all()
                connection.execute(translations.update().where(some).values(used_at=now))
                found.update((row.key, row.text) for row in known)
        return found

    def remember(self, answers: Mapping[str, str]) -> None:
        """Keep answers by key, newer ones over older ones."""
        if not answers:
            return
        with self._database.write() as connection:
            now = self._database.now(connection)
            rows = [{"key": key, "text": answers[key], "used_at": now} for key in sorted(answers)]
            upsert_all(connection, translations, rows)
            old = translations.c.used_at < now - timedelta(seconds=KEPT_SECONDS)
            connection.execute(translations.delete().where(old))
