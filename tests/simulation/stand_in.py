"""What a server with a simulated world says: the client's methods, without a request.

As the contract tells: every save changes the Etag, saves are dated in whole seconds, films of
one second come in any order and move between pages, an alternate is told by its primary alone,
a new file may have no streams yet, and a library without its disk is empty.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, cast

from world import LANGUAGES, NAMES, SHOWS, File, Film, World, id_of

from subtide.errors import ServerUnreachable
from subtide.jellyfin.answers import KEY_RIGHTS, Answer, Library, Rights, ServerInfo
from subtide.jellyfin.items import Item, Source, Track, TrackKind
from subtide.jellyfin.listing import PAGE, Listing
from subtide.languages import Language

if TYPE_CHECKING:
    from subtide.jellyfin.catalogue import Catalogue

ID = "5e17e0" + "0" * 26
VERSION = (12, 4, 0)
SKEW = timedelta(seconds=90)
"""How far the server's clock is ahead of the truth."""
SPOKEN = Language("de")


class StandIn:
    """One server. It answers while it is ``up``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.up = True
        self.removed: set[str] = set()
        """Libraries that an administrator took out of the server."""
        self._told: dict[str, tuple[object, Item]] = {}

    # -- what Subtide asks -----------------------------------------------------------------

    def ready(self) -> ServerInfo:
        self._answer()
        return ServerInfo(ID, "home", VERSION, "12.4.0")

    def rights(self) -> Rights:
        return KEY_RIGHTS

    def libraries(self) -> tuple[Library, ...]:
        self._answer()
        return tuple(
            Library(
                id=one,
                name=name,
                kind="tvshows" if one == SHOWS else "movies",
                folders=(f"/{name}",),
                save_with_media=True,
                embedded_titles=False,
                enabled=True,
            )
            for one, name in NAMES.items()
            if one not in self.removed
        )

    def subtitle_wishes(self) -> tuple[str, ...]:
        self._answer()
        return ()

    def tags(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        self._answer()
        return dict.fromkeys(ids, frozenset())

    def with_parts(self, item: Item) -> Item:
        return item

    def count(self, library: str, kinds: tuple[str, ...]) -> int:
        self._answer()
        return len(self._in(library, kinds))

    def listing(
        self,
        *,
        kinds: tuple[str, ...],
        library: str | None = None,
        changed_since: datetime | None = None,
        limit: int = PAGE,
    ) -> Listing:
        query = {"parentId": library or "", "includeItemTypes": ",".join(kinds)}
        if changed_since:
            query["since"] = changed_since.astimezone(UTC).replace(microsecond=0).isoformat()
        return Listing(cast("Catalogue", self), query, limit, self._clock)

    def list_items(self, query: Mapping[str, str]) -> Answer:
        """Answer one page of a listing."""
        self._answer()
        found = self._in(query["parentId"], query["includeItemTypes"].split(","))
        if "since" in query:
            since = datetime.fromisoformat(query["since"])
            found = [film for film in found if film.saved + SKEW >= since]
        self.world.rng.shuffle(found)
        found.sort(key=lambda one: one.created, reverse=query["sortOrder"] == "Descending")
        start, limit = int(query["startIndex"]), int(query["limit"])
        rows = [_row(film) for film in found[start : start + limit]]
        content = json.dumps({"Items": rows, "TotalRecordCount": len(found)}).encode()
        headers = {"Content-Type": "application/json", "Date": format_datetime(self._clock())}
        return Answer("GET /Items", 200, headers, content)

    def items(self, ids: Collection[str]) -> tuple[Item, ...]:
        self._answer()
        found = (self.world.films.get(one) for one in ids)
        return tuple(self._item(film) for film in found if film and self._shows(film))

    def item(self, item_id: str) -> Item | None:
        return next(iter(self.items([item_id])), None)

    def close(self) -> None:
        """Nothing is held open."""

    # -- how -------------------------------------------------------------------------------

    def _answer(self) -> None:
        if not self.up:
            raise ServerUnreachable("nobody answers", after=300.0)

    def _clock(self) -> datetime:
        return self.world.now() + SKEW

    def _shows(self, film: Film) -> bool:
        return film.library not in self.world.away | self.removed

    def _in(self, library: str, kinds: Collection[str]) -> list[Film]:
        mine = [one for one in self.world.there() if one.library == library]
        return [one for one in mine if self._shows(one) and _kind(one) in kinds]

    def _item(self, film: Film) -> Item:
        """Return an item as it is told; one that stayed as it was is not made anew."""
        now = self.world.now()
        state = (
            film.saves,
            [(f.id, f.size, f.probed_at <= now, [s.path for s in f.sidecars]) for f in film.files],
        )
        known = self._told.get(film.id)
        if known is None or known[0] != state:
            known = self._told[film.id] = (state, _told(film, now))
        return known[1]


def _row(film: Film) -> dict[str, object]:
    return {
        "Id": film.id,
        "Etag": f"{film.id}{film.saves}",
        "Type": _kind(film),
        "MediaSourceCount": len(film.files),
        "SeriesId": id_of(film.series) if film.series else None,
    }


def _kind(film: Film) -> str:
    return "Episode" if film.library == SHOWS else "Movie"


def _told(film: Film, now: datetime) -> Item:
    return Item(
        id=film.id,
        name=film.name,
        kind=_kind(film),
        path=film.files[0].path,
        series=film.series,
        series_id=id_of(film.series) if film.series else "",
        season=1 if film.series else None,
        episode=film.episode if film.series else None,
        year=2001,
        etag=f"{film.id}{film.saves}",
        sources=tuple(_source(film, file, now) for file in film.files),
        added=film.created,
    )


def _source(film: Film, file: File, now: datetime) -> Source:
    probed = file.probed_at <= now
    return Source(
        id=file.id,
        item=film.id,
        name=file.path.rsplit("/", 1)[1].removesuffix(".mkv"),
        path=file.path,
        container="mkv" if probed else "",
        size=file.size,
        duration=1200.0 if probed else 0.0,
        remote=False,
        disc=False,
        placeholder=False,
        tracks=tuple(_tracks(file)) if probed else (),
    )


def _tracks(file: File) -> Iterator[Track]:
    beside = [(one.language, one.path, "subtide" * one.ours) for one in file.sidecars]
    inside = [(language, None, "") for language in LANGUAGES if language in file.embedded]
    for index, (language, path, title) in enumerate(beside):
        yield _track(TrackKind.SUBTITLE, (index, 0), Language(language), title, path)
    index = len(beside)
    yield _track(TrackKind.AUDIO, (index, 0), SPOKEN, "", None)
    for ordinal, (language, path, title) in enumerate(inside):
        place = (index + 1 + ordinal, ordinal)
        yield _track(TrackKind.SUBTITLE, place, Language(language), title, path)


def _track(
    kind: TrackKind, places: tuple[int, int], language: Language, title: str, path: str | None
) -> Track:
    """``places``: where it is listed, and inside the file among its kind."""
    heard = kind is TrackKind.AUDIO
    return Track(
        kind=kind,
        index=places[0],
        ordinal=places[1],
        codec="aac" if heard else "subrip",
        language=language,
        title=title,
        external=path is not None,
        forced=False,
        hearing_impaired=False,
        default=heard,
        text=not heard,
        path=path,
        channels=2 if heard else 0,
    )
