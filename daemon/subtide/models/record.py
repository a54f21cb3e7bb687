"""An installed model, and the record of its files by which damage is seen."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import get_ident
from types import MappingProxyType
from typing import Any, Literal, Self

from subtide.errors import ModelDamaged
from subtide.models.catalog import ModelKind

RECORD = "model.json"
"""The record's name beside a model's files."""
CHUNK = 1 << 20
"""Bytes read at once while hashing."""

Origin = Literal["hub", "package", "folder"]
"""Pulled; from an installed Python package; a folder of the user's own."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine, ready for its engine. It pickles: children get it as it is."""

    name: str
    kind: ModelKind
    revision: str
    """The hub's commit, Mozilla's version, package and version, or ``local`` for a folder."""
    folder: Path
    files: Mapping[str, Path]
    """By file name; all lie in ``folder``."""
    hashes: Mapping[str, str]
    """The SHA-256 that each file should have, in hex."""
    origin: Origin
    size: int
    """Bytes of all files."""

    @property
    def fingerprint(self) -> str:
        """One hash over names and contents: part of artifact keys and recipes."""
        lines = (f"{name}\0{digest}\n" for name, digest in sorted(self.hashes.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it was when it was last hashed."""

    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Hash a file. Raises OSError."""
        seen = path.stat()
        return cls(seen.st_size, seen.st_mtime_ns, digest(path))

    def renewed(self, path: Path) -> "Stamp":
        """Return this stamp while size and time stand, or hash the file again."""
        seen = path.stat()
        same = (seen.st_size, seen.st_mtime_ns) == (self.size, self.mtime_ns)
        return self if same else Stamp.of(path)


@dataclass(frozen=True, slots=True)
class Record:
    """What is written down beside a model: enough to name it and to see damage cheaply."""

    name: str
    kind: ModelKind
    revision: str
    origin: Origin
    stamps: Mapping[str, Stamp]

    def model(self, folder: Path) -> Model:
        """Return the model that lies in ``folder``."""
        return Model(
            name=self.name,
            kind=self.kind,
            revision=self.revision,
            folder=folder,
            files={name: folder / name for name in self.stamps},
            hashes={name: stamp.sha256 for name, stamp in self.stamps.items()},
            origin=self.origin,
            size=sum(stamp.size for stamp in self.stamps.values()),
        )

    def save(self, path: Path) -> None:
        """Write the record, whole or not at all."""
        save_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record. Raises OSError, or ValueError for one that is no record."""
        data = json.loads(path.read_text("utf-8"))
        try:
            stamps = {str(name): Stamp(**stamp) for name, stamp in data.pop("stamps").items()}
            return cls(**data | {"kind": ModelKind(data["kind"]), "stamps": stamps})
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no record of a model") from error


def stamps_of(
    folder: Path, names: Iterable[str], seen: Mapping[str, Stamp] = MappingProxyType({})
) -> dict[str, Stamp]:
    """Hash the named files of a folder, but not those that are as they were ``seen``."""
    return {
        name: seen[name].renewed(folder / name) if name in seen else Stamp.of(folder / name)
        for name in sorted(names)
    }


def opened(home: Path, name: str) -> Model:
    """Return the model called ``name`` that lies beside its record in ``home``.

    Raises ModelDamaged for files that are not those of the record, or for no record.
    """
    path = home / RECORD
    try:
        record = Record.load(path)
        stamps = stamps_of(home, record.stamps, record.stamps)
    except (OSError, ValueError) as error:
        raise ModelDamaged(f"{name} is not whole: {error}", again(name)) from error
    bad = [name for name, stamp in stamps.items() if stamp.sha256 != record.stamps[name].sha256]
    if bad:
        raise ModelDamaged(f"{name} is damaged: {', '.join(bad)}", again(name))
    if stamps != record.stamps:
        with suppress(OSError):  # a store that cannot be written is hashed each time
            replace(record, stamps=stamps).save(path)
    return record.model(home)


def again(name: str) -> str:
    """Return the command that mends a model of the store."""
    return f"subtide models remove {name} && subtide models pull {name}"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def save_json(path: Path, data: Any) -> None:  # noqa: ANN401 - whatever json can write
    """Write JSON so that a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{get_ident()}")
    fresh.write_text(json.dumps(data, indent=2, sort_keys=True), "utf-8")
    fresh.replace(path)
