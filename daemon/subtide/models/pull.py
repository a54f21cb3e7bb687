"""Bring the files of a listing into a folder: room first, then bytes, hashes and unpacking."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from subtide.errors import DiskFull, ModelDamaged
from subtide.models.fetch import Fetcher, Listing, RemoteFile
from subtide.models.record import digest

PACKED = ".zst"
UNPACK_SECONDS = 300.0
"""Ends a hang; 20 MB take about a second."""

Progress = Callable[[int, int], None]
"""Gets bytes done and bytes in all, often. It may raise to stop; the next pull goes on there."""


UNITS = (("GB", 1e9, 2), ("MB", 1e6, 1), ("kB", 1e3, 0))
"""Name, bytes and decimals of each unit for people."""


def size_text(size: float) -> str:
    """Return bytes for people: ``75.5 MB``."""
    for unit, count, decimals in UNITS:
        if size >= count:
            return f"{size / count:.{decimals}f} {unit}"
    return f"{size:.0f} B"


def check_room(need: int, free: int, reserve: int, folder: Path) -> None:
    """Compare bytes. Raises DiskFull unless ``reserve`` stays free after ``need``."""
    if free - need < reserve:
        raise DiskFull(
            f"{size_text(need)} are needed in {folder} and {size_text(free)} are free,"
            f" of which {size_text(reserve)} stay in reserve",
            "free disk space, lower limits.disk_reserve_mb, or take a smaller model",
        )


def room_needed(listing: Listing, folder: Path) -> int:
    """Return the bytes that a pull still takes on disk at its fullest."""
    there = sum(file.stat().st_size for file in folder.iterdir())
    return max(0, sum(file.size + file.unpacked_size for file in listing.files) - there)


def download(fetcher: Fetcher, listing: Listing, folder: Path, progress: Progress) -> None:
    """Bring every file of a listing into ``folder``, going on with what lies there.

    Raises the errors of Fetcher.file.
    """
    before = 0
    for remote in listing.files:
        _bring(fetcher, remote, folder, _shifted(progress, before, listing.size))
        before += remote.size


def _shifted(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda have: progress(before + min(have, total - before), total)


def _bring(
    fetcher: Fetcher, remote: RemoteFile, folder: Path, progress: Callable[[int], None]
) -> None:
    target = folder / remote.name
    if not remote.unpacked_sha256:
        fetcher.file(remote, target, progress)
    elif target.exists() and digest(target) == remote.unpacked_sha256:
        progress(remote.size)
    else:
        packed = folder / (remote.name + PACKED)
        fetcher.file(remote, packed, progress)
        _unpack(packed, target)
        packed.unlink()
        if digest(target) != remote.unpacked_sha256:
            target.unlink()
            raise ModelDamaged(
                f"{remote.name} unpacks to other bytes than {remote.url} is said to hold",
                "pull again; if it stays so, the source is at fault",
            )


def _unpack(packed: Path, target: Path) -> None:
    # -P: nothing that lies in the working folder is imported.
    command = [sys.executable, "-P", "-m", "subtide.models.unpack", str(packed), str(target)]
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        command, capture_output=True, text=True, timeout=UNPACK_SECONDS, check=False
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise ModelDamaged(f"{packed.name} cannot be unpacked: {last}", "pull again")
