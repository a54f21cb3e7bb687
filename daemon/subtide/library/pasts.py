"""Pasts: what the database knows of sources from before, and of the files that they were."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from subtide.jellyfin.items import Item
from subtide.jellyfin.sidecars import file_name
from subtide.library.gaps import Past
from subtide.library.planning import work_of
from subtide.library.server import ConnectedServer
from subtide.library.tracks import is_ours
from subtide.storage.database import Database
from subtide.storage.ledger import Ledger, Put
from subtide.storage.outcomes import Outcome, Outcomes
from subtide.storage.servers import KnownServer


class Pasts:
    """Reads the past of many sources with a few questions."""

    def __init__(self, database: Database, label: str) -> None:
        """``label``: the word that marks our files."""
        self._label = label
        self._outcomes = Outcomes(database)
        self._ledger = Ledger(database)

    def of(
        self, known: KnownServer, server: ConnectedServer, items: Sequence[Item]
    ) -> Mapping[str, Past]:
        """Return the past of each source of the items, by its id."""
        sources = [source.id for item in items for source in item.sources]
        outcomes: dict[str, dict[str, Outcome]] = {}
        for (source, target), outcome in self._outcomes.of_sources(known.id, sources).items():
            outcomes.setdefault(source, {})[target] = outcome
        put: dict[str, list[Put]] = {}
        for one in self._ledger.put_out(known.id, sources):
            put.setdefault(one.source, []).append(one)
        strangers = _strangers(items, put, self._label)
        works = {item.id: work_of(item) for item in items}
        earlier = self._earlier(known, server, set(works.values()), sources, strangers)
        return {
            source.id: Past(
                outcomes=outcomes.get(source.id, {}),
                put=put.get(source.id, ()),
                label=self._label,
                earlier=earlier.get(works[item.id], []) + earlier.get(source.id, []),
            )
            for item in items
            for source in item.sources
        }

    def _earlier(
        self,
        known: KnownServer,
        server: ConnectedServer,
        works: AbstractSet[str],
        sources: Sequence[str],
        strangers: Mapping[str, str],
    ) -> Mapping[str, list[Outcome]]:
        """Return how it ended for files that are gone, by work and by the source they became."""
        found = [(one.work, one) for one in self._outcomes.of_works(known.id, works, sources)]
        if strangers:
            named = self._outcomes.of_files(known.id, strangers, sources)
            found += [(strangers[name], one) for name, one in named]
        gone = set(_of_gone_files(server, [one for _, one in found]))
        earlier: dict[str, list[Outcome]] = {}
        for key, one in found:
            if one in gone:
                earlier.setdefault(key, []).append(one)
        return earlier


def _strangers(
    items: Sequence[Item], put: Mapping[str, Sequence[Put]], label: str
) -> Mapping[str, str]:
    """Return the names of files that look like ours and are not known beside their source."""
    known = {one.path for ours in put.values() for one in ours}
    return {
        file_name(track.path): source.id
        for item in items
        for source in item.sources
        for track in source.subtitles
        if track.path and track.path not in known and is_ours(track, frozenset(), label)
    }


def _of_gone_files(server: ConnectedServer, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield the outcomes of files that the server lists no more; the others' are their own affair.

    What the last sweep saw would not do: a renamed file is often heard of before the next one.
    """
    if outcomes:
        items = server.client.items({one.item for one in outcomes})
        there = {source.id for item in items for source in item.sources}
        yield from (one for one in outcomes if one.source not in there)
