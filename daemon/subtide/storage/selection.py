"""Selection: which of the files that we put out a person means."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from subtide.languages import Language
from subtide.storage.coverage import Standing
from subtide.storage.database import Database
from subtide.storage.ledger import Entry, EntryState
from subtide.storage.outcomes import OutcomeState, language_of
from subtide.storage.tables import coverage, items, jobs, ledger, outcomes
from subtide.storage.titles import is_called


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person said; all of it has to fit. Without anything, every file is meant."""

    item: str = ""
    """The id of an item or source, or its title or a part of that."""
    series: str = ""
    """The name of a series, or a part of it."""
    language: Language | None = None
    since: datetime | None = None
    """Put out at this time or later."""
    until: datetime | None = None
    """Put out before this time."""
    job: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One file, with what else is known of its target."""

    entry: Entry
    title: str
    item_title: str
    """Its item's, without the name of a version; empty for an item that is not known any more."""
    series: str
    basis: str
    """What its target's outcome was true for."""
    work: str
    """The film or episode, whichever file holds it."""
    refused: bool
    """Its target is not wanted any more."""
    outdated: bool
    """The last look found that other models or settings made it."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Its target, as outcomes know it: server, source, target."""
        return self.entry.server, self.entry.source, self.entry.target

    @property
    def language(self) -> Language:
        """That of its target."""
        return Language(language_of(self.entry.target))


def select(
    database: Database, selection: Selection, states: Collection[EntryState]
) -> tuple[Chosen, ...]:
    """Return the files in these states that a selection means, oldest first.

    A title or name that fits as a whole goes before those that it is a part of.
    """
    with database.read() as connection:
        rows = connection.execute(_query(selection, states)).mappings()
        found: Sequence[Chosen] = [_chosen(row) for row in rows]
    wanted = selection.language
    if wanted is not None:
        found = [one for one in found if one.language.serves(wanted)]
    if selection.series:
        found = _named(found, selection.series, lambda one: [one.series])
    if selection.item:
        found = _named(found, selection.item, _names)
    return tuple(found)


def _query(selection: Selection, states: Collection[EntryState]) -> sa.Select[Any]:
    same_item = (items.c.server == ledger.c.server) & (items.c.item == ledger.c.item)
    query = (
        sa.select(
            ledger,
            items.c.title.label("item_title"),
            items.c.series,
            jobs.c.title.label("job_title"),
            *(outcomes.c[name].label(f"outcome_{name}") for name in ("title", "state", "basis")),
            outcomes.c.work,
            coverage.c.standing,
        )
        .outerjoin(items, same_item)
        .outerjoin(jobs, jobs.c.id == ledger.c.job)
        .outerjoin(outcomes, _same_target(outcomes))
        .outerjoin(coverage, _same_target(coverage))
        .where(ledger.c.state.in_(list(states)))
        .order_by(ledger.c.id)
    )
    for condition in _conditions(selection):
        query = query.where(condition)
    return query


def _same_target(table: sa.Table) -> sa.ColumnElement[bool]:
    same_source = (table.c.server == ledger.c.server) & (table.c.source == ledger.c.source)
    return same_source & (table.c.target == ledger.c.target)


def _conditions(selection: Selection) -> Iterator[sa.ColumnElement[bool]]:
    if selection.since is not None:
        yield ledger.c.created_at >= selection.since
    if selection.until is not None:
        yield ledger.c.created_at < selection.until
    if selection.job is not None:
        yield ledger.c.job == selection.job


def _chosen(row: sa.RowMapping) -> Chosen:
    values = {name: row[name] for name in Entry.__slots__}
    item_title = row["item_title"] or ""
    return Chosen(
        entry=Entry(**{**values, "state": EntryState(row["state"])}),
        title=row["outcome_title"] or row["job_title"] or item_title or row["name"],
        item_title=item_title,
        series=row["series"] or "",
        basis=row["outcome_basis"] or "",
        work=row["work"] or "",
        refused=row["outcome_state"] == OutcomeState.REFUSED,
        outdated=row["standing"] == Standing.OUTDATED,
    )


def _named(
    found: Sequence[Chosen], text: str, names: Callable[[Chosen], list[str]]
) -> list[Chosen]:
    """Compare as people read; databases differ in what they take for the same letter."""
    wanted = text.casefold()
    whole = [one for one in found if any(is_called(name, text) for name in names(one))]
    return whole or [one for one in found if any(wanted in name.casefold() for name in names(one))]


def _names(one: Chosen) -> list[str]:
    return [one.entry.item, one.entry.source, one.title, one.item_title]
