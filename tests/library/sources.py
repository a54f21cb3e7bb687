"""Sources for tests, as the server would list them."""

from datetime import UTC, datetime

from subtide.jellyfin.items import Item, Source, Track, TrackKind
from subtide.languages import Language
from subtide.storage.servers import KnownServer

SERVER = KnownServer("5e17e0", "home", "12.0.0", datetime(2026, 11, 20, tzinfo=UTC), None)


def subtitle(  # noqa: PLR0913 - as many as a track has sides
    language: str | None = "en",
    *,
    title: str = "",
    codec: str = "subrip",
    external: bool = False,
    forced: bool = False,
    hearing_impaired: bool = False,
    path: str | None = None,
) -> Track:
    return Track(
        kind=TrackKind.SUBTITLE,
        index=0,
        ordinal=0,
        codec=codec,
        language=Language.parse(language) if language else None,
        title=title,
        external=external or path is not None,
        forced=forced,
        hearing_impaired=hearing_impaired,
        default=False,
        text=codec in {"subrip", "ass", "mov_text", "webvtt"},
        path=path,
        channels=0,
    )


def audio(
    language: str | None = "en", *, title: str = "", default: bool = False, ordinal: int = 0
) -> Track:
    return Track(
        kind=TrackKind.AUDIO,
        index=1,
        ordinal=ordinal,
        codec="aac",
        language=Language.parse(language) if language else None,
        title=title,
        external=False,
        forced=False,
        hearing_impaired=False,
        default=default,
        text=False,
        path=None,
        channels=2,
    )


def source(*tracks: Track, **changes: object) -> Source:
    values: dict[str, object] = {
        "id": "f1",
        "item": "f1",
        "name": "Film",
        "path": "/media/Film/Film.mkv",
        "container": "mkv",
        "size": 1000,
        "duration": 60.0,
        "remote": False,
        "disc": False,
        "placeholder": False,
        "tracks": tracks,
    }
    return Source(**(values | changes))  # type: ignore[arg-type]  # the fields above


def item(*sources: Source) -> Item:
    return Item(
        id="f1",
        name="Film",
        kind="Movie",
        path="/media/Film/Film.mkv",
        series="",
        series_id="",
        season=None,
        episode=None,
        year=2020,
        etag="",
        sources=sources,
    )
