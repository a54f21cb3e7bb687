"""Undoing: files of ours that a person takes back, or wants made anew."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from subtide.jobs.ending import cancel_job
from subtide.jobs.rows import select_jobs
from subtide.jobs.task import OPEN_JOBS, Job
from subtide.storage import outcomes
from subtide.storage.database import Database
from subtide.storage.ledger import IDS_AT_ONCE, STANDING, EntryState, want_anew, want_away
from subtide.storage.looks import Ask, Looks, Priority
from subtide.storage.outcomes import Outcome, OutcomeState
from subtide.storage.selection import Chosen, Selection, select
from subtide.storage.tables import items, jobs
from subtide.storage.unfit import forget_unfit

REDONE = frozenset({EntryState.VERIFIED, EntryState.UNWANTED, EntryState.RETIRED})
"""What may be made anew: what is there, and what is gone because somebody refused it."""


def to_undo(database: Database, selection: Selection) -> tuple[Chosen, ...]:
    """Return the files that an undo of a selection takes away."""
    return select(database, selection, STANDING)


def to_redo(
    database: Database, selection: Selection, *, refused: bool, outdated: bool = False
) -> tuple[Chosen, ...]:
    """Return the files that a redo of a selection makes anew, the newest of each target.

    ``refused``: those too that are not wanted any more; ``outdated``: those alone that other
    models or settings made.
    """
    found = {one.key: one for one in select(database, selection, REDONE)}
    return tuple(one for one in found.values() if _may_redo(one, refused, outdated))


def undo(database: Database, chosen: Collection[Chosen]) -> int:
    """Have files taken away, and never made again unasked, in one transaction.

    Open jobs that would make one of them again end. Return how many did.
    """
    with database.write() as connection:
        now = database.now(connection)
        reason = f"undone by a person on {now:%Y-%m-%d}"
        ended = _jobs_for(connection, {one.key for one in chosen})
        for job in ended:
            cancel_job(connection, job.id, reason, now)
        outcomes.record_all(connection, [_refused(one, reason, now) for one in chosen])
        want_away(connection, [one.entry.id for one in chosen], now)
    # What else these jobs were for is still wanted.
    Looks(database).ask_all(_asks({(job.server, job.item) for job in ended}))
    return len(ended)


def redo(database: Database, chosen: Collection[Chosen]) -> None:
    """Have files made anew: each new one takes the place of the older one."""
    with database.write() as connection:
        now = database.now(connection)
        want_anew(connection, [one.entry.id for one in chosen], now)
        outcomes.forget(connection, [one.key for one in chosen])
        forget_unfit(connection, {one.key[:2] for one in chosen})
        places = _places(connection, chosen)
        _unsettle(connection, places)
    Looks(database).ask_all(_asks(places))


def _refused(one: Chosen, reason: str, now: datetime) -> Outcome:
    return Outcome(
        server=one.entry.server,
        source=one.entry.source,
        target=one.entry.target,
        item=one.entry.item,
        title=one.title,
        state=OutcomeState.REFUSED,
        basis=one.basis,
        reason=reason,
        fix=f'to have it again: subtide redo "{one.title}"',
        retry_at=None,
        job=one.entry.job,
        at=now,
        work=one.work,
    )


def _may_redo(one: Chosen, refused: bool, outdated: bool) -> bool:  # noqa: FBT001 - private
    if outdated and not one.outdated:
        return False
    if one.entry.state is EntryState.VERIFIED:
        return refused or not one.refused
    return refused and one.refused


def _jobs_for(connection: sa.Connection, keys: Collection[tuple[str, str, str]]) -> list[Job]:
    """Return the open jobs with one of these targets."""
    sources = {key[:2] for key in keys}
    rows = sa.select(jobs.c.id, jobs.c.server, jobs.c.source)
    still_open = connection.execute(rows.where(jobs.c.state.in_(list(OPEN_JOBS))))
    ids = [job for job, server, source in still_open if (server, source) in sources]
    found: list[Job] = []
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        found += select_jobs(connection, jobs.c.id.in_(some), len(some))
    return [
        job
        for job in found
        if any((job.server, job.source, target.key) in keys for target in job.plan.targets)
    ]


def _places(connection: sa.Connection, chosen: Collection[Chosen]) -> set[tuple[str, str]]:
    """Return the items (server, id) to look at: also one that holds the same work by now.

    A file that came back under another path is another item, of the same title.
    """
    titles = {
        (one.entry.server, title)
        for one in chosen
        for title in (one.title, one.item_title)
        if title
    }
    known = connection.execute(sa.select(items.c.server, items.c.item, items.c.title))
    same = {(server, item) for server, item, title in known if (server, title) in titles}
    return same | {(one.entry.server, one.entry.item) for one in chosen}


def _unsettle(connection: sa.Connection, places: Collection[tuple[str, str]]) -> None:
    """Let these items be judged again by the next look, whatever is remembered of them."""
    if places:
        mine = (items.c.server == sa.bindparam("at")) & (items.c.item == sa.bindparam("id"))
        keys = [{"at": server, "id": item} for server, item in places]
        connection.execute(items.update().where(mine).values(settled=False), keys)


def _asks(places: Collection[tuple[str, str]]) -> Sequence[Ask]:
    return [Ask(server, item, "person", Priority.PERSON) for server, item in sorted(places)]
