"""Ways to the media, best first: the file itself, the server's audio of it, ranges over HTTP."""

import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from subtide.errors import MediaMissing, MediaUnreadable
from subtide.jellyfin.items import Source, Track, TrackKind

SAMPLE = 1 << 20
"""Bytes of each part of a file that its fingerprint reads."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """The file itself, links resolved."""

    path: Path


@dataclass(frozen=True, slots=True)
class ServerFlac:
    """The audio track that the server's own ffmpeg picks, as FLAC."""

    source_id: str
    duration: float
    """Seconds that it must have; the server may end early without a word. 0: unknown."""


@dataclass(frozen=True, slots=True)
class ServerRanges:
    """The raw file, read over HTTP by ranges."""

    source_id: str
    size: int
    """Bytes."""


class Sizes(Protocol):
    """Who knows how large a source is: ``Jellyfin``."""

    def size(self, source_id: str) -> int:
        """Return the bytes of the raw file."""
        ...


Way = LocalFile | ServerFlac | ServerRanges


class MediaAccess:
    """Which way leads to a source's media.

    ``mappings`` are pairs of a folder as the server names it and the same folder here; with
    any, only files below them are opened, without any a path is tried as it is.
    ``allow_remote`` lets .strm and network sources through, by way of the server.
    """

    def __init__(
        self, mappings: Iterable[tuple[str, Path]] = (), *, allow_remote: bool = False
    ) -> None:
        pairs = [(_parts(theirs), ours) for theirs, ours in mappings]
        self._mappings = sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)
        self._allow_remote = allow_remote

    def local_path(self, source: Source) -> Path | None:
        """Return the source's file here, links resolved, or None if it cannot be had.

        None as well for what is no regular file, for a link out of every mapped folder, and
        for a file of another size than the server's: that is another file.
        """
        if source.remote or source.disc or source.placeholder or not source.path:
            return None
        found = self._here(source.path)
        if found is None:
            return None
        try:
            path = found.resolve(strict=True)
            facts = path.stat()
        except (OSError, RuntimeError, ValueError):  # a circle of links, a NUL in the path
            return None
        same = stat.S_ISREG(facts.st_mode) and source.size in {0, facts.st_size}
        return path if same and self._allowed(path) else None

    def is_away(self, source: Source) -> bool:
        """Whether a source's folder is mapped to here and its file is not in it: an empty mount."""
        here = self._here(source.path) if self._mappings else None
        try:
            return here is not None and not here.exists()
        except OSError:  # a mount that is dead
            return True

    def beside(self, source: Source, name: str) -> Path | None:
        """Return where a file of this name lies, or would lie, beside the source's media here.

        That is the folder in which the server lists the media, even if the media is a link to
        elsewhere. None when the media is not here, when the folder is a link out of every
        mapped one, and for a name that leads to another folder.
        """
        listed = self._here(source.path)
        plain = name not in {"", ".", ".."} and not set(name) & {"/", "\0"}
        if listed is None or not plain or self.local_path(source) is None:
            return None
        folder = listed.parent.resolve()
        return folder / name if self._allowed(folder) else None

    def ways(self, source: Source, *, server_default: bool, server: Sizes) -> Iterator[Way]:
        """Yield the ways to a source's media, best first: take the next when one fails.

        ``server_default``: the wanted audio track is the one of ``picked_by_server``. The
        server is asked for a size only if its listing told none and the way is reached.
        Raises MediaMissing for discs, placeholders and, unless allowed, remote sources.
        """
        self._check(source)
        path = self.local_path(source)
        if path is not None:
            yield LocalFile(path)
        if server_default:
            yield ServerFlac(source.id, source.duration)
        yield ServerRanges(source.id, source.size or server.size(source.id))

    def _check(self, source: Source) -> None:
        if source.disc:
            raise MediaMissing(f"{source.name} is a disc", "disc folders and images are not read")
        if source.placeholder:
            fix = "it is looked at again when the file is there"
            raise MediaMissing(f"{source.name} is a placeholder or still being recorded", fix)
        if source.remote and not self._allow_remote:
            raise MediaMissing(f"{source.name} lies elsewhere (.strm)", "allow remote sources")

    def _here(self, path: str) -> Path | None:
        if not self._mappings:
            return Path(path) if path.startswith("/") else None
        parts = _parts(path)
        for theirs, ours in self._mappings:
            if parts[: len(theirs)] == theirs:
                return ours.joinpath(*parts[len(theirs) :])
        return None

    def _allowed(self, path: Path) -> bool:
        roots = [ours.resolve() for _, ours in self._mappings]
        return not roots or any(path.is_relative_to(root) for root in roots)


def picked_by_server(source: Source) -> Track | None:
    """Return the audio track that ffmpeg takes by itself: flagged default, most channels, first.

    The server's audio stream takes no other, whatever index it is asked for. None when an
    external audio track makes the choice uncertain.
    """
    if any(track.kind is TrackKind.AUDIO and track.external for track in source.tracks):
        return None
    return max(source.audio, key=lambda track: (track.default, track.channels), default=None)


def stream_words(source: Source) -> tuple[str, ...]:
    """Describe the pictures and sounds inside the file, for its fingerprint.

    Subtitles are left out: a sidecar or a library option must not make it another file.
    """
    return tuple(
        f"{track.kind} {track.codec} {track.language or ''} {track.channels}"
        for track in source.tracks
        if track.kind is not TrackKind.SUBTITLE and not track.external
    )


def fingerprint(
    read: Callable[[int, int], bytes], size: int, duration: float, streams: Iterable[str]
) -> str:
    """Return the name of a file's content, 64 hex digits, the same wherever it lies.

    It hashes size, duration (to the millisecond), streams and the first, middle and last MiB;
    ``read(offset, size)`` gives bytes. Raises MediaUnreadable for an empty file, and for one
    shorter than ``size``.
    """
    if size <= 0:
        raise MediaUnreadable("the media file is empty", "replace the file")
    digest = hashlib.sha256(f"{size} {duration:.3f} {list(streams)}\n".encode())
    length = min(SAMPLE, size)
    for offset in (0, (size - length) // 2, size - length):
        sample = read(offset, length)
        if len(sample) != length:
            what = f"the media file ends before byte {offset + length} of {size}"
            raise MediaUnreadable(what, "wait until it is copied whole, then scan the library")
        digest.update(sample)
    return digest.hexdigest()


def _parts(path: str) -> tuple[str, ...]:
    r"""Split a server's path; ``D:\media`` and ``//nas/share`` too."""
    windows = "\\" in path and not path.startswith("/")
    return tuple(part for part in (path.replace("\\", "/") if windows else path).split("/") if part)
