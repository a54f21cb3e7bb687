"""Listing: which items a library has, each once, without what is in them.

A listing asks only for what tells whether an item may have changed. That costs the server an
eighth of what sources cost; those are asked for by id, where they are needed.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from subtide.errors import WrongAddress
from subtide.jellyfin import routes
from subtide.jellyfin.answers import CHECK_URL, Answer, NotFound
from subtide.jellyfin.catalogue import Catalogue
from subtide.jellyfin.fields import broken
from subtide.jellyfin.items import Item
from subtide.jellyfin.parse import is_wanted

SUBTITLED = ("Movie", "Episode")
"""Jellyfin's words for what gets subtitles."""
PAGE = 500
"""Entries in one answer, 0.4 KB each: larger ones are not faster, only longer to wait for."""
ORDERS = ("Ascending", "Descending", "Ascending")
"""The directions of the passes over a library: the later ones only while entries are missing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing."""

    id: str
    etag: str
    """Changes when the server saves the item, for whatever reason; empty if it tells none."""
    versions: int
    """The files behind it: versions, and further parts. A change to another than the first is
    no change to the item."""
    series: str
    """The id of an episode's series; empty for what is none."""
    wanted: bool
    """A video that is there: no extra, no episode that is only announced."""


class Listing:
    """The entries of one library, however the server orders its pages.

    It sorts with ties and counts pages by place, so that a page may repeat entries and miss
    others. Entries are counted by id; while the server says that it has more, the library is
    listed again from its other end. A pass that brings nothing new ends that: some servers
    count more than they list.
    """

    def __init__(
        self,
        api: Catalogue,
        query: Mapping[str, str],
        limit: int,
        now: Callable[[], datetime],
    ) -> None:
        """``query`` is one of ``routes.listing``; ``limit``: entries in one answer."""
        self._api = api
        self._query = query
        self._limit = limit
        self._now = now
        self.ids: set[str] = set()
        """Of every entry so far, unwanted ones included."""
        self.complete = False
        """Whether all that the server counts were listed; known at the end."""
        self.began: datetime | None = None
        """The server's clock at its first answer."""

    def pages(self) -> Iterator[tuple[Entry, ...]]:
        """Yield the entries that were not listed before, page by page; once."""
        for order in ORDERS:
            before = len(self.ids)
            total, listed_now = yield from self._one_pass(order)
            nothing_new = 0 < before == len(self.ids) <= listed_now
            self.complete = len(self.ids) == total or nothing_new
            if len(self.ids) >= total or nothing_new:
                return

    def _one_pass(self, order: str) -> Generator[tuple[Entry, ...], None, tuple[int, int]]:
        """Yield what is new in a pass; return the server's count and how many it listed."""
        start, total = 0, 1
        while start < total:
            answer = listed(self._api, routes.page(self._query, order, start, self._limit))
            self.began = self.began or answer.time(self._now())
            entries, total = _read(answer.json())
            yield tuple(self._fresh(entries))
            if not entries:
                break
            start += len(entries)
        return total, start

    def _fresh(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if entry.id not in self.ids:
                self.ids.add(entry.id)
                yield entry


class Alternates:
    """Keeps each source with the item that has it among its versions.

    10.10 lists an alternate version also on its own.
    """

    def __init__(self) -> None:
        self._items: dict[str, str] = {}
        """The sources of items with several, and their items: few in any library."""

    def fresh(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items with the sources that are theirs, leaving out those with none left."""
        for item in sorted(items, key=lambda one: -len(one.sources)):
            if len(item.sources) > 1:
                for source in item.sources:
                    self._items.setdefault(source.id, item.id)
            mine = tuple(s for s in item.sources if self._items.get(s.id, item.id) == item.id)
            if mine or not item.sources:
                yield item if len(mine) == len(item.sources) else replace(item, sources=mine)


def listed(api: Catalogue, query: Mapping[str, str]) -> Answer:
    """Return the answer to a list query of ``routes``.

    Raises WrongAddress for a 404, since there is a list even of nothing.
    """
    try:
        return api.list_items(query)
    except NotFound as error:
        raise WrongAddress(error.what, CHECK_URL) from error


def _read(answer: Any) -> tuple[list[Entry], int]:  # noqa: ANN401 - parsed JSON
    """Return the entries of an answer and how many there are in all.

    By plain access, since a hundred thousand of them are read every night.
    """
    try:
        total = answer["TotalRecordCount"]
        entries = [_entry(row) for row in answer["Items"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise broken("", answer, "a list of items") from error
    if not isinstance(total, int):
        raise broken("TotalRecordCount", total, "a whole number")
    return entries, total


def _entry(row: Any) -> Entry:  # noqa: ANN401 - parsed JSON
    item, etag = row["Id"], row.get("Etag") or ""
    versions = (row.get("MediaSourceCount") or 1) + (row.get("PartCount") or 1) - 1
    if not (isinstance(item, str) and isinstance(etag, str) and isinstance(versions, int)):
        raise broken("Items[]", row, "an item")
    wanted = is_wanted(row.get("Type"), row.get("LocationType"), row.get("ExtraType"))
    return Entry(item, etag, versions, row.get("SeriesId") or "", wanted)
