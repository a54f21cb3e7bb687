"""Outcomes: how a (server, source, target) ended. A closed one is not planned again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import items, outcomes
from subtide.storage.upsert import upsert


class OutcomeState(StrEnum):
    """How it ended."""

    PUBLISHED = "published"
    """It is in Jellyfin, verified."""
    HELD = "held"
    """It waits for a person's review."""
    REFUSED = "refused"
    """A person, or the server, does not want it."""
    FAILED = "failed"
    """It cannot be made from this media."""
    FAILED_UNTIL = "failed-until"
    """It failed for now; ``retry_at`` says when it may be tried again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One ending, with the basis that it was true for."""

    server: str
    source: str
    target: str
    item: str
    title: str
    state: OutcomeState
    basis: str
    """Hash of media, policy and recipe: when it changes, the outcome no longer counts."""
    reason: str
    fix: str
    retry_at: datetime | None
    job: int | None
    at: datetime
    work: str = ""
    """The film or episode, whichever file holds it; empty when it is not known."""

    def closed(self, basis: str, now: datetime) -> bool:
        """Whether this still says "do not plan it again". What was refused stays so."""
        if self.state is OutcomeState.REFUSED:
            return True
        if basis != self.basis:
            return False
        return self.state is not OutcomeState.FAILED_UNTIL or (
            self.retry_at is not None and now < self.retry_at
        )


def record(connection: sa.Connection, outcome: Outcome) -> None:
    """Write an outcome within the caller's transaction, over an older one of the same target."""
    upsert(connection, outcomes, {field: getattr(outcome, field) for field in Outcome.__slots__})


class Outcomes:
    """Reads endings, and opens them again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_sources(self, server: str, sources: Iterable[str]) -> dict[tuple[str, str], Outcome]:
        """Return the outcomes of these sources by (source, target)."""
        where = (outcomes.c.server == server) & outcomes.c.source.in_(list(sources))
        return {(o.source, o.target): o for o in self._select(where)}

    def all(self) -> tuple[Outcome, ...]:
        """Every outcome, newest last."""
        return self._select(sa.true())

    def reopen(self, server: str, source: str) -> int:
        """Forget the outcomes of a source, because a person says so. Return how many.

        Its item is no longer settled, so that the next look judges it again.
        """
        with self._database.write() as connection:
            where = (outcomes.c.server == server) & (outcomes.c.source == source)
            mine = items.c.item.in_(sa.select(outcomes.c.item).where(where))
            unsettled = items.update().where((items.c.server == server) & mine)
            connection.execute(unsettled.values(settled=False))
            return connection.execute(outcomes.delete().where(where)).rowcount

    def now(self) -> datetime:
        """Return the time that ``retry_at`` is compared with."""
        with self._database.read() as connection:
            return self._database.now(connection)

    def _select(self, where: sa.ColumnElement[bool]) -> tuple[Outcome, ...]:
        with self._database.read() as connection:
            query = sa.select(outcomes).where(where).order_by(outcomes.c.at)
            rows = connection.execute(query).mappings()
            return tuple(Outcome(**{**row, "state": OutcomeState(row["state"])}) for row in rows)
