"""Judging: items compared with the policy, a plan for what is missing; writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from subtide.errors import SkipSource
from subtide.jellyfin.items import Item, Source
from subtide.jellyfin.sidecars import file_name
from subtide.jobs.store import JobStore
from subtide.library.gaps import Verdict, judge
from subtide.library.gate import Held
from subtide.library.pasts import Pasts
from subtide.library.planning import Planner, unsupported
from subtide.library.policy import Around, Policy
from subtide.library.server import ConnectedServer
from subtide.library.surroundings import Surroundings
from subtide.pipeline.plan import Plan, Target
from subtide.storage.coverage import Cover, Standing
from subtide.storage.database import Database
from subtide.storage.ledger import Put
from subtide.storage.outcomes import Outcome, Outcomes
from subtide.storage.servers import KnownServer
from subtide.storage.unfit import Unfit, UnfitOrigins


@dataclass(frozen=True, slots=True)
class Finding:
    """One source: how each target stands, and what was or would be done."""

    item: Item
    source: Source
    library: str
    policy: Policy
    verdicts: tuple[Verdict, ...]
    basis: str = ""
    """What an outcome of it is true for."""
    put: tuple[Put, ...] = ()
    """Our files beside it."""
    unfit: tuple[Unfit, ...] = ()
    """Texts of it that were tried as an origin and did not do."""
    moved: tuple[tuple[Outcome, str], ...] = ()
    """Files of ours that came with it when it was renamed, and where they are now."""
    plan: Plan | None = None
    problem: SkipSource | None = None
    """Why nothing can be made of it."""
    open_plan: Plan | None = None
    """That of its open job."""
    around: Around = field(default_factory=Around)
    """What counts for it besides itself."""
    held: Held | None = None
    """Why the plan was not made a job."""
    marked: bool = False
    """A file says to leave it alone; the server does not tell when that file goes."""

    @property
    def gaps(self) -> tuple[Target, ...]:
        """What it lacks and is not closed."""
        return tuple(v.target for v in self.verdicts if v.standing is Standing.GAP)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to do until its files or the settings change.

        What cannot be made is settled: its outcome says so. So is what waits for a release. A
        placeholder may be a recording that is not over.
        """
        if self.held is Held.UNRELEASED:
            return True
        waits = self.plan or self.open_plan or self.source.placeholder or self.marked
        return not waits and all(verdict.retry_at is None for verdict in self.verdicts)

    @property
    def covers(self) -> Iterator[Cover]:
        """Yield how each target stands, for the database."""
        plan = self.plan or self.open_plan
        origin = "" if plan is None else "text" if plan.origin.kind == "text" else "speech"
        for verdict in self.verdicts:
            gap = verdict.standing is Standing.GAP
            yield Cover(
                source=self.source.id,
                target=verdict.target.key,
                item=self.item.id,
                library=self.library,
                series=self.item.series,
                language=verdict.target.language,
                standing=Standing.CLOSED if gap and self.problem else verdict.standing,
                origin=origin if gap else "",
                duration=self.source.duration,
            )


class Judge:
    """Compares under the rules, with what the database knows."""

    def __init__(self, database: Database, store: JobStore, planner: Planner) -> None:
        self._store = store
        self._planner = planner
        self._outcomes = Outcomes(database)
        self._unfit = UnfitOrigins(database)
        self._pasts = Pasts(database, planner.options.publish.label)

    def findings(
        self,
        known: KnownServer,
        server: ConnectedServer,
        homes: Sequence[tuple[Item, str]],
        surroundings: Surroundings,
    ) -> Iterator[Finding]:
        """Yield what is found about each source; asks the database once for all of them.

        ``homes``: items, each with its library's id.
        """
        surroundings.learn(item.series_id for item, _ in homes)
        compared = list(self._compared(known, server, homes, surroundings))
        sources = [finding.source.id for finding in compared if finding.verdicts]
        open_plans = self._store.open_plans(known.id, sources) if sources else {}
        for one in compared:
            finding = _unmarked(one, surroundings)
            if finding.source.id in open_plans:
                yield replace(finding, open_plan=open_plans[finding.source.id])
            else:
                yield self.planned(known, _looked_for(finding, server))

    def planned(self, known: KnownServer, finding: Finding) -> Finding:
        """Return a finding with a plan for its gaps, or why there is none."""
        if not finding.gaps:
            return finding
        try:
            plan = self._planner.plan(
                known,
                finding.item,
                finding.source,
                finding.gaps,
                finding.policy,
                ours=frozenset(one.path for one in finding.put),
                unfit=frozenset(one.origin for one in finding.unfit),
            )
        except SkipSource as problem:
            return replace(finding, problem=problem)
        return replace(finding, plan=plan)

    def _compared(
        self,
        known: KnownServer,
        server: ConnectedServer,
        homes: Sequence[tuple[Item, str]],
        surroundings: Surroundings,
    ) -> Iterator[Finding]:
        now = self._outcomes.now()
        pasts = self._pasts.of(known, server, [item for item, _ in homes])
        sources = [source.id for item, _ in homes for source in item.sources]
        unfit = self._unfit.of_sources(known.id, sources)
        remote = server.settings.allow_remote
        for item, library in homes:
            around = surroundings.around(item, library)
            policy = self._planner.rules.policy_for(item, around, now)
            options = self._planner.options.under(policy)
            for source in item.sources:
                problem = unsupported(source, allow_remote=remote)
                if problem:
                    yield Finding(item, source, library, policy, (), problem=problem, around=around)
                    continue
                past, basis = pasts[source.id], options.basis(source)
                verdicts = judge(source, policy, past, basis, now)
                yield Finding(
                    item,
                    source,
                    library,
                    policy,
                    verdicts,
                    basis=basis,
                    put=tuple(past.put),
                    unfit=unfit.get(source.id, ()),
                    moved=tuple(past.moved(source, basis)),
                    around=around,
                )


def _unmarked(finding: Finding, surroundings: Surroundings) -> Finding:
    """Return a finding without gaps where a file says to leave it alone."""
    mark = surroundings.mark_above(finding.source, finding.library) if finding.gaps else None
    if mark is None:
        return finding
    verdicts = (
        replace(one, standing=Standing.UNWANTED, why=f"{mark} says to leave it alone")
        if one.standing is Standing.GAP
        else one
        for one in finding.verdicts
    )
    return replace(finding, verdicts=tuple(verdicts), marked=True)


def _looked_for(finding: Finding, server: ConnectedServer) -> Finding:
    """Return a finding in which only that counts as deleted which is not on the disk either."""
    if not any(one.deleted for one in finding.verdicts):
        return finding
    away = server.media.is_away(finding.source)
    verdicts = []
    for one in finding.verdicts:
        mine = (put.path for put in finding.put if put.target == one.target.key)
        there = (server.media.beside(finding.source, file_name(path)) for path in mine)
        if one.deleted and away:
            verdict = replace(one, deleted=False, why="its file is away: is the disk mounted?")
        elif one.deleted and any(path and path.exists() for path in there):
            verdict = replace(one, deleted=False, why="ours is on the disk, and not shown now")
        else:
            verdict = one
        verdicts.append(verdict)
    return replace(finding, verdicts=tuple(verdicts))
