"""Scan: follow looks: read what may have changed, compare it with the policy, plan what is missing.

A look through the libraries takes two steps a page: a cheap listing, then the sources of those
items whose memory differs from it. Most items of most scans end with the first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from subtide.errors import Stopped, SubtideError
from subtide.jellyfin.items import Item
from subtide.jellyfin.listing import PAGE, SUBTITLED, Alternates, Entry
from subtide.jellyfin.routes import plain_id
from subtide.jobs.store import JobStore
from subtide.library.acting import Actor
from subtide.library.gate import Gate, planned_today
from subtide.library.judging import Finding, Judge
from subtide.library.memory import fingerprint, is_same, is_unchanged, judged_under
from subtide.library.planning import Planner
from subtide.library.server import ConnectedServer, homes
from subtide.library.summary import Summary
from subtide.library.surroundings import Surroundings
from subtide.library.sweep import Sweep
from subtide.settings import Limits
from subtide.storage.coverage import Cover, Standing
from subtide.storage.database import Database
from subtide.storage.items import Items, KnownItem
from subtide.storage.looks import CHANGES, Look, Looks, Priority
from subtide.storage.releases import Releases
from subtide.storage.scans import Scan, Scans
from subtide.storage.servers import KnownServer, Servers

WATERMARK_OVERLAP = timedelta(minutes=5)
"""How far before the last scan the next one begins: saves take a while to be listed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Visit:
    """Looks that are being followed on one server."""

    server: ConnectedServer
    known: KnownServer
    around: Surroundings
    gate: Gate
    summary: Summary = field(default_factory=Summary)
    alternates: Alternates = field(default_factory=Alternates)


@dataclass(frozen=True, slots=True)
class _Acted:
    """What came of items."""

    unsettled: AbstractSet[str] = frozenset()
    """Ids of those with more to be done."""
    covers: Sequence[Cover] = ()


