"""The catalogue: what the server knows of its libraries, which is not always what is there.

Streams are those of the last refresh. Files change behind the server's back; it sees that
in a scan, or when the refresh queue comes to the item.
"""

import hashlib
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from subtide.playground.flavour import Flavour
from subtide.playground.sidecars import find_sidecars
from subtide.playground.streams import Probe, Stream, probe, probe_sidecar
from subtide.playground.tree import Found, Item, Library, MediaFile, make_id, read_library

if TYPE_CHECKING:
    from subtide.playground.cast import Person

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where the server keeps its own files, and the path that it tells."""

    path: Path
    location: str


class Catalogue:
    """All items, by id, in the order of the tree."""

    def __init__(
        self,
        libraries: Sequence[Library],
        flavour: Flavour,
        data: DataFolder,
        collections: Mapping[str, Sequence[str]],
        clock: Clock = now,
    ) -> None:
        """``collections``: names of films (their Name) in each collection."""
        self.libraries = list(libraries)
        self.flavour = flavour
        self.data, self.data_location = data.path, data.location
        self.collections = collections
        self.items: dict[str, Item] = {}
        self.changes = 0
        """How often anything in it has changed."""
        self.listed: tuple[tuple[object, ...], list[Item]] = ((), [])
        """The last list that was asked for, and what was asked."""
        self.shuffles = False
        """Whether items that sort alike come in another order at each request. A knob."""
        self._files: dict[str, tuple[Item, MediaFile]] = {}
        self.clock = clock
        self._lock = threading.RLock()
        self.notes: dict[str, tuple[tuple[str, ...], str]] = {}
        """Tags and rating of each item that a person described, by its id."""
        self.casts: dict[str, tuple[Person, ...]] = {}
        """Who plays in an item, by its id. A knob."""

    def scan(self) -> tuple[list[Item], list[Item]]:
        """Read the folders again; return the items with media that came and that went.

        As on a server without online metadata, every item known before is saved again.
        """
        with self._lock:
            before, known = self.items, self._files
            items: dict[str, Item] = {}
            for library in self.libraries:
                for found in read_library(library):
                    self._fill(found, known)
                    items[found.item.id] = found.item
            items |= {item.id: item for item in self._boxes(list(items.values()))}
            files = {f.id: (i, f) for i in items.values() for f in (*i.files, *i.parts)}
            self.items, self._files = items, files
            self.changes += 1
        came = [i for k, i in self.items.items() if k not in before and i.files]
        gone = [i for k, i in before.items() if k not in self.items and i.files]
        return came, gone

    def describe(self, item_id: str, *, tags: Iterable[str] = (), rating: str = "") -> None:
        """Let a person give an item tags and a rating; the item is saved by that."""
        self.notes[item_id] = (tuple(tags), rating)
        for file in self.items[item_id].files[:1]:
            file.saved = self.clock()

    def turned(self, items: list[Item]) -> list[Item]:
        """Return items in the order that they are sorted from: what sorts alike stays so."""
        if not self.shuffles:
            return items
        self.changes += 1
        return random.Random(self.changes).sample(items, len(items))  # noqa: S311  # for tests

    def _fill(self, found: Found, known: Mapping[str, tuple[Item, MediaFile]]) -> None:
        item = found.item
        for place, (name, path) in enumerate(found.versions):
            kind = item.kind if place == 0 else "Video"
            item.files.append(self._file(item, kind, name, path, known))
        item.parts = [self._file(item, "Video", p.stem, p, known) for p in found.parts]

    def _file(
        self,
        item: Item,
        kind: str,
        name: str,
        path: Path,
        known: Mapping[str, tuple[Item, MediaFile]],
    ) -> MediaFile:
        library = item.library
        if library is None:
            raise ValueError(path)
        file_id = make_id(kind, library.shown(path))
        stat = path.stat()
        created = datetime.fromtimestamp(stat.st_mtime, UTC)
        old = known[file_id][1] if file_id in known else None
        same = old is not None and old.created == created and old.probe.size == stat.st_size
        found = old.probe if old is not None and same else self._probe(path)
        file = MediaFile(file_id, kind, name, path, library, created, self.clock(), found)
        file.sidecars = tuple(self._read_sidecars(file))
        return file

    def _probe(self, path: Path) -> Probe:
        return Probe(path.stat().st_size) if path.suffix == ".strm" else probe(path)

    def _read_sidecars(self, file: MediaFile) -> Iterator[Stream]:
        folders = (file.path.parent, self.metadata_folder(file.id))
        for path in find_sidecars(file.path, folders):
            stream = probe_sidecar(file.path, path, self.flavour.codes)
            if stream is not None:
                yield stream

    def _boxes(self, items: list[Item]) -> Iterator[Item]:
        """Yield the collections and the folder that they lie in."""
        if not self.collections:
            return
        location = f"{self.data_location}/data/collections"
        root = Item(make_id("Folder", location), "Folder", "collections", location)
        yield root
        for name, films in self.collections.items():
            path = f"{location}/{name} [boxset]"
            box = Item(make_id("BoxSet", path), "BoxSet", name, path, parent=root)
            box.members = [i for i in items if i.name in films and i.files]
            box.year = min((i.year for i in box.members if i.year), default=None)
            folder = self.data / "data" / "collections" / f"{name} [boxset]"
            folder.mkdir(parents=True, exist_ok=True)
            box.made = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
            yield box

    def refresh(self, wanted: str, mode: str) -> bool:
        """Refresh one file, or all below a folder; return whether anything was saved.

        Without a mode nothing is probed. FullRefresh probes anyway, the others when the set
        of sidecars has changed.
        """
        if mode not in {"ValidationOnly", "Default", "FullRefresh"}:
            return False
        with self._lock:
            full = mode == "FullRefresh"
            saved = [self._refresh_file(file, full=full) for file in self.below(wanted)]
            return any(saved)

    def _refresh_file(self, file: MediaFile, *, full: bool) -> bool:
        if not file.path.exists():
            return False
        sidecars = tuple(self._read_sidecars(file))
        if not full and {s.path for s in sidecars} == {s.path for s in file.sidecars}:
            return False
        file.sidecars = sidecars
        file.probe = self._probe(file.path)
        file.saved = self.clock()
        self.changes += 1
        return True

    def below(self, wanted: str) -> list[MediaFile]:
        """Return the file with this id, or every file of the item, folder or library."""
        if wanted in self._files:
            return [self._files[wanted][1]]
        items = [i for i in self.items.values() if self.is_below(i, wanted)]
        return [f for i in items for f in (*i.files, *i.parts)]

    def is_below(self, item: Item, ancestor: str) -> bool:
        """Whether an item lies in a folder, series, season, collection or library."""
        if item.library is not None and item.library.id == ancestor and item.parent is not None:
            return True
        holder = self.items.get(ancestor)
        inside = holder is not None and item in holder.members
        return inside or any(above.id == ancestor for above in item.ancestors())

    def knows(self, wanted: str) -> bool:
        """Whether an id is that of an item, a version, or a library."""
        return (
            wanted in self.items
            or wanted in self._files
            or any(library.id == wanted for library in self.libraries)
        )

    def file(self, wanted: str) -> MediaFile | None:
        """Return the version or part with this id."""
        return self._files[wanted][1] if wanted in self._files else None

    def item_of(self, wanted: str) -> Item | None:
        """Return the item that a version or part belongs to, or the item itself."""
        return self._files[wanted][0] if wanted in self._files else self.items.get(wanted)

    def at(self, shown: str) -> MediaFile | None:
        """Return the file at a path as the server tells it."""
        return next((f for _, f in self._files.values() if f.shown == shown), None)

    def metadata_folder(self, file_id: str) -> Path:
        """Return the server's own folder for an item, which need not exist."""
        return self.data / "metadata" / "library" / file_id[:2] / file_id

    def shown_sidecar(self, file: MediaFile, path: Path) -> str:
        """Return a sidecar's path as the server tells it."""
        if path.is_relative_to(self.data):
            return f"{self.data_location}/{path.relative_to(self.data).as_posix()}"
        return f"{file.shown.rsplit('/', 1)[0]}/{path.name}"

    def box_of(self, item: Item) -> Item | None:
        """Return the collection that an item is in."""
        return next((b for b in self.items.values() if item in b.members), None)


def etag(saved: datetime) -> str:
    """Return an item's Etag: it changes when the item is saved, and only then."""
    return hashlib.md5(saved.isoformat().encode(), usedforsecurity=False).hexdigest()
