"""Series: which episodes come after one, by season and number."""

from collections.abc import Iterator

from subtide.jellyfin import routes
from subtide.jellyfin.catalogue import Catalogue
from subtide.jellyfin.fields import Fields
from subtide.jellyfin.listing import PAGE, listed
from subtide.jellyfin.parse import is_wanted

Number = tuple[int, int]
"""Season and number; a series without seasons counts as season 0, as its specials do."""


def episodes_after(api: Catalogue, series: str, number: Number, limit: int) -> tuple[str, ...]:
    """Return the ids of the next episodes, at most so many, without those only announced.

    Of several with one number, as 10.10 lists versions, one counts.
    """
    found: dict[Number, str] = {}
    for other, item in _numbered(api, series):
        if other > number:
            found.setdefault(other, item)
        if len(found) == limit:
            break
    return tuple(found.values())


def _numbered(api: Catalogue, series: str) -> Iterator[tuple[Number, str]]:
    """Yield every episode that has a number, in the server's order, page by page."""
    query, start, total = routes.episodes(series), 0, 1
    while start < total:
        answer = Fields(listed(api, routes.page(query, "Ascending", start, PAGE)).json(), "")
        total = answer.required_whole("TotalRecordCount")
        start += PAGE
        for entry in answer.each("Items"):
            season, episode = entry.whole("ParentIndexNumber"), entry.whole("IndexNumber")
            words = (entry.text(name) for name in ("Type", "LocationType", "ExtraType"))
            if episode is not None and is_wanted(*words):
                yield (season or 0, episode), entry.required("Id")
