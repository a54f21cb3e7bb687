"""Scan: follow a look: read from the server, compare with the policy, plan what is missing."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from subtide.errors import SkipSource
from subtide.jellyfin.items import Item, Source
from subtide.jobs.store import JobStore
from subtide.library.gaps import Standing, Verdict, judge
from subtide.library.planning import Planner, unsupported
from subtide.library.server import ConnectedServer
from subtide.pipeline.plan import Plan, Target
from subtide.storage.database import Database
from subtide.storage.ledger import Ledger
from subtide.storage.looks import CHANGES, EVERYTHING, Look, Looks, Priority
from subtide.storage.outcomes import Outcome, Outcomes, OutcomeState, record
from subtide.storage.servers import KnownServer, Servers

WATERMARK_OVERLAP = timedelta(minutes=5)
"""How far before the last scan the next one begins: saves take a while to be listed."""
OPEN_JOB_SECONDS = 3600.0
"""When to look again at a source whose new gap has to wait for its open job: with a backlog
there may be thousands, and each look asks the server."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finding:
    """One source: how each target stands, and what was or would be done."""

    item: Item
    source: Source
    verdicts: tuple[Verdict, ...]
    plan: Plan | None = None
    problem: SkipSource | None = None
    """Why nothing can be made of it."""
    waits: bool = False
    """Its gaps have an open job already."""


@dataclass(slots=True)
class Summary:
    """What a look found."""

    sources: int = 0
    standings: Counter[Standing] = field(default_factory=Counter)
    planned: int = 0
    waiting: int = 0
    passed_over: list[str] = field(default_factory=list)
    """Sources that are no work for Subtide as it is set up, and why; no outcome tells of them."""

    def add(self, finding: Finding) -> None:
        """Count one source."""
        self.sources += 1
        self.standings.update(verdict.standing for verdict in finding.verdicts)
        self.planned += finding.plan is not None
        self.waiting += finding.waits
        if finding.problem and not finding.verdicts:
            self.passed_over.append(f"{finding.item.title}: {finding.problem}")


class Scanner:
    """Follows looks. ``findings`` alone writes nothing."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        planner: Planner,
        kinds: tuple[str, ...] = ("Movie", "Episode"),
    ) -> None:
        self._database = database
        self._store = store
        self.planner = planner
        self._kinds = kinds
        self._outcomes = Outcomes(database)
        self._ledger = Ledger(database)
        self._looks = Looks(database)
        self._servers = Servers(database)

    def follow(
        self,
        server: ConnectedServer,
        look: Look,
        on_source: Callable[[Finding], None] = lambda _: None,
    ) -> Summary:
        """Follow a look: plan every gap that it finds, and record what cannot be done.

        Raises:
            RetryLater, StopAndTell: the server is not ready or refuses us; what was planned
            so far stays, and the look has to be followed again.
        """
        known = server.meet(self._servers)
        summary = Summary()
        began: datetime | None = None
        for items, server_time in self._listed(server, known, look.item):
            began = began or server_time
            for judged in self._judged(server, known, items):
                finding = self._without_old_job(judged, known)
                self._act(finding, known, look)
                summary.add(finding)
                on_source(finding)
        if look.item in {EVERYTHING, CHANGES} and began:
            self._servers.set_watermark(known.id, began)
        return summary

    def findings(self, server: ConnectedServer) -> Iterator[Finding]:
        """Yield what a look through everything would find, writing nothing but who answered."""
        known = server.meet(self._servers)
        for items, _ in self._listed(server, known, EVERYTHING):
            yield from self._judged(server, known, items)

    def _listed(
        self, server: ConnectedServer, known: KnownServer, what: str
    ) -> Iterator[tuple[Sequence[Item], datetime]]:
        if what not in {EVERYTHING, CHANGES}:
            yield server.client.items([what]), known.seen_at
            return
        since = None
        if what == CHANGES and known.watermark:
            since = known.watermark - WATERMARK_OVERLAP
        for library in server.libraries():
            for page in server.client.pages(
                kinds=self._kinds, library=library.id, changed_since=since
            ):
                yield page.items, page.server_time

    def _judged(
        self, server: ConnectedServer, known: KnownServer, items: Sequence[Item]
    ) -> Iterator[Finding]:
        sources = [source.id for item in items for source in item.sources]
        outcomes = self._outcomes.of_sources(known.id, sources)
        now = self._outcomes.now()
        for item in items:
            for source in item.sources:
                problem = unsupported(source, allow_remote=server.settings.allow_remote)
                if problem:
                    yield Finding(item, source, (), problem=problem)
                    continue
                basis = self.planner.options.basis(source)
                verdicts = judge(source, self.planner.policy, outcomes, basis, now)
                yield self._planned(known, item, source, verdicts)

    def _planned(
        self, known: KnownServer, item: Item, source: Source, verdicts: tuple[Verdict, ...]
    ) -> Finding:
        gaps = [v.target for v in verdicts if v.standing is Standing.GAP]
        if not gaps:
            return Finding(item, source, verdicts)
        if self._store.open_targets(known.id, source.id) is not None:
            return Finding(item, source, verdicts, waits=True)
        ours = self._ledger.paths(known.id, source.id)
        try:
            plan = self.planner.plan(known, item, source, gaps, ours=ours)
        except SkipSource as problem:
            return Finding(item, source, verdicts, problem=problem)
        return Finding(item, source, verdicts, plan=plan)

    def _without_old_job(self, finding: Finding, known: KnownServer) -> Finding:
        """Plan anew what waits for a job that was planned for other media, models or engines."""
        basis = self.planner.options.basis(finding.source)
        if finding.waits and self._store.supersede(known.id, finding.source.id, basis):
            return self._planned(known, finding.item, finding.source, finding.verdicts)
        return finding

    def _act(self, finding: Finding, known: KnownServer, look: Look) -> None:
        if finding.plan:
            self._store.add(finding.plan, priority=look.priority, signal=look.signal)
        elif finding.waits:
            self._wait_for_open_job(finding, known, look)
        elif finding.problem and finding.verdicts:
            self._record_problem(finding, known)

    def _wait_for_open_job(self, finding: Finding, known: KnownServer, look: Look) -> None:
        covered = self._store.open_targets(known.id, finding.source.id) or frozenset()
        gaps = {v.target.key for v in finding.verdicts if v.standing is Standing.GAP}
        if gaps - covered:
            self._looks.ask(
                known.id,
                finding.item.id,
                signal=look.signal,
                priority=Priority.NIGHTLY,
                delay=OPEN_JOB_SECONDS,
            )

    def _record_problem(self, finding: Finding, known: KnownServer) -> None:
        assert finding.problem  # noqa: S101 - the caller's branch
        log.warning(
            "cannot be done",
            title=finding.item.title,
            what=finding.problem.what,
            fix=finding.problem.fix,
        )
        with self._database.write() as connection:
            for target in _gaps(finding.verdicts):
                outcome = Outcome(
                    server=known.id,
                    source=finding.source.id,
                    target=target.key,
                    item=finding.item.id,
                    title=finding.item.title,
                    state=OutcomeState.FAILED,
                    basis=self.planner.options.basis(finding.source),
                    reason=finding.problem.what,
                    fix=finding.problem.fix,
                    retry_at=None,
                    job=None,
                    at=self._database.now(connection),
                )
                record(connection, outcome)


def _gaps(verdicts: Sequence[Verdict]) -> tuple[Target, ...]:
    return tuple(v.target for v in verdicts if v.standing is Standing.GAP)
