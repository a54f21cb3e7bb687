"""The media of a call: a file here, or one that only the daemon can reach.

Imported in child processes only.
"""

import io
from pathlib import Path
from typing import Any, BinaryIO

from subtide.pipeline.calls import Read, Request

READ_AHEAD = 1 << 20
"""Bytes fetched at once from a file that only the daemon can reach."""


def open_media(request: Request, read: Read) -> Path | BinaryIO:
    """Return what the decoder reads: a path, or a file object over the daemon."""
    if "path" in request:
        return Path(request["path"])
    return io.BufferedReader(RemoteFile(read, request["size"], request["name"]), READ_AHEAD)


class RemoteFile(io.RawIOBase):
    """A file that the daemon reads for us, as a file object that can seek."""

    def __init__(self, read: Read, size: int, name: str) -> None:
        """``size`` in bytes; ``name`` for messages."""
        self._read = read
        self._size = size
        self._at = 0
        self.name = name

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; the daemon is asked only when bytes are read."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Fill the buffer from the daemon."""
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._read(self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
