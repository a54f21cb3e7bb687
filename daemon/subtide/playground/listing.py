"""Listing: what /Items answers to a query."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from subtide.playground.catalogue import Catalogue
from subtide.playground.cultures import terminologic
from subtide.playground.dto import alternate_item
from subtide.playground.exchange import Refusal, Request, failure
from subtide.playground.tree import Item

KINDS = frozenset(
    {
        "Movie", "Episode", "Video", "MusicVideo", "Trailer", "Series", "Season", "BoxSet",
        "Folder", "Audio", "MusicAlbum", "MusicArtist", "Book", "Photo", "Playlist", "Person",
    }
)  # fmt: skip
"""BaseItemKind, as far as anything here could be meant; other words are dropped."""
COLLAPSIBLE = frozenset({"Movie", "Series"})
DEFAULT_LIMIT = 1 << 31


def select(catalogue: Catalogue, request: Request) -> list[Item]:
    """Return every item that a request asks for, sorted, before paging.

    A page after the first is of the list that the first was of, unless something has changed.
    """
    if request.words("ids"):
        return _select(catalogue, request)
    paging = {"startindex", "limit"}
    user = request.caller.user if request.caller else None
    asked = (pair for pair in request.query if pair[0] not in paging)
    wish = (catalogue.changes, user.id if user else None, *asked)
    if catalogue.listed[0] != wish or not request.number("startIndex", 0) or catalogue.shuffles:
        catalogue.listed = wish, _select(catalogue, request)
    return catalogue.listed[1]


def _select(catalogue: Catalogue, request: Request) -> list[Item]:
    kinds = {word for word in request.words("includeItemTypes") if word in KINDS}
    ids = [i.replace("-", "").lower() for i in request.words("ids")]
    items = _by_id(catalogue, ids, kinds) if ids else _below(catalogue, request)
    chosen = [i for i in items if (not kinds or i.kind in kinds) and _wanted(i, request, catalogue)]
    if _collapses(catalogue, request, kinds) and not ids:
        chosen = _collapse(catalogue, chosen)
    if ids and not request.words("sortBy"):
        return sorted(chosen, key=lambda item: ids.index(item.id))
    return _sorted(chosen, request, by_name=catalogue.flavour.new_fields)


def page(items: list[Item], request: Request) -> tuple[list[Item], int]:
    """Return the page that was asked for, and the number of all."""
    start = request.number("startIndex", 0)
    chosen = items[start : start + request.number("limit", DEFAULT_LIMIT)]
    counted = request.flag("enableTotalRecordCount") is not False
    return chosen, len(items) if counted else len(chosen)


def _by_id(catalogue: Catalogue, ids: list[str], kinds: set[str]) -> list[Item]:
    items = [catalogue.items[i] for i in ids if i in catalogue.items]
    if not catalogue.flavour.new_fields and not kinds:
        items += [alternate_item(i, f, "Video") for i in catalogue.items.values()
                  for f in i.files[1:] if f.id in ids]  # fmt: skip
    return items


def _below(catalogue: Catalogue, request: Request) -> list[Item]:
    parent = (request.first("parentId") or "").replace("-", "").lower()
    every = catalogue.turned(_with_alternates(catalogue))
    if parent and not catalogue.knows(parent):
        raise Refusal(failure(400))
    if request.flag("recursive"):
        return [i for i in every if not parent or catalogue.is_below(i, parent)]
    library = next((lib for lib in catalogue.libraries if lib.id == parent), None)
    if library is not None:
        return [i for i in every if i.library is library and i.parent and not i.parent.parent]
    holder = catalogue.items.get(parent)
    members = holder.members if holder else []
    return [i for i in every if (i.parent.id if i.parent else "") == parent or i in members]


def _with_alternates(catalogue: Catalogue) -> list[Item]:
    items = list(catalogue.items.values())
    if not catalogue.flavour.lists_alternates:
        return items
    return items + [alternate_item(i, f, i.kind) for i in items for f in i.files[1:]]


def _wanted(item: Item, request: Request, catalogue: Catalogue) -> bool:
    since = request.first("minDateLastSaved")
    if since and item.saved < _moment(since):
        return False
    has = request.flag("hasSubtitles")
    if has is not None and any(s.kind == "Subtitle" for f in item.files for s in f.streams) != has:
        return False
    return all(_speaks(item, request, catalogue, kind) for kind in ("Subtitle", "Audio"))


def _speaks(item: Item, request: Request, catalogue: Catalogue, kind: str) -> bool:
    wanted = request.words(f"{kind}Languages")
    if not wanted or not catalogue.flavour.filters_languages:
        return True
    codes = catalogue.flavour.codes
    streams = (s for f in item.files for s in f.streams if s.kind == kind)
    return any((terminologic(s.language, codes) or "und") in wanted for s in streams)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(failure(400)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _collapses(catalogue: Catalogue, request: Request, kinds: set[str]) -> bool:
    """Whether films in a collection are replaced by it: the default for a key, on 12."""
    nobody = request.caller is None or request.caller.user is None
    alone = nobody and not request.first("userId")
    said = request.flag("collapseBoxSetItems")
    by_default = alone and (not kinds or bool(kinds & COLLAPSIBLE))
    recursive = bool(request.flag("recursive"))
    return catalogue.flavour.collapses and recursive and (by_default if said is None else said)


def _collapse(catalogue: Catalogue, items: Iterable[Item]) -> list[Item]:
    unique: dict[str, Item] = {}
    for item in items:
        shown = catalogue.box_of(item) or item
        unique.setdefault(shown.id, shown)
    return list(unique.values())


def _sorted(items: list[Item], request: Request, *, by_name: bool) -> list[Item]:
    """Sort by every field named; the newer server sorts by name if none is, the older not."""
    names = request.words("sortBy") or (["SortName"] if by_name else [])
    orders = request.words("sortOrder") or ["Ascending"]
    for place, name in reversed(list(enumerate(names))):
        descending = orders[min(place, len(orders) - 1)].lower().startswith("desc")
        items = sorted(items, key=lambda item, name=name: _key(item, name), reverse=descending)  # type: ignore[misc]
    return items


def _key(item: Item, name: str) -> Any:  # noqa: ANN401  # of one type for one name
    keys = {
        "DateCreated": item.created,
        "SortName": item.sort_name,
        "Name": item.name.lower(),
        "ParentIndexNumber": item.season_number or 0,
        "IndexNumber": item.number or 0,
        "ProductionYear": item.year or 0,
        "Runtime": (item.files[0].probe.ticks or 0) if item.files else 0,
    }
    return keys.get(name, 0)
