"""sidecar: a subtitle file beside its media, written and removed by path.

Uploading comes first. This is for servers that do not save an upload, and for removals: by
path, a file is compared before it goes. ``MediaAccess`` says which folders are within reach.
"""

import errno
import os
import tempfile
from contextlib import suppress
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import structlog

from subtide.errors import CheckFailed, DiskFull, SkipSource
from subtide.jellyfin.items import Source
from subtide.jellyfin.media import MediaAccess
from subtide.jellyfin.sidecars import file_name, lies_beside

MODE = 0o644
"""Whoever runs the server has to read it; only the owner changes it."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

log = structlog.get_logger()


class Fate(StrEnum):
    """What became of a file that was to be removed."""

    REMOVED = "removed"
    """It is gone."""
    ABSENT = "absent"
    """It was not there any more."""
    CHANGED = "changed"
    """Another hand changed it, so it is theirs and stays."""


class NotWritten(SkipSource):
    """The media's folder cannot be reached, or not be written, from here."""


def write_beside(media: MediaAccess, source: Source, name: str, data: bytes) -> None:
    """Write a file beside the source's media, whole or not at all, never over another one.

    A file of that name with just this content is as good as written.

    Raises:
        NotWritten: the folder cannot be reached or written from here.
        CheckFailed: another file has the name.
        DiskFull: there is no room for it.
    """
    path, film = media.beside(source, name), media.local_path(source)
    if path is None or film is None:
        raise NotWritten(
            "the media's folder cannot be reached from here",
            "mount it here too, with the right to write, and name it in the server's `paths`",
        )
    try:
        _write_new(path, data, group=film.stat().st_gid)
    except FileExistsError:
        if not _holds(path, data):
            raise CheckFailed(
                f"{path} is there already and is not ours",
                "move it away or give it another name, then: subtide jobs retry",
            ) from None
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(f"no room left in {path.parent}", "free some space there") from None
        raise NotWritten(
            f"{path.parent} cannot be written from here ({error.strerror})",
            "mount it with the right to write (see PUID, PGID and :ro in compose.yaml)",
        ) from None


def remove_beside(media: MediaAccess, source: Source, path: str, digest: str) -> Fate | None:
    """Remove the sidecar that the server lists at ``path`` if its SHA-256 is ``digest``.

    A file with another content is not ours any more, so it stays. Return what became of it: None
    when the file is not within reach, so that only the server could remove it.
    """
    local = media.beside(source, file_name(path)) if lies_beside(path, source.path) else None
    if local is None:
        return None
    try:
        if sha256(local.read_bytes()).hexdigest() == digest:
            local.unlink()
            return Fate.REMOVED
    except FileNotFoundError:
        return Fate.ABSENT
    except OSError:
        return None
    log.warning("a file of ours was changed by another hand and stays", path=path)
    return Fate.CHANGED


def _write_new(path: Path, data: bytes, group: int) -> None:
    """Raise FileExistsError when the name is taken, OSError when the folder cannot be written."""
    # Neither the server nor any other scanner takes a dot and .tmp for a subtitle.
    handle, name = tempfile.mkstemp(prefix=".subtide-", suffix=".tmp", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            with suppress(OSError):  # a share without owners, or a group that is not ours to give
                os.fchmod(handle, MODE)
                os.fchown(handle, -1, group)
            os.fsync(handle)
        _give_name(unfinished, path, data)
    finally:
        unfinished.unlink(missing_ok=True)


def _give_name(unfinished: Path, path: Path, data: bytes) -> None:
    """Give the file its name, which fails if that is taken; a rename would overwrite."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:  # no second names: FAT, exFAT and some network shares
        with path.open("xb") as file:
            try:
                file.write(data)
            except OSError:
                path.unlink()
                raise


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False
