"""DTOs: items and sources as Jellyfin writes them in JSON."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from subtide.playground.catalogue import Catalogue, etag
from subtide.playground.streams import to_json
from subtide.playground.tree import Item, MediaFile

EVERYTHING = frozenset(
    {
        "Path", "MediaSources", "MediaSourceCount", "MediaStreams", "ProviderIds", "DateCreated",
        "Etag", "SortName",
    }
)  # fmt: skip
SOURCE_FLAGS = {
    "ReadAtNativeFramerate": False,
    "IgnoreDts": False,
    "IgnoreIndex": False,
    "GenPtsInput": False,
    "SupportsTranscoding": True,
    "SupportsDirectStream": True,
    "SupportsDirectPlay": True,
    "IsInfiniteStream": False,
    "UseMostCompatibleTranscodingProfile": False,
    "RequiresOpening": False,
    "RequiresClosing": False,
    "RequiresLooping": False,
    "SupportsProbing": True,
}


def timestamp(moment: datetime) -> str:
    """Return a time as .NET writes it: seven decimals and Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0Z"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request wants of each item."""

    fields: Collection[str]
    images: bool = True
    user: str | None = None
    """The user's id, when one asks."""
    user_data: bool = True


class Writer:
    """Writes the items of one catalogue for one server."""

    def __init__(self, catalogue: Catalogue, server_id: str) -> None:
        """``server_id``: the Id that every item names."""
        self._catalogue = catalogue
        self._server = server_id

    def item(self, item: Item, wish: Wish) -> dict[str, Any]:
        """Return a BaseItemDto; None stands for what a real one leaves out or sends as null."""
        fields = wish.fields
        tags, rating = self._catalogue.notes.get(item.id, ((), ""))
        dto: dict[str, Any] = {
            "Name": item.name,
            "ServerId": self._server,
            "Id": item.id,
            "Etag": etag(item.saved) if "Etag" in fields else None,
            "DateCreated": timestamp(item.created) if "DateCreated" in fields else None,
            "SortName": item.sort_name if "SortName" in fields else None,
            "Path": item.path if "Path" in fields else None,
            "ProductionYear": item.year,
            "IndexNumber": item.number,
            "IndexNumberEnd": item.number_end,
            "ParentIndexNumber": item.season_number,
            "OfficialRating": rating or None,
            "Tags": list(tags) if "Tags" in fields else None,
            "ProviderIds": {} if "ProviderIds" in fields else None,
            "People": self._people(item) if "People" in fields else None,
            "IsFolder": item.is_folder,
            "Type": item.kind,
            **self._family(item),
            **({"ImageTags": {}, "BackdropImageTags": []} if wish.images else {}),
            "ImageBlurHashes": {},
            "LocationType": "FileSystem",
            "MediaType": "Video" if item.files else "Unknown",
            "DisplayOrder": "PremiereDate" if item.kind == "BoxSet" else None,
            "UserData": self._user_data(item) if wish.user and wish.user_data else None,
            **(self._media(item, wish) if item.files else {}),
        }
        return {key: value for key, value in dto.items() if value is not None}

    def _people(self, item: Item) -> list[dict[str, Any]]:
        return [person.to_json() for person in self._catalogue.casts.get(item.id, ())]

    def _family(self, item: Item) -> dict[str, Any]:
        above = {a.kind: a for a in item.ancestors()}
        series, season = above.get("Series"), above.get("Season")
        return {
            "SeriesName": series.name if series else None,
            "SeriesId": series.id if series else None,
            "SeasonId": season.id if season else None,
            "SeasonName": season.name if season else None,
        }

    def _media(self, item: Item, wish: Wish) -> dict[str, Any]:
        primary = item.files[0]
        sources = (
            [self.source(f, wish) for f in item.files] if "MediaSources" in wish.fields else None
        )
        streams = self.streams(primary) if "MediaStreams" in wish.fields else None
        subtitles = any(s.kind == "Subtitle" for s in primary.streams)
        counted = "MediaSourceCount" in wish.fields and len(item.files) > 1
        return {
            "MediaSourceCount": len(item.files) if counted else None,
            "HasSubtitles": subtitles or None,
            "Container": primary.probe.container,
            "MediaSources": sources,
            "MediaStreams": streams,
            "RunTimeTicks": primary.probe.ticks,
            "VideoType": "VideoFile",
            "PartCount": len(item.parts) + 1 if item.parts else None,
        }

    def _user_data(self, item: Item) -> dict[str, Any]:
        i = item.id
        return {
            "PlaybackPositionTicks": 0,
            "PlayCount": 0,
            "IsFavorite": False,
            "Played": False,
            "Key": f"{i[:8]}-{i[8:12]}-{i[12:16]}-{i[16:20]}-{i[20:]}",
            "ItemId": i,
        }

    def streams(self, file: MediaFile) -> list[dict[str, Any]]:
        """Return the MediaStreams of a version, sidecars first."""
        flavour, shown = self._catalogue.flavour, self._catalogue.shown_sidecar
        written = (
            to_json(s, index, flavour, shown(file, s.path) if s.path else None)
            for index, s in enumerate(file.streams)
        )
        return [{k: v for k, v in stream.items() if v is not None} for stream in written]

    def source(self, file: MediaFile, wish: Wish) -> dict[str, Any]:
        """Return a MediaSourceInfo."""
        remote = file.path.suffix == ".strm"
        stamp = f"{file.shown}{file.probe.size}{file.created}"
        streams = self.streams(file)
        heard = (s["Index"] for s in streams if s["Type"] == "Audio")
        source: dict[str, Any] = {
            "Protocol": "Http" if remote else "File",
            "Id": file.id,
            "Path": file.path.read_text(encoding="utf-8").strip() if remote else file.shown,
            "Type": "Default",
            "Container": self._container(file),
            "Size": None if remote else file.probe.size,
            "Name": file.name,
            "IsRemote": remote,
            "ETag": hashlib.md5(stamp.encode(), usedforsecurity=False).hexdigest(),
            "RunTimeTicks": file.probe.ticks,
            **SOURCE_FLAGS,
            "VideoType": "VideoFile",
            "MediaStreams": streams,
            "MediaAttachments": [],
            "Formats": [],
            "Bitrate": file.probe.bit_rate,
            "RequiredHttpHeaders": {},
            "TranscodingSubProtocol": "http",
            "DefaultAudioStreamIndex": next(heard, None) if wish.user else None,
            "HasSegments": False,
        }
        return {key: value for key, value in source.items() if value is not None}

    def _container(self, file: MediaFile) -> str:
        known = file.probe.container
        return known if known and "," not in known else file.path.suffix.lstrip(".").lower()

    def whole_item(self, item: Item, wish: Wish) -> dict[str, Any]:
        """Return an item with every field, as a request for one item gets it."""
        dto = {
            **self.item(item, wish),
            "CanDelete": True,
            "CanDownload": True,
            "ExternalUrls": [],
            "EnableMediaSourceDisplay": True,
            "Taglines": [],
            "Genres": [],
            "RemoteTrailers": [],
            "ParentId": item.parent.id if item.parent else None,
            "People": self._people(item),
            "Studios": [],
            "GenreItems": [],
            "LocalTrailerCount": 0,
            "SpecialFeatureCount": 0,
            "DisplayPreferencesId": hashlib.md5(
                item.kind.encode(), usedforsecurity=False
            ).hexdigest(),
            "Tags": [],
            "Chapters": [],
            "Trickplay": {},
            "LockedFields": [],
            "LockData": False,
        }
        if wish.user:
            dto |= {"ProductionLocations": [], "PlayAccess": "Full"}
        pictures = (s for s in dto.get("MediaStreams", []) if s["Type"] == "Video")
        picture = next(pictures, None)
        return dto | ({k: picture[k] for k in ("Width", "Height")} if picture else {})


def part_item(item: Item, part: MediaFile, *, named_by_title: bool) -> Item:
    """Return a further part of a film as the item of its own that it is."""
    title = item.name.split(" (")[0] if named_by_title else part.name
    own = Item(part.id, "Video", title, part.shown, item.library, files=[part])
    own.year = item.year if named_by_title else None
    return own


def alternate_item(item: Item, file: MediaFile, kind: str) -> Item:
    """Return a version as an item of its own, as older servers list it."""
    return Item(file.id, kind, item.name, file.shown, item.library, item.parent, [file])
