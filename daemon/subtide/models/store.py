"""The models of this machine: find, pull, verify, remove."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from subtide.errors import ModelDamaged, ModelMissing
from subtide.models import huggingface, mozilla
from subtide.models.catalog import CATALOG, ModelKind, ModelSpec, spec
from subtide.models.fetch import Fetcher, Listing
from subtide.models.layout import Layout
from subtide.models.packages import PACKAGES, PackagedModel, Packages
from subtide.models.pins import Pin, Pins
from subtide.models.pull import Progress, check_room, download, room_needed, size_text
from subtide.models.record import Model, Record, again, digest, opened, stamps_of

__all__ = ["HUB", "MOZILLA", "Model", "ModelRow", "ModelStore", "Progress"]

HUB = "https://huggingface.co"
MOZILLA = "https://firefox.settings.services.mozilla.com/v1"
RESERVE = 500_000_000
"""Bytes of disk that stay free unless told otherwise, as limits.disk_reserve_mb says."""


def _silent(_done: int, _total: int) -> None:
    """Show no progress."""


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of ``subtide models list``."""

    name: str
    kind: ModelKind
    state: str
    """``installed``, ``in a package``, ``damaged`` or ``not installed``."""
    size: int | None
    """Bytes on disk, else roughly those of a pull; None when only the source knows."""
    revision: str
    licence: str
    note: str
    """For people; what is wrong, when it is damaged."""


