"""Outcomes: how a (server, source, target) ended. A closed one is not planned again."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from subtide.storage.coverage import Standing
from subtide.storage.database import Database
from subtide.storage.tables import coverage as covered
from subtide.storage.tables import items, ledger, outcomes
from subtide.storage.unfit import forget_unfit
from subtide.storage.upsert import upsert_all

HASH = 32
"""Characters of each of the two hashes in a basis."""


def same_basis(older: str, basis: str) -> bool:
    """Whether what was true for ``older`` is true for ``basis``.

    Up to schema 0003 a basis was the first of its two hashes alone.
    """
    return basis.startswith(older) and older != ""


def same_media(older: str, basis: str) -> bool:
    """Whether two bases are of the same media, whatever the options."""
    return same_basis(older, basis) or older[HASH:] == basis[HASH:] != ""


def language_of(target: str) -> str:
    """Return the language, as a tag, that a target's key names."""
    return target.split("/")[1]


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
    NEEDLESS = "needless"
    """There is nothing to make: nobody speaks another language in it."""


FINE = (OutcomeState.PUBLISHED, OutcomeState.NEEDLESS)
"""What nobody has to look at."""
ANSWERED = (OutcomeState.PUBLISHED, OutcomeState.REFUSED)
"""What still counts when the file of a film or episode is another by now."""


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
    """Hashes of media and recipe: when they change, the outcome no longer counts."""
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
        if not same_basis(self.basis, basis):
            return False
        return self.state is not OutcomeState.FAILED_UNTIL or (
            self.retry_at is not None and now < self.retry_at
        )


def record(connection: sa.Connection, outcome: Outcome) -> None:
    """Write an outcome within the caller's transaction, over an older one of the same target."""
    record_all(connection, [outcome])


def record_all(connection: sa.Connection, ended: Collection[Outcome]) -> None:
    """Write outcomes as ``record`` does, all of them with two statements."""
    if not ended:
        return
    rows = [{field: getattr(one, field) for field in Outcome.__slots__} for one in ended]
    upsert_all(connection, outcomes, rows)
    stand = covered.update().where(_is_target(covered))
    stands = [_key(one.server, one.source, one.target) | _standing(one) for one in ended]
    connection.execute(stand.values(standing=sa.bindparam("stands"), origin=""), stands)


def is_refused(connection: sa.Connection, server: str, source: str, target: str) -> bool:
    """Whether a target is not wanted, within the caller's transaction."""
    query = sa.select(outcomes.c.state).where(_is_target(outcomes))
    found = connection.execute(query, _key(server, source, target)).scalar()
    return found == OutcomeState.REFUSED


def forget(connection: sa.Connection, targets: Collection[tuple[str, str, str]]) -> None:
    """Forget how targets (server, source, key) ended, within the caller's transaction.

    They are open again.
    """
    if targets:
        keys = [_key(*target) for target in targets]
        connection.execute(outcomes.delete().where(_is_target(outcomes)), keys)


def _is_target(table: sa.Table) -> sa.ColumnElement[bool]:
    """Match the target that ``_key`` names."""
    names = ("server", "source", "target")
    return sa.and_(*(table.c[name] == sa.bindparam(f"of_{name}") for name in names))


def _key(server: str, source: str, target: str) -> dict[str, object]:
    return {"of_server": server, "of_source": source, "of_target": target}


def _standing(outcome: Outcome) -> dict[str, object]:
    stands = {
        OutcomeState.PUBLISHED: Standing.COVERED,
        OutcomeState.NEEDLESS: Standing.UNWANTED,
    }
    return {"stands": stands.get(outcome.state, Standing.CLOSED)}


class Outcomes:
    """Reads endings, and opens them again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_sources(self, server: str, sources: Iterable[str]) -> dict[tuple[str, str], Outcome]:
        """Return the outcomes of these sources by (source, target)."""
        where = (outcomes.c.server == server) & outcomes.c.source.in_(list(sources))
        return {(o.source, o.target): o for o in self._select(where)}

    def of_works(
        self, server: str, works: Collection[str], sources: Collection[str]
    ) -> tuple[Outcome, ...]:
        """Return what was published or refused for other files of these works than ``sources``."""
        where = (
            (outcomes.c.server == server)
            & outcomes.c.work.in_([work for work in works if work])
            & outcomes.c.state.in_(ANSWERED)
            & outcomes.c.source.not_in(list(sources))
        )
        return self._select(where)

    def of_files(
        self, server: str, names: Collection[str], sources: Collection[str]
    ) -> tuple[tuple[str, Outcome], ...]:
        """Return what was published under these file names for others than ``sources``.

        Each comes with its name.
        """
        mine = (
            (ledger.c.source == outcomes.c.source)
            & (ledger.c.target == outcomes.c.target)
            & (ledger.c.server == outcomes.c.server)
        )
        where = (
            (ledger.c.server == server)
            & ledger.c.name.in_(list(names))
            & ledger.c.source.not_in(list(sources))
            & outcomes.c.state.in_(ANSWERED)
        )
        query = sa.select(ledger.c.name.label("file"), outcomes).join(outcomes, mine).where(where)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(ledger.c.id)).mappings().all()
        return tuple((row["file"], _outcome(row)) for row in rows)

    def all(self) -> tuple[Outcome, ...]:
        """Every outcome, newest last."""
        return self._select(sa.true())

    def reopen(self, server: str, source: str) -> int:
        """Forget the outcomes of a source, because a person says so. Return how many.

        Origins that were found unfit count again too.

        Its item is no longer settled, so that the next look judges it again.
        """
        with self._database.write() as connection:
            where = (outcomes.c.server == server) & (outcomes.c.source == source)
            mine = items.c.item.in_(sa.select(outcomes.c.item).where(where))
            unsettled = items.update().where((items.c.server == server) & mine)
            connection.execute(unsettled.values(settled=False))
            forget_unfit(connection, [(server, source)])
            return connection.execute(outcomes.delete().where(where)).rowcount

    def now(self) -> datetime:
        """Return the time that ``retry_at`` is compared with."""
        with self._database.read() as connection:
            return self._database.now(connection)

    def _select(self, where: sa.ColumnElement[bool]) -> tuple[Outcome, ...]:
        with self._database.read() as connection:
            query = sa.select(outcomes).where(where).order_by(outcomes.c.at)
            rows = connection.execute(query).mappings()
            return tuple(map(_outcome, rows))


def _outcome(row: sa.RowMapping) -> Outcome:
    values = {name: row[name] for name in Outcome.__slots__}
    return Outcome(**{**values, "state": OutcomeState(row["state"])})
