"""Where things lie in the store: a folder a model, unfinished pulls and locks apart from them."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from subtide.models.catalog import ModelKind
from subtide.models.lock import locked
from subtide.models.record import RECORD, Model, Origin, Record, stamps_of


class Layout:
    """The paths below one folder, and the moves between them that leave nothing half done."""

    def __init__(self, root: Path) -> None:
        """``root`` need not exist."""
        self.root = root
        self.pins = root / "pins.json"

    def home(self, name: str) -> Path:
        """Return the folder of a model, whole whenever it is there."""
        return self.root / _plain(name)

    def parts(self, name: str) -> Path:
        """Return the folder of a model's unfinished files."""
        return self.root / ".part" / _plain(name)

    def part(self, name: str, revision: str) -> Path:
        """Make and return the folder of one revision's unfinished files; other ones are deleted."""
        part = self.parts(name) / _short(revision)
        part.mkdir(parents=True, exist_ok=True)
        for other in part.parent.iterdir():
            if other != part:
                shutil.rmtree(other)
        return part

    def seen(self, folder: Path) -> Path:
        """Return where the last look at a folder of the user's own is kept."""
        return self.root / ".folders" / f"{_short(str(folder))}.json"

    def locked(self, name: str, waiting: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold the lock of a model, against threads and processes alike."""
        return locked(self.root / ".locks" / _plain(name), waiting)

    def names(self) -> Iterator[str]:
        """Yield the names of the models that lie here."""
        for path in sorted(self.root.glob(f"*/{RECORD}")):
            with suppress(ValueError):
                yield Record.load(path).name

    def install(
        self, name: str, kind: ModelKind, revision: str, origin: Origin, part: Path
    ) -> Model:
        """Write the record of finished files and make them the model, in place of an older one."""
        names = [file.name for file in part.iterdir() if file.name != RECORD]
        record = Record(name, kind, revision, origin, stamps_of(part, names))
        record.save(part / RECORD)
        home = self.home(name)
        if home.exists():
            self.discard(home)
        part.rename(home)
        self.discard(part.parent)
        return record.model(home)

    def discard(self, path: Path) -> None:
        """Delete a folder; renamed first, so that a half deleted model is never taken for one."""
        doomed = self.root / ".gone" / path.name
        doomed.parent.mkdir(exist_ok=True)
        shutil.rmtree(doomed, ignore_errors=True)
        path.rename(doomed)
        shutil.rmtree(doomed)


def _plain(name: str) -> str:
    return name.replace(":", "--").replace("/", "--")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
