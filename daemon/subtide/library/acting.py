"""Acting: what a finding leads to: a job, an outcome, or a look at a later time."""

import structlog

from subtide.jobs.store import JobStore
from subtide.library.judging import Finding, Judge
from subtide.library.planning import Planner
from subtide.storage.database import Database
from subtide.storage.looks import Look, Looks, Priority
from subtide.storage.outcomes import Outcome, OutcomeState, record
from subtide.storage.servers import KnownServer

OPEN_JOB_SECONDS = 3600.0
"""When to look again at a source whose new gap has to wait for its open job: with a backlog
there may be thousands, and each look asks the server."""

log = structlog.get_logger()


class Actor:
    """Writes down what findings lead to."""

    def __init__(self, database: Database, store: JobStore, planner: Planner, judge: Judge) -> None:
        self._database = database
        self._store = store
        self._planner = planner
        self._judge = judge
        self._looks = Looks(database)

    def act(self, known: KnownServer, finding: Finding, look: Look) -> Finding:
        """Do what a finding found for ``look`` leads to. Return what came of it."""
        finding = self._without_old_job(known, finding)
        if finding.plan:
            self._store.add(finding.plan, priority=look.priority, signal=look.signal)
        elif finding.open_plan:
            self._wait_for_open_job(known, finding, look)
        elif finding.problem and finding.verdicts:
            self._record_problem(known, finding)
        return finding

    def _without_old_job(self, known: KnownServer, finding: Finding) -> Finding:
        """Plan anew what waits for a job that was planned for other media, models or engines."""
        if finding.open_plan is None:
            return finding
        basis = self._planner.options.basis(finding.source)
        old = finding.open_plan.basis != basis
        if old and self._store.supersede(known.id, finding.source.id, basis):
            return self._judge.plan_anew(known, finding)
        return finding

    def _wait_for_open_job(self, known: KnownServer, finding: Finding, look: Look) -> None:
        planned = finding.open_plan.targets if finding.open_plan else ()
        if {gap.key for gap in finding.gaps} - {target.key for target in planned}:
            self._looks.ask(
                known.id,
                finding.item.id,
                signal=look.signal,
                priority=Priority.NIGHTLY,
                delay=OPEN_JOB_SECONDS,
            )

    def _record_problem(self, known: KnownServer, finding: Finding) -> None:
        assert finding.problem  # noqa: S101 - the caller's branch
        log.warning(
            "cannot be done",
            title=finding.item.title,
            what=finding.problem.what,
            fix=finding.problem.fix,
        )
        with self._database.write() as connection:
            for target in finding.gaps:
                outcome = Outcome(
                    server=known.id,
                    source=finding.source.id,
                    target=target.key,
                    item=finding.item.id,
                    title=finding.item.title,
                    state=OutcomeState.FAILED,
                    basis=self._planner.options.basis(finding.source),
                    reason=finding.problem.what,
                    fix=finding.problem.fix,
                    retry_at=None,
                    job=None,
                    at=self._database.now(connection),
                )
                record(connection, outcome)
