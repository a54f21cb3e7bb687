"""Acting: what a finding leads to: a job, an outcome, a file to take away, or a later look."""

from dataclasses import dataclass, replace

import structlog

from subtide.jobs.store import JobStore
from subtide.library.gaps import Verdict
from subtide.library.gate import Gate, urgency
from subtide.library.judging import Finding, Judge
from subtide.library.origins import is_for
from subtide.library.planning import work_of
from subtide.pipeline.plan import Plan
from subtide.storage.coverage import Standing
from subtide.storage.database import Database
from subtide.storage.ledger import EntryState, Ledger, want_away
from subtide.storage.looks import SWEEPS, Look, Looks, Priority
from subtide.storage.outcomes import Outcome, OutcomeState, forget, record, same_basis
from subtide.storage.servers import KnownServer

OPEN_JOB_SECONDS = 3600.0
"""When to look again at a source whose new gap has to wait for its running job: with a backlog
there may be thousands, and each look asks the server."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Ending:
    """How targets ended, and why."""

    state: OutcomeState
    reason: str
    fix: str


DELETED = _Ending(
    OutcomeState.REFUSED,
    "our file was removed, and its media is still there",
    'to have it again: subtide redo "TITLE"',
)


class Actor:
    """Writes down what findings lead to."""

    def __init__(self, database: Database, store: JobStore, judge: Judge) -> None:
        self._database = database
        self._store = store
        self._judge = judge
        self._looks = Looks(database)
        self._ledger = Ledger(database)

    def act(
        self, known: KnownServer, finding: Finding, look: Look, gate: Gate, *, released: bool
    ) -> Finding:
        """Do what a finding found for ``look`` leads to. Return what came of it.

        ``released``: whether anything may be written into its library.
        """
        self._follow_moved(finding)
        self._record_deletions(known, finding)
        self._retire(known, finding)
        if finding.open_plan:
            return self._with_open_job(known, finding, look)
        if finding.plan:
            held = gate.holds(look, released=released)
            if held:
                return replace(finding, held=held)
            self._store.add(finding.plan, priority=urgency(look), signal=look.signal)
        elif finding.problem and finding.verdicts:
            self._record_problem(known, finding)
        return finding

    def _with_open_job(self, known: KnownServer, finding: Finding, look: Look) -> Finding:
        """Let the open job of a source fit what it lacks now, unless it runs already."""
        plan = finding.open_plan
        assert plan  # noqa: S101 - the caller's branch
        if not finding.gaps:
            if self._store.withdraw(known.id, finding.source.id):
                return replace(finding, open_plan=None)
            return finding
        if urgency(look) < Priority.NEW:
            self._store.hasten(known.id, finding.source.id, urgency(look))
        if _fits(plan, finding):
            return finding
        anew = self._judge.planned(known, replace(finding, open_plan=None))
        if anew.plan is None:
            return finding
        if not same_basis(plan.basis, finding.basis):
            self._store.supersede(known.id, finding.source.id, finding.basis)
        if self._store.add(anew.plan, priority=urgency(look), signal=look.signal) is not None:
            return anew
        if {one.key for one in anew.plan.targets} - {one.key for one in plan.targets}:
            self._look_later(known, finding, look)
        return finding

    def _look_later(self, known: KnownServer, finding: Finding, look: Look) -> None:
        if look.item not in SWEEPS and self._looks.put_off(
            look, OPEN_JOB_SECONDS, Priority.NIGHTLY
        ):
            return
        self._looks.ask(
            known.id,
            finding.item.id,
            signal=look.signal,
            priority=Priority.NIGHTLY,
            delay=OPEN_JOB_SECONDS,
        )

    def _retire(self, known: KnownServer, finding: Finding) -> None:
        """Have our files taken away where a person's subtitle covers the same, if so set."""
        if not finding.policy.settings.retire_ours:
            return
        by_hand = {one.target.key for one in finding.verdicts if one.by_hand}
        there = {track.path for track in finding.source.subtitles}
        standing = (EntryState.VERIFIED, EntryState.OUTDATED)
        ours = [
            put
            for put in finding.put
            if put.target in by_hand and put.path in there and put.state in standing
        ]
        if ours:
            log.info("a person's subtitle takes the place of ours", title=finding.item.title)
            # Open again, for the day on which that person's is gone.
            keys = [(known.id, put.source, put.target) for put in ours]
            with self._database.write() as connection:
                want_away(connection, [put.id for put in ours], self._database.now(connection))
                forget(connection, keys)

    def _follow_moved(self, finding: Finding) -> None:
        """Keep what is known of files of ours that were renamed together with their media."""
        for outcome, path in finding.moved:
            item, source = finding.item.id, finding.source.id
            self._ledger.move((outcome.server, outcome.source, outcome.target), item, source, path)
            with self._database.write() as connection:
                record(connection, replace(outcome, item=item, source=source))

    def _record_deletions(self, known: KnownServer, finding: Finding) -> None:
        deleted = [one for one in finding.verdicts if one.deleted]
        if deleted:
            log.info("a deletion is an answer", title=finding.item.title)
            self._record(known, finding, deleted, DELETED)

    def _record_problem(self, known: KnownServer, finding: Finding) -> None:
        problem = finding.problem
        assert problem  # noqa: S101 - the caller's branch
        log.warning("cannot be done", title=finding.item.title, what=problem.what, fix=problem.fix)
        gaps = [one for one in finding.verdicts if one.standing is Standing.GAP]
        self._record(known, finding, gaps, _Ending(OutcomeState.FAILED, problem.what, problem.fix))

    def _record(
        self, known: KnownServer, finding: Finding, verdicts: list[Verdict], ending: _Ending
    ) -> None:
        with self._database.write() as connection:
            for verdict in verdicts:
                outcome = Outcome(
                    server=known.id,
                    source=finding.source.id,
                    target=verdict.target.key,
                    item=finding.item.id,
                    title=finding.item.title,
                    state=ending.state,
                    basis=finding.basis,
                    reason=ending.reason,
                    fix=ending.fix,
                    retry_at=None,
                    job=None,
                    at=self._database.now(connection),
                    work=work_of(finding.item),
                )
                record(connection, outcome)


def _fits(plan: Plan, finding: Finding) -> bool:
    """Whether an open job does what would be planned now, as far as can be told cheaply."""
    texts = any(track.text for track in finding.source.subtitles)
    return (
        same_basis(plan.basis, finding.basis)
        and is_for(plan, finding.gaps)
        and not (plan.origin.kind == "audio" and texts)
    )
