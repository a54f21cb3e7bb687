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
        """Return what is known under these keys."""
        wanted = list(keys)
        found: dict[str, str] = {}
        for first in range(0, len(wanted), AT_ONCE):
            some = translations.c.key.in_(wanted[first : first + AT_ONCE])
            with self._database.read() as connection:
                rows = connection.execute(
                    sa.select(translations.c.key, translations.c.text).where(some)
                )
                found.update((key, text) for key, text in rows)
        return found

    def remember(self, answers: Mapping[str, str]) -> None:
        """Keep answers by key, newer ones over older ones."""
        if not answers:
            return
        with self._database.write() as connection:
            now = self._database.now(connection)
            rows = [{"key": key, "text": text, "used_at": now} for key, text in answers.items()]
            upsert_all(connection, translations, rows)
            old = translations.c.used_at < now - timedelta(seconds=KEPT_SECONDS)
            connection.execute(translations.delete().where(old))
