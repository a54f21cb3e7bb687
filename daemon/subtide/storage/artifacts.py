"""Artifacts: a task's result under its key. Stages pass keys, never paths."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from subtide.errors import DiskFull
from subtide.storage.database import Database
from subtide.storage.tables import artifacts
from subtide.storage.upsert import upsert


def artifact_key(
    stage: str, version: int, inputs: Sequence[str], options: Mapping[str, object]
) -> str:
    """Return the key of a result: what made it, from what, how.

    ``inputs``: keys of artifacts, fingerprints of media and of models. ``options``: plain
    values that shape the result. Equal arguments give an equal key on every machine.
    """
    text = json.dumps(
        [stage, version, list(inputs), dict(options)], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


class Artifacts:
    """Files under their keys, with a row each; a file without a row does not count."""

    def __init__(self, database: Database, folder: Path, reserve_bytes: int = 0) -> None:
        """``reserve_bytes``: free disk space that is never used."""
        self._database = database
        self._folder = folder
        self._reserve = reserve_bytes

    def has(self, key: str) -> bool:
        """Whether the artifact is there, whole."""
        with self._database.read() as connection:
            size = connection.execute(
                sa.select(artifacts.c.size).where(artifacts.c.key == key)
            ).scalar()
        try:
            return size is not None and self.path(key).stat().st_size == size
        except FileNotFoundError:
            return False

    def path(self, key: str) -> Path:
        """Where the artifact's bytes are."""
        return self._folder / key[:2] / key

    def read(self, key: str) -> bytes:
        """Return the artifact's bytes."""
        return self.path(key).read_bytes()

    def write(self, key: str, stage: str, media_type: str, data: bytes) -> None:
        """Keep ``data`` under ``key``.

        Raises:
            DiskFull: there is no room beyond the reserve.
        """
        with self.scratch(len(data)) as folder:
            file = folder / "data"
            with _full_disk_told(self._folder):
                file.write_bytes(data)
            self.adopt(key, stage, media_type, file)

    def adopt(self, key: str, stage: str, media_type: str, file: Path) -> None:
        """Move a finished file from scratch to its key, then write its row.

        Raises:
            DiskFull: there is no room for it.
        """
        path = self.path(key)
        with _full_disk_told(self._folder):
            with file.open("rb") as handle:
                digest = hashlib.file_digest(handle, "sha256").hexdigest()
                size = os.fstat(handle.fileno()).st_size
                os.fsync(handle.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            file.replace(path)
        with self._database.write() as connection:
            values = {
                "key": key,
                "stage": stage,
                "media_type": media_type,
                "size": size,
                "sha256": digest,
                "created_at": self._database.now(connection),
            }
            upsert(connection, artifacts, values)

    def drop(self, keys: Collection[str]) -> None:
        """Forget artifacts that nobody waits for; whoever needs one again makes it again."""
        if not keys:
            return
        with self._database.write() as connection:
            connection.execute(artifacts.delete().where(artifacts.c.key.in_(list(keys))))
        for key in keys:
            self.path(key).unlink(missing_ok=True)

    @contextmanager
    def scratch(self, room_bytes: int = 0) -> Iterator[Path]:
        """Give a folder that belongs to one running task and goes with it.

        Raises:
            DiskFull: ``room_bytes`` beyond the reserve are not free.
        """
        base = self._folder / "scratch"
        with _full_disk_told(self._folder):
            base.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(base).free < room_bytes + self._reserve:
                raise OSError(errno.ENOSPC, "the reserve is reached")
            folder = Path(tempfile.mkdtemp(dir=base))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def clear_scratch(self) -> None:
        """Remove what a killed process left behind; only for the one that holds the folder."""
        shutil.rmtree(self._folder / "scratch", ignore_errors=True)

    def count(self, stage: str) -> int:
        """How many artifacts of a stage there are."""
        with self._database.read() as connection:
            return connection.execute(
                sa.select(sa.func.count()).where(artifacts.c.stage == stage)
            ).scalar_one()


@contextmanager
def _full_disk_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFull(
            f"no room left in {folder}", "free some space, or lower limits.disk_reserve_mb"
        ) from None
