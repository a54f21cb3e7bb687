"""Choices: how names and terms of a series were translated before, so that it stays that way."""

from collections.abc import Mapping

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import choices
from subtide.storage.upsert import upsert_all


class Choices:
    """Terms and their translations, by scope: a series of a server, or a film."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, scope: str, source: str, target: str) -> dict[str, str]:
        """Return every term that was chosen within a scope between two languages (tags)."""
        where = (
            (choices.c.scope == scope) & (choices.c.source == source) & (choices.c.target == target)
        )
        query = sa.select(choices.c.term, choices.c.translation).where(where)
        with self._database.read() as connection:
            return {row.term: row.translation for row in connection.execute(query)}

    def keep(self, scope: str, source: str, target: str, terms: Mapping[str, str]) -> None:
        """Remember terms; the first choice stays."""
        if not terms:
            return
        with self._database.write() as connection:
            now = self._database.now(connection)
            rows = [
                {
                    "scope": scope,
                    "source": source,
                    "target": target,
                    "term": term,
                    "translation": text,
                    "at": now,
                }
                for term, text in terms.items()
            ]
            upsert_all(connection, choices, rows, lambda _new: {"scope": choices.c.scope})
