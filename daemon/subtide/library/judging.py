"""Judging: items compared with the policy, a plan for what is missing; writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from subtide.errors import SkipSource
from subtide.jellyfin.items import Item, Source
from subtide.jobs.store import JobStore
from subtide.library.gaps import Standing, Verdict, judge
from subtide.library.planning import Planner, unsupported
from subtide.pipeline.plan import Plan, Target
from subtide.storage.database import Database
from subtide.storage.ledger import Ledger
from subtide.storage.outcomes import Outcomes
from subtide.storage.servers import KnownServer


@dataclass(frozen=True, slots=True)
class Finding:
    """One source: how each target stands, and what was or would be done."""

    item: Item
    source: Source
    verdicts: tuple[Verdict, ...]
    plan: Plan | None = None
    problem: SkipSource | None = None
    """Why nothing can be made of it."""
    open_plan: Plan | None = None
    """That of its open job, which its gaps have to wait for."""

    @property
    def gaps(self) -> tuple[Target, ...]:
        """What it lacks and is not closed."""
        return tuple(v.target for v in self.verdicts if v.standing is Standing.GAP)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to do until its files or the settings change.

        What cannot be made is settled: its outcome says so. A placeholder may be a recording
        that is not over.
        """
        waits = self.plan or self.open_plan or self.source.placeholder
        return not waits and all(verdict.retry_at is None for verdict in self.verdicts)


class Judge:
    """Compares under one policy, with what the database knows."""

    def __init__(self, database: Database, store: JobStore, planner: Planner) -> None:
        self._store = store
        self._planner = planner
        self._outcomes = Outcomes(database)
        self._ledger = Ledger(database)

    def findings(
        self, known: KnownServer, items: Sequence[Item], *, allow_remote: bool
    ) -> Iterator[Finding]:
        """Yield what is found about each source; asks the database once for all of them."""
        compared = list(self._compared(known, items, allow_remote=allow_remote))
        lacking = [finding.source.id for finding in compared if finding.gaps]
        open_plans = self._store.open_plans(known.id, lacking) if lacking else {}
        ours = self._ledger.paths(known.id, lacking) if lacking else frozenset()
        for finding in compared:
            if finding.source.id in open_plans:
                yield replace(finding, open_plan=open_plans[finding.source.id])
            else:
                yield self._planned(known, finding, ours)

    def plan_anew(self, known: KnownServer, finding: Finding) -> Finding:
        """Return a finding with a plan of its own, now that its open job is cancelled."""
        ours = self._ledger.paths(known.id, [finding.source.id])
        return self._planned(known, replace(finding, open_plan=None), ours)

    def _compared(
        self, known: KnownServer, items: Sequence[Item], *, allow_remote: bool
    ) -> Iterator[Finding]:
        sources = [source.id for item in items for source in item.sources]
        outcomes = self._outcomes.of_sources(known.id, sources)
        now = self._outcomes.now()
        for item in items:
            for source in item.sources:
                problem = unsupported(source, allow_remote=allow_remote)
                if problem:
                    yield Finding(item, source, (), problem=problem)
                    continue
                basis = self._planner.options.basis(source)
                verdicts = judge(source, self._planner.policy, outcomes, basis, now)
                yield Finding(item, source, verdicts)

    def _planned(self, known: KnownServer, finding: Finding, ours: frozenset[str]) -> Finding:
        if not finding.gaps:
            return finding
        try:
            plan = self._planner.plan(known, finding.item, finding.source, finding.gaps, ours=ours)
        except SkipSource as problem:
            return replace(finding, problem=problem)
        return replace(finding, plan=plan)
