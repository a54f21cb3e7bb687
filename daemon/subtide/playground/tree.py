"""The tree: libraries, items and files as the folders on disk make them."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from subtide.playground.streams import Probe, Stream

VIDEO_SUFFIXES = frozenset({".mkv", ".mp4", ".avi", ".mov", ".m4v", ".webm", ".ts", ".strm"})
EPISODE = re.compile(r"[Ss](\d+)[Ee](\d+)(?:-[Ee]?(\d+))?")
YEAR = re.compile(r"\((\d{4})\)")
PART = re.compile(r"[ ._-]+(?:part|cd|disc)[ ._-]*(\d+)$", re.IGNORECASE)
SHOWS = ("tv", "shows", "series")
"""A library whose folder starts with one of these holds shows; others hold films."""


def make_id(kind: str, path: str) -> str:
    """Return an item's id: it follows from kind and path, so a renamed file is a new item."""
    return hashlib.md5(f"{kind}:{path}".encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Library:
    """One library: a folder on disk, told under ``location``."""

    folder: Path
    name: str = ""
    kind: str = ""
    """Jellyfin's CollectionType: movies, tvshows or homevideos; by the folder's name if empty."""
    location: str = ""
    """The path as the server tells it. Two slashes in it lose every upload, as they really do."""
    read_only: bool = False
    """Whether the server may not write here, whatever the file system says."""
    options: dict[str, Any] = field(default_factory=dict)
    """Library options that differ from the defaults."""

    def __post_init__(self) -> None:
        """Fill in what follows from the folder."""
        self.name = self.name or self.folder.name
        shows = self.folder.name.lower().startswith(SHOWS)
        self.kind = self.kind or ("tvshows" if shows else "movies")
        self.location = self.location or str(self.folder)

    @property
    def id(self) -> str:
        """The library's ItemId."""
        return make_id("CollectionFolder", self.name)

    def shown(self, path: Path) -> str:
        """Return a path below the folder as the server tells it."""
        relative = path.relative_to(self.folder).as_posix()
        return self.location if relative == "." else f"{self.location}/{relative}"


@dataclass(slots=True)
class MediaFile:
    """One version or part of an item: what has streams, sidecars and an id of its own."""

    id: str
    kind: str
    name: str
    """What the version is called: ``1080p``, or the file's name."""
    path: Path
    library: Library
    created: datetime
    saved: datetime
    probe: Probe
    sidecars: tuple[Stream, ...] = ()
    """The sidecars that the last refresh saw."""

    @property
    def shown(self) -> str:
        """The path as the server tells it."""
        return self.library.shown(self.path)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """All streams: sidecars first, then the file's own. The place is the Index."""
        return (*self.sidecars, *self.probe.streams)


@dataclass(slots=True)
class Item:
    """A film, episode, video, or something that holds them."""

    id: str
    kind: str
    name: str
    path: str
    """As the server tells it."""
    library: Library | None = None
    parent: "Item | None" = None
    files: list[MediaFile] = field(default_factory=list)
    """Every version, the primary first; empty for a folder."""
    parts: list[MediaFile] = field(default_factory=list)
    """The further parts of a film in several files."""
    year: int | None = None
    number: int | None = None
    number_end: int | None = None
    season_number: int | None = None
    made: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    members: list["Item"] = field(default_factory=list)
    """The films of a collection."""

    @property
    def is_folder(self) -> bool:
        """Whether it holds items rather than media."""
        return not self.files

    @property
    def created(self) -> datetime:
        """When the primary's file appeared."""
        return self.files[0].created if self.files else self.made

    @property
    def saved(self) -> datetime:
        """When the server last saved the primary; a change to an alternate does not count."""
        return self.files[0].saved if self.files else self.made

    @property
    def sort_name(self) -> str:
        """The name that lists are sorted by."""
        if self.kind == "Season":
            return f"{self.number or 0:04} - {self.name}".lower()
        if self.kind == "Episode":
            return f"{self.season_number or 0:03} - {self.number or 0:04} - {self.name}".lower()
        return self.name.lower()

    def ancestors(self) -> Iterator["Item"]:
        """Yield parent, grandparent and so on."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent


@dataclass(frozen=True, slots=True)
class Found:
    """One item's files as the tree has them, before they are probed."""

    item: Item
    versions: tuple[tuple[str, Path], ...]
    """Name and path of each version, the primary first."""
    parts: tuple[Path, ...] = ()


def read_library(library: Library) -> Iterator[Found]:
    """Yield folders, series, seasons and films of a library, parents before children."""
    root = Item(make_id("Folder", library.location), "Folder", library.folder.name, "")
    root.path, root.library = library.location, library
    yield Found(root, ())
    reader = _read_show if library.kind == "tvshows" else _read_films
    yield from reader(library, library.folder, root)


def _visible(folder: Path) -> list[Path]:
    """Return what a folder holds; one that is away, such as a lost mount, holds nothing."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def _videos(folder: Path) -> list[Path]:
    return [p for p in _visible(folder) if p.is_file() and p.suffix.lower() in VIDEO_SUFFIXES]


def _item(library: Library, kind: str, name: str, path: Path, parent: Item) -> Item:
    shown = library.shown(path)
    year = YEAR.search(name)
    item = Item(make_id(kind, shown), kind, name, shown, library, parent)
    item.year = int(year[1]) if year else None
    return item


def _read_films(library: Library, folder: Path, parent: Item) -> Iterator[Found]:
    kind = "Video" if library.kind == "homevideos" else "Movie"
    videos = _videos(folder)
    versions = _versions(folder, videos)
    parts = [v for v in videos if PART.search(v.stem)]
    alone = len(videos) == 1 or bool(versions)
    if folder != library.folder and len(parts) > 1 and len(parts) == len(videos):
        item = _item(library, kind, folder.name, videos[0], parent)
        yield Found(item, ((videos[0].stem, videos[0]),), tuple(videos[1:]))
    elif folder != library.folder and versions:
        item = _item(library, kind, folder.name, versions[0][1], parent)
        yield Found(item, versions)
    else:
        for video in videos:
            name = folder.name if alone and folder != library.folder else video.stem
            yield Found(_item(library, kind, name, video, parent), ((video.stem, video),))
    for below in _visible(folder):
        if below.is_dir():
            yield from _read_films(library, below, parent)


def _versions(folder: Path, videos: list[Path]) -> tuple[tuple[str, Path], ...]:
    """Return the versions of one film: ``Folder.mkv``, ``Folder - 1080p.mkv``; else nothing."""
    named = [(v.stem.removeprefix(folder.name).removeprefix(" - ") or v.stem, v) for v in videos]
    ours = all(v.stem == folder.name or v.stem.startswith(f"{folder.name} - ") for v in videos)
    if len(videos) < 2 or not ours:  # noqa: PLR2004  # one file has no versions
        return ()
    return tuple(sorted(named, key=lambda pair: (pair[1].stem != folder.name, *_rank(pair[0]))))


def _rank(name: str) -> tuple[int, str]:
    lines = re.match(r"(\d+)[pi]", name)
    return -int(lines[1]) if lines else 0, name


def _read_show(library: Library, folder: Path, parent: Item) -> Iterator[Found]:
    for show in (p for p in _visible(folder) if p.is_dir()):
        series = _item(library, "Series", show.name, show, parent)
        yield Found(series, ())
        for season in (p for p in _visible(show) if p.is_dir()):
            number = re.search(r"\d+", season.name)
            holder = _item(library, "Season", season.name, season, series)
            if number:
                holder.number, holder.name = int(number[0]), f"Season {int(number[0])}"
            yield Found(holder, ())
            yield from (_episode(library, video, holder) for video in _videos(season))


def _episode(library: Library, video: Path, season: Item) -> Found:
    item = _item(library, "Episode", video.stem, video, season)
    match = EPISODE.search(video.stem)
    if match:
        item.season_number, item.number = int(match[1]), int(match[2])
        item.number_end = int(match[3]) if match[3] else None
    return Found(item, ((video.stem, video),))


def libraries_below(root: Path, location: str = "") -> list[Library]:
    """Return a library for each folder below ``root``, told under ``location`` if given."""
    base = location or str(root)
    folders: Iterable[Path] = (p for p in _visible(root) if p.is_dir())
    return [Library(folder=p, location=f"{base}/{p.name}") for p in folders]
