"""Scan: follow looks: read what may have changed, compare it with the policy, plan what is missing.

A look through the libraries takes two steps a page: a cheap listing, then the sources of those
items whose memory differs from it. Most items of most scans end with the first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from subtide.jellyfin.items import Item
from subtide.jellyfin.listing import PAGE, Alternates, Entry
from subtide.jellyfin.routes import plain_id
from subtide.jobs.store import JobStore
from subtide.library.acting import Actor
from subtide.library.gaps import Standing
from subtide.library.judging import Finding, Judge
from subtide.library.memory import fingerprint, is_same, is_unchanged, judged_under
from subtide.library.planning import Planner
from subtide.library.server import ConnectedServer, homes
from subtide.library.sweep import Sweep
from subtide.storage.database import Database
from subtide.storage.items import Items, KnownItem
from subtide.storage.looks import CHANGES, Look, Looks, Priority
from subtide.storage.servers import KnownServer, Servers

WATERMARK_OVERLAP = timedelta(minutes=5)
"""How far before the last scan the next one begins: saves take a while to be listed."""

log = structlog.get_logger()


@dataclass(slots=True)
class Summary:
    """What a look found."""

    sources: int = 0
    """Compared with the policy."""
    unchanged: int = 0
    """Items that nothing had to be done for since the last look."""
    gone: int = 0
    """Items forgotten, because the server has them no more."""
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
        self.waiting += finding.open_plan is not None
        if finding.problem and not finding.verdicts:
            self.passed_over.append(f"{finding.item.title}: {finding.problem}")


@dataclass(frozen=True, slots=True)
class _Visit:
    """Looks that are being followed on one server."""

    server: ConnectedServer
    known: KnownServer
    judged: str
    """What its verdicts are true for."""
    summary: Summary = field(default_factory=Summary)
    alternates: Alternates = field(default_factory=Alternates)


class Scanner:
    """Follows looks. ``findings`` alone writes nothing."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        planner: Planner,
        kinds: tuple[str, ...] = ("Movie", "Episode"),
        page_size: int = PAGE,
    ) -> None:
        """``kinds``: Jellyfin's words for what is subtitled; ``page_size``: items in a page."""
        self.planner = planner
        self._kinds = kinds
        self._page_size = page_size
        self._judge = Judge(database, store, planner)
        self._actor = Actor(database, store, planner, self._judge)
        self._items = Items(database)
        self._looks = Looks(database)
        self._servers = Servers(database)

    def follow(self, server: ConnectedServer, look: Look) -> Summary:
        """Follow a look at everything, or at what changed: plan every gap, record what fails.

        Raises:
            RetryLater, StopAndTell: the server is not ready or refuses us; what was planned
            so far stays, and the look has to be followed again.
        """
        visit = self._visit(server)
        since = None
        if look.item == CHANGES and visit.known.watermark:
            since = visit.known.watermark - WATERMARK_OVERLAP
        sweep = Sweep(server, self._kinds, since, self._page_size)
        for library, page in sweep.pages():
            self._follow_page(visit, look, library.id, page)
        if since is None:
            visit.summary.gone = self._forget_gone(visit, sweep)
        if sweep.began and sweep.complete:
            self._servers.set_watermark(visit.known.id, sweep.began)
        return visit.summary

    def follow_items(self, server: ConnectedServer, looks: Sequence[Look]) -> Summary:
        """Follow looks at single items of one server, whatever is remembered of them.

        An id that is unknown, of a series, season or folder, or in a library that is not cared
        for, has nothing to be done.

        Raises:
            RetryLater, StopAndTell: as ``follow`` does, for all of the looks.
        """
        visit = self._visit(server)
        by_urgency = sorted(looks, key=lambda look: -look.priority)
        wanted = {plain_id(look.item): look for look in by_urgency}
        found = [one for one in server.client.items(wanted) if one.kind in self._kinds]
        home_of = self._homes(visit, found, by_urgency[-1])
        items = [item for item in found if item.id in home_of]
        seen = [_seen(visit, one, home_of[one.id], len(one.sources)) for one in items]
        unsettled = self._act_on(visit, items, wanted)
        self._remember(visit, seen, unsettled, {})
        return visit.summary

    def _homes(self, visit: _Visit, items: Sequence[Item], look: Look) -> Mapping[str, str]:
        """Return the library to care for of each item that is in one."""
        libraries = visit.server.libraries()
        found = homes(libraries, items)
        if found is not None:
            return found
        cared_for = {library.id for library in libraries}
        known = self._items.of(visit.known.id, [item.id for item in items])
        if len(known) < len(items):
            # What is new is found through the libraries, which tell what lies in them.
            priority = Priority(look.priority)
            self._looks.ask(visit.known.id, CHANGES, signal=look.signal, priority=priority)
        return {one.item: one.library for one in known.values() if one.library in cared_for}

    def findings(self, server: ConnectedServer) -> Iterator[Finding]:
        """Yield what a look through everything would find, writing nothing but who answered."""
        visit = self._visit(server)
        for _, page in Sweep(server, self._kinds, page_size=self._page_size).pages():
            items = self._fetched(visit, page)
            yield from self._judged(visit, items)

    def _visit(self, server: ConnectedServer) -> _Visit:
        known = server.meet(self._servers)
        remote = server.settings.allow_remote
        return _Visit(server, known, judged_under(self.planner, allow_remote=remote))

    def _follow_page(self, visit: _Visit, look: Look, library: str, page: Sequence[Entry]) -> None:
        """Look at the items of a page that may have changed, and remember them."""
        old = self._items.of(visit.known.id, [entry.id for entry in page])
        differing = {
            entry.id: entry
            for entry in page
            if not is_unchanged(old.get(entry.id), entry, library, visit.judged)
        }
        items = self._fetched(visit, differing.values())
        seen = [_seen(visit, one, library, differing[one.id].versions) for one in items]
        new = [
            item
            for item, row in zip(items, seen, strict=True)
            if not is_same(old.get(item.id), row)
        ]
        visit.summary.unchanged += len(page) - len(differing) + len(items) - len(new)
        unsettled = self._act_on(visit, new, dict.fromkeys((item.id for item in new), look))
        self._remember(visit, seen, unsettled, old)

    def _fetched(self, visit: _Visit, entries: Iterable[Entry]) -> list[Item]:
        found = visit.server.items([entry.id for entry in entries])
        return list(visit.alternates.fresh(found))

    def _judged(self, visit: _Visit, items: Sequence[Item]) -> Iterator[Finding]:
        remote = visit.server.settings.allow_remote
        return self._judge.findings(visit.known, items, allow_remote=remote)

    def _act_on(self, visit: _Visit, items: Sequence[Item], looks: Mapping[str, Look]) -> set[str]:
        """Judge items and do what follows. Return the ids of those with more to be done."""
        unsettled: set[str] = set()
        if not items:
            return unsettled
        for found in self._judged(visit, items):
            finding = self._actor.act(visit.known, found, looks[found.item.id])
            visit.summary.add(finding)
            if not finding.settled:
                unsettled.add(finding.item.id)
        return unsettled

    def _remember(
        self,
        visit: _Visit,
        seen: Iterable[KnownItem],
        unsettled: AbstractSet[str],
        old: Mapping[str, KnownItem],
    ) -> None:
        rows = (replace(one, settled=one.item not in unsettled) for one in seen)
        self._items.remember(visit.known.id, [one for one in rows if one != old.get(one.item)])

    def _forget_gone(self, visit: _Visit, sweep: Sweep) -> int:
        """Forget what a complete sweep did not list; a library that is empty may be unmounted."""
        name = visit.server.name
        if not sweep.complete:
            log.warning("the server listed less than it counts; nothing is forgotten", server=name)
            return 0
        known = self._items.count(visit.known.id)
        for library in sweep.libraries:
            if library.id in sweep.empty and known.get(library.id):
                log.warning(
                    "a library is empty that was not; nothing of it is forgotten",
                    server=name,
                    library=library.name,
                    items=known[library.id],
                    fix="check that its disk is mounted in the server",
                )
        there = {library.id for library in sweep.libraries}
        left = sum(count for library, count in known.items() if library not in there)
        if left:
            log.warning(
                "items of libraries that are no longer looked through stay remembered",
                server=name,
                items=left,
            )
        told = there - sweep.empty - sweep.unlisted
        return self._items.forget_missing(visit.known.id, told, sweep.ids)


def _seen(visit: _Visit, item: Item, library: str, versions: int) -> KnownItem:
    return KnownItem(
        item=item.id,
        library=library,
        etag=item.etag,
        versions=versions,
        fingerprint=fingerprint(item),
        judged=visit.judged,
        settled=True,
        title=item.title,
        series=item.series,
    )
