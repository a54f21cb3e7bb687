"""The inbox: what was heard over HTTP, on disk until the database has it.

A server waits for the answer to its webhook, and its viewers with it, so the answer cannot wait
for the database: another writer may hold that for as long as it likes. A notice is one line at
the end of a file. It outlives a killed process. It is not forced to the disk, which takes a
spinning one longer than the answer may: a power cut loses the last seconds, and the poll finds
them again.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from subtide.errors import DiskFull

LARGEST = 64_000_000
"""Bytes of the file: some 400,000 notices that no database took."""
BATCH = 500
"""Notices that are handed on together."""


class Inbox:
    """A folder with the file that is written and, while it is drained, the one before it."""

    def __init__(self, folder: Path) -> None:
        """Make the folder; what an earlier process left in it is drained first."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "notices"
        self._draining = folder / "notices.draining"
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._arrived.set()
        if self._file.exists():
            # A last line that a power cut tore must not run into the next notice.
            with self._file.open("ab") as file:
                file.write(b"\n")

    def put(self, notice: str) -> None:
        """Keep a notice, a text of one line; it is safe when this returns.

        Raises DiskFull when it cannot be kept; nothing of it is left then.
        """
        line = notice.encode() + b"\n"
        with self._lock:
            try:
                self._append(line)
            except OSError as error:
                raise DiskFull(
                    f"a notice cannot be kept ({error.strerror})",
                    "see that there is room in the data folder, and that the database takes what"
                    " waits there; the poll finds what was missed",
                ) from None
        self._arrived.set()

    def wait(self, seconds: float) -> bool:
        """Wait until something is there to drain, at most so long; return whether it is."""
        return self._arrived.wait(seconds)

    def waiting(self) -> bool:
        """Whether there is anything that was not handed on yet."""
        return self._file.exists() or self._draining.exists()

    def wake(self) -> None:
        """End a wait."""
        self._arrived.set()

    def drain(self, handle: Callable[[Sequence[str]], object]) -> None:
        """Hand every notice on, oldest first, some hundred at a time.

        What ``handle`` raises comes out of here, and the notices are handed on again the next
        time, so it must bear to get some of them twice.
        """
        self._arrived.clear()
        try:
            while self._set_aside():
                for batch in _batches(self._draining):
                    handle(batch)
                self._draining.unlink()
        except BaseException:
            self._arrived.set()
            raise

    def _append(self, line: bytes) -> None:
        with self._file.open("ab", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            if before + len(line) > LARGEST:
                raise OSError(0, f"{LARGEST} bytes of them wait already")
            try:
                written = file.write(line)
            except OSError:
                file.truncate(before)
                raise
            if written != len(line):
                file.truncate(before)
                raise OSError(0, "no space is left")

    def _set_aside(self) -> bool:
        """Return whether there is a file to drain that nobody writes any more."""
        with self._lock:
            if not self._draining.exists():
                try:
                    self._file.rename(self._draining)
                except FileNotFoundError:
                    return False
            return True


def _batches(file: Path) -> Iterator[list[str]]:
    """Yield the lines of a file, whole or torn."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        whole = (line.rstrip("\n") for line in lines if line != "\n")
        while batch := list(islice(whole, BATCH)):
            yield batch