class Scanner:
    """Follows looks. ``findings`` alone writes nothing."""

    def __init__(  # noqa: PLR0913 - where to read and write, and what may be planned
        self,
        database: Database,
        store: JobStore,
        planner: Planner,
        *,
        limits: Limits | None = None,
        releases: Releases | None = None,
        page_size: int = PAGE,
    ) -> None:
        """``releases``: the libraries in which anything may be planned; none for all.

        ``page_size``: items in a page.
        """
        self.planner = planner
        self._limits = limits or Limits()
        self._page_size = page_size
        self._store = store
        self._judge = Judge(database, store, planner)
        self._actor = Actor(database, store, self._judge)
        self._items = Items(database)
        self._looks = Looks(database)
        self._servers = Servers(database)
        self._releases = releases or Releases(database, all_open=True)
        self._scans = Scans(database)

    def follow(
        self,
        server: ConnectedServer,
        look: Look,
        between_pages: Callable[[], None] = lambda: None,
    ) -> Summary:
        """Follow a look at everything, or at what changed: plan every gap, record what fails.

        ``between_pages`` is called after each page; what it raises ends the look.

        Raises:
            RetryLater, StopAndTell: the server is not ready or refuses us; what was planned
            so far stays, and the look has to be followed again.
        """
        began = self._servers.now()
        visit = self._visit(server)
        since = None
        if look.item == CHANGES and visit.known.watermark:
            since = visit.known.watermark - WATERMARK_OVERLAP
        sweep = Sweep(server, visit.around.libraries, since, self._page_size)
        try:
            for library, page in sweep.pages():
                self._follow_page(visit, look, library.id, page)
                between_pages()
                visit.gate.left = _least(visit.gate.left, self._left_today())
            if since is None:
                visit.summary.gone = self._forget_gone(visit, sweep)
        except SubtideError as error:
            if not isinstance(error, Stopped):
                self._keep(visit, look, began, since, str(error))
            raise
        self._keep(visit, look, began, since)
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
        found = [one for one in server.client.items(wanted) if one.kind in SUBTITLED]
        home_of = self._homes(visit, found, by_urgency[-1])
        items = [(item, home_of[item.id]) for item in found if item.id in home_of]
        acted = self._act_on(visit, items, wanted)
        seen = [_seen(visit, item, home, len(item.sources)) for item, home in items]
        self._remember(visit, seen, {}, acted, [item.id for item, _ in items])
        return visit.summary

    def _homes(self, visit: _Visit, items: Sequence[Item], look: Look) -> Mapping[str, str]:
        """Return the library to care for of each item that is in one."""
        found = homes(visit.around.libraries, items)
        if found is not None:
            return found
        cared_for = {library.id for library in visit.around.libraries}
        known = self._items.of(visit.known.id, [item.id for item in items])
        if len(known) < len(items):
            # What is new is found through the libraries, which tell what lies in them.
            priority = Priority(look.priority)
            self._looks.ask(visit.known.id, CHANGES, signal=look.signal, priority=priority)
        return {one.item: one.library for one in known.values() if one.library in cared_for}

    def findings(self, server: ConnectedServer, items: Sequence[str] = ()) -> Iterator[Finding]:
        """Yield what a look through everything would find, writing nothing but who answered.

        ``items``: ids, to look at those alone.
        """
        visit = self._visit(server)
        if items:
            found = [one for one in server.client.items(items) if one.kind in SUBTITLED]
            home_of = homes(visit.around.libraries, found)
            if home_of is None:
                known = self._items.of(visit.known.id, items)
                home_of = {one.item: one.library for one in known.values()}
            yield from self._judged(visit, [(one, home_of.get(one.id, "")) for one in found])
            return
        for library, page in Sweep(
            server, visit.around.libraries, page_size=self._page_size
        ).pages():
            yield from self._judged(visit, [(i, library.id) for i in self._fetched(visit, page)])

    def languages(self, server: ConnectedServer) -> tuple[str, ...]:
        """Return every language that some item of a server may want, as tags."""
        return self.planner.rules.languages_anywhere(self._visit(server).around.everywhere())

    def _visit(self, server: ConnectedServer) -> _Visit:
        known = server.meet(self._servers)
        judged = judged_under(self.planner, allow_remote=server.settings.allow_remote)
        around = Surroundings(
            server,
            self.planner.rules,
            server.libraries(),
            judged,
            self._releases.of(known.id),
        )
        return _Visit(server, known, around, Gate(self._allowance()))

    def _allowance(self) -> int | None:
        """Return how many jobs one visit may plan; None for any number."""
        return _least(self._limits.jobs_per_scan or None, self._left_today())

    def _left_today(self) -> int | None:
        if not self._limits.jobs_per_day:
            return None
        today = planned_today(self._store, self._servers.now())
        return max(0, self._limits.jobs_per_day - today)

    def _follow_page(self, visit: _Visit, look: Look, library: str, page: Sequence[Entry]) -> None:
        """Look at the items of a page that may have changed, and remember them."""
        old = self._items.of(visit.known.id, [entry.id for entry in page])
        visit.around.learn(entry.series for entry in page)
        differing = {
            entry.id: entry
            for entry in page
            if not is_unchanged(
                old.get(entry.id), entry, library, visit.around.judged(library, entry.series)
            )
        }
        items = self._fetched(visit, differing.values())
        seen = [_seen(visit, one, library, differing[one.id].versions) for one in items]
        new = [
            (item, library)
            for item, row in zip(items, seen, strict=True)
            if not is_same(old.get(item.id), row)
        ]
        visit.summary.unchanged += len(page) - len(differing) + len(items) - len(new)
        ids = [item.id for item, _ in new]
        acted = self._act_on(visit, new, dict.fromkeys(ids, look))
        self._remember(visit, seen, old, acted, ids)

    def _fetched(self, visit: _Visit, entries: Iterable[Entry]) -> list[Item]:
        found = visit.server.items([entry.id for entry in entries])
        return list(visit.alternates.fresh(found))

    def _judged(self, visit: _Visit, homes: Sequence[tuple[Item, str]]) -> Iterator[Finding]:
        return self._judge.findings(visit.known, visit.server, homes, visit.around)

    def _act_on(
        self, visit: _Visit, homes: Sequence[tuple[Item, str]], looks: Mapping[str, Look]
    ) -> _Acted:
        """Judge items, each with its library, and do what follows."""
        if not homes:
            return _Acted()
        unsettled: set[str] = set()
        covers: list[Cover] = []
        for found in self._judged(visit, homes):
            released = visit.around.is_released(found.library)
            look = looks[found.item.id]
            finding = self._actor.act(visit.known, found, look, visit.gate, released=released)
            visit.summary.add(finding)
            covers += finding.covers
            if not finding.settled:
                unsettled.add(finding.item.id)
        return _Acted(unsettled, covers)

    def _remember(
        self,
        visit: _Visit,
        seen: Iterable[KnownItem],
        old: Mapping[str, KnownItem],
        acted: _Acted,
        judged: Sequence[str],
    ) -> None:
        rows = (replace(one, settled=one.item not in acted.unsettled) for one in seen)
        changed = [one for one in rows if one != old.get(one.item)]
        self._items.remember(visit.known.id, changed, judged, acted.covers)

    def _keep(
        self, visit: _Visit, look: Look, began: datetime, since: datetime | None, error: str = ""
    ) -> None:
        """Write down that a look through the libraries was made."""
        summary = visit.summary
        if since is not None and not summary.sources and not error:
            return  # a poll that found nothing is no history
        self._scans.record(
            Scan(
                server=visit.known.id,
                kind="everything" if since is None else "changes",
                signal=look.signal,
                began_at=began,
                ended_at=self._servers.now(),
                sources=summary.sources,
                unchanged=summary.unchanged,
                gone=summary.gone,
                gaps=summary.standings[Standing.GAP],
                planned=summary.planned,
                error=error or None,
            )
        )

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


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _seen(visit: _Visit, item: Item, library: str, versions: int) -> KnownItem:
    return KnownItem(
        item=item.id,
        library=library,
        etag=item.etag,
        versions=versions,
        fingerprint=fingerprint(item),
        judged=visit.around.judged(library, item.series_id),
        settled=True,
        title=item.title,
        series=item.series,
    )