class ModelStore:
    """A folder of models: each in a folder of its own with a record, and pins beside them."""

    def __init__(  # noqa: PLR0913 - settings, and two ways for a test to set the scene
        self,
        folder: Path,
        *,
        tell: Callable[[str], None],
        hub: str = HUB,
        mozilla: str = MOZILLA,
        token: str | None = None,
        may_pull: bool = True,
        reserve: int = RESERVE,
        packages: Packages | None = None,
        free: Callable[[Path], int] = _free,
    ) -> None:
        """``tell`` gets sentences for people; ``reserve`` is in bytes.

        ``may_pull`` is asked by ``need`` alone: a ``pull`` is somebody's wish.
        """
        self._layout = Layout(folder)
        self._hub = hub.rstrip("/")
        self._mozilla = mozilla.rstrip("/")
        self._fetcher = Fetcher(self._hub, token)
        self._may_pull = may_pull
        self._tell = tell
        self._reserve = reserve
        self._packages = packages or Packages()
        self._free = free
        self._pins = Pins(self._layout.pins)

    def find(self, name: str) -> Model | None:
        """Return an installed model: from the store, else from a package; None if there is none.

        Cheap while sizes and times stand; else files are hashed. A model in pieces is put
        together in the store, once. Raises ModelDamaged, and ModelMissing for no model's name.
        """
        wanted = spec(name)
        if wanted.folder:
            return self._own(wanted, wanted.folder)
        return self._stored(wanted.name) or self._packaged(wanted.name)

    def need(self, name: str, progress: Progress = _silent) -> Model:
        """Return an installed model, pulled first if that is allowed.

        Raises ModelMissing with the command that pulls it, and the errors of find and pull.
        """
        found = self.find(name)
        if found or self._may_pull:
            return found or self.pull(name, progress)
        raise ModelMissing(
            f"the model {name} is not installed and models.pull is off",
            f"subtide models pull {name}",
        )

    def pull(self, name: str, progress: Progress = _silent) -> Model:
        """Fetch a model from its source, unless it was pulled before, and return it.

        Two who pull the same do it once. What stops half-way goes on at the next pull. Raises
        ModelMissing, ModelDamaged, DiskFull, ServerUnreachable, ServerFailed, BrokenAnswer.
        """
        wanted = spec(name)
        if wanted.folder:
            raise ModelMissing(f"{name} is a folder of your own", "it needs no pull")
        with self._locked(wanted.name):
            there = self._stored(wanted.name)
            if there and there.origin == "hub":
                return there
            listing = self._listing(wanted)
            self._pins.check(wanted.name, listing)
            part = self._layout.part(wanted.name, repr(Pin.of(listing)))
            check_room(
                room_needed(listing, part), self._free(part), self._reserve, self._layout.root
            )
            licence = f", licence {listing.licence}" if listing.licence else ""
            self._tell(
                f"pulling {wanted.name} from {listing.source}: {size_text(listing.size)}{licence}"
            )
            download(self._fetcher, listing, part, progress)
            self._pins.keep(wanted.name, listing)
            return self._layout.install(wanted.name, wanted.kind, listing.revision, "hub", part)

    def verify(self, model: Model) -> None:
        """Hash every file of a model. Raises ModelDamaged with what to do about it."""
        bad = [
            name
            for name, path in model.files.items()
            if not path.is_file() or digest(path) != model.hashes[name]
        ]
        if bad:
            raise ModelDamaged(
                f"{model.name} in {model.folder} is damaged: {', '.join(bad)}", self._mending(model)
            )

    def remove(self, name: str) -> int:
        """Delete a model from the store and return the bytes that it took.

        Its pin stays: the next pull brings the same files. Raises ModelMissing.
        """
        wanted = spec(name)
        with self._locked(wanted.name):
            gone = [
                path
                for path in (self._layout.home(wanted.name), self._layout.parts(wanted.name))
                if path.exists()
            ]
            if not gone or wanted.folder:
                raise ModelMissing(f"{name} is not in {self._layout.root}", self._elsewhere(wanted))
            size = sum(
                file.stat().st_size for path in gone for file in path.rglob("*") if file.is_file()
            )
            for path in gone:
                self._layout.discard(path)
            return size

    def list(self) -> tuple[ModelRow, ...]:
        """Return every model that is here or in the catalogue, those that are here first."""
        names = dict.fromkeys([*self._layout.names(), *PACKAGES, *CATALOG])
        rows = [self._row(name) for name in names]
        return tuple(sorted(rows, key=lambda row: row.state == "not installed"))

    def _row(self, name: str) -> ModelRow:
        wanted = spec(name)
        state, size, revision, note = "not installed", wanted.size_bytes_estimate, "", wanted.note
        try:
            stored = self._stored(name)
            packaged = self._packages.find(name)
            if stored:
                state, size, revision = "installed", stored.size, stored.revision
            elif packaged:
                packaged.check()
                state, size, revision = "in a package", packaged.size, packaged.revision
        except ModelDamaged as error:
            state, note = "damaged", str(error)
        return ModelRow(name, wanted.kind, state, size, revision, wanted.licence, note)

    def _stored(self, name: str) -> Model | None:
        home = self._layout.home(name)
        return opened(home, name) if home.is_dir() else None

    def _packaged(self, name: str) -> Model | None:
        packaged = self._packages.find(name)
        if packaged is None:
            return None
        packaged.check()
        if packaged.whole:
            return packaged.model()
        with self._locked(name):
            return self._stored(name) or self._joined(packaged)

    def _joined(self, packaged: PackagedModel) -> Model:
        part = self._layout.part(packaged.name, packaged.revision)
        check_room(packaged.size, self._free(part), self._reserve, self._layout.root)
        packaged.join(part)
        return self._layout.install(
            packaged.name, packaged.kind, packaged.revision, "package", part
        )

    def _own(self, wanted: ModelSpec, folder: Path) -> Model:
        # Hashing gigabytes at every start would hurt, so the last look is kept.
        path = self._layout.seen(folder)
        names = [
            file.name
            for file in folder.iterdir()
            if any(fnmatch(file.name, pattern) for pattern in wanted.files)
        ]
        seen = Record.load(path).stamps if path.exists() else {}
        stamps = stamps_of(folder, names, seen)
        record = Record(wanted.name, wanted.kind, "local", "folder", stamps)
        if stamps != seen:
            record.save(path)
        return record.model(folder)

    def _listing(self, wanted: ModelSpec) -> Listing:
        pin = self._pins.get(wanted.name)
        revision = pin.revision if pin else None
        try:
            if wanted.kind is ModelKind.FIREFOX:
                return mozilla.listing(self._fetcher, self._mozilla, wanted, revision)
            return huggingface.listing(self._fetcher, self._hub, wanted, revision)
        except ModelMissing as error:
            if revision is None:
                raise
            raise ModelMissing(
                f"{wanted.name} was pulled at {revision}, which cannot be had: {error.what}",
                f"{error.fix}; or, to take another revision, remove {wanted.name} from"
                f" {self._pins.path} and pull again",
            ) from error

    def _locked(self, name: str) -> AbstractContextManager[None]:
        return self._layout.locked(
            name, lambda: self._tell(f"waiting: another process is busy with {name}")
        )

    def _mending(self, model: Model) -> str:
        if model.folder == self._layout.home(model.name):
            return again(model.name)
        packaged = self._packages.find(model.name)
        return packaged.mending if packaged else f"put the right files into {model.folder}"

    def _elsewhere(self, wanted: ModelSpec) -> str:
        if wanted.folder:
            return "it is a folder of your own: delete it yourself"
        if self._packages.find(wanted.name):
            return f"it comes from packages: pip uninstall {' '.join(PACKAGES[wanted.name][1])}"
        return "there is nothing to remove"
