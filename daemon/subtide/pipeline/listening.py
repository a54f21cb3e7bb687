"""Listening: the media of a plan by whatever way leads to it, as a speech map and blocks.

Media enters as a fingerprint, so that a renamed file costs nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from subtide.errors import (
    BeingWatched,
    MediaMissing,
    MediaUnreadable,
    NoUsableAudio,
    ServerFailed,
    ServerUnreachable,
    SubtideError,
)
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source, Track
from subtide.jellyfin.media import (
    LocalFile,
    ServerFlac,
    ServerRanges,
    Way,
    fingerprint,
    picked_by_server,
    stream_words,
)
from subtide.pipeline.stage import Reader, Result, Tools, Work
from subtide.storage.artifacts import artifact_key

VERSION = 1
WHOLE = 0.9
"""The share of the stated duration that the server's FLAC must have: it may end early."""
LATE_SECONDS = 0.1
"""How late the audio may begin for the server's FLAC to do: it has no time stamps, so every cue
would come too early by that."""
BYTES_PER_SECOND = 64_000
"""What the spool of samples and the blocks of FLAC take at most, for the check of the disk."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listening:
    """What is listened to for a task, and what is wanted of it."""

    work: Work
    tools: Tools
    source: Source
    track: Track
    block_seconds: float | None
    """Length of the blocks that are kept; None: the speech map alone is wanted."""

    @property
    def server(self) -> Jellyfin:
        """Who serves the source."""
        return self.tools.server(self.work.plan.server)

    @property
    def size(self) -> float:
        """Bytes that decoding takes on disk, at most."""
        return self.source.duration * BYTES_PER_SECOND


def listen(to: Listening) -> Result:
    """Return duration, frame rate, spans of speech, the blocks and the key of all that.

    Raises:
        NoUsableAudio: nobody speaks.
        BeingWatched: only the server's own audio is left, and people watch there.
        MediaMissing, MediaUnreadable, RetryLater: no way leads to audio.
    """
    plan, tools, source = to.work.plan, to.tools, to.source
    default = to.track == picked_by_server(source)
    ways = tools.media(plan.server).ways(source, server_default=default, server=to.server)
    if not (default and tools.busy(plan.server)):
        return _by_any(ways, to)
    try:
        return _by_any((way for way in ways if not isinstance(way, ServerFlac)), to)
    except MediaMissing as error:
        raise BeingWatched(
            f"{plan.server_name} is not asked to convert {source.name} while people watch",
            f"it is asked when nobody does; until then: {error.what}",
        ) from error


def _by_any(ways: Iterable[Way], to: Listening) -> Result:
    """Take the first way that leads to audio with speech in it."""
    problem: SubtideError = MediaMissing(f"no way leads to {to.source.path}")
    for way in ways:
        try:
            result = _by(way, to)
        except MediaMissing as error:
            problem = error
        except (MediaUnreadable, ServerFailed, ServerUnreachable) as error:
            if not isinstance(way, ServerFlac):
                raise
            problem = error
        else:
            if not result["spans"]:
                raise NoUsableAudio(f"no speech was heard in {to.source.name}")
            return result
        log.info("another way to the media is tried", title=to.work.plan.title, what=problem.what)
    raise problem


def _by(way: Way, to: Listening) -> Result:
    """Decode by one way, unless this media was decoded before, by whatever way and name."""
    source, artifacts = to.source, to.tools.artifacts
    raw = way if isinstance(way, LocalFile) else _ranges(to)
    words = stream_words(source)
    media = fingerprint(_reader(raw, to.server), _size(raw), source.duration, words)
    options = {"track": to.track.ordinal, "block_seconds": to.block_seconds}
    key = artifact_key("prepare", VERSION, [media], options)
    if not _is_whole(key, to.tools):
        request = {"name": to.work.plan.title, **options}
        with artifacts.scratch(round(to.size)) as scratch:
            request["folder"] = str(scratch)
            if isinstance(way, ServerFlac):
                answer = _decoded_flac(_ranges(to), request, to)
            else:
                answer = _decoded_raw(raw, request, to)
            _keep(key, answer, to.tools, scratch)
    result: Result = json.loads(artifacts.read(key))
    return result


def _is_whole(key: str, tools: Tools) -> bool:
    """Whether the blocks are there too: they go when nobody waits for them any more."""
    if not tools.artifacts.has(key):
        return False
    blocks = json.loads(tools.artifacts.read(key))["blocks"]
    return all(tools.artifacts.has(block["key"]) for block in blocks)


def _decoded_flac(raw: ServerRanges, request: dict[str, Any], to: Listening) -> Result:
    work, source = to.work, to.source
    late = work.compute("lead", {**request, "size": raw.size}, read=_reader(raw, to.server))
    if late["seconds"] > LATE_SECONDS:
        raise MediaUnreadable(f"the audio begins {late['seconds']:.1f} s after the film")
    flac = Path(request["folder"]) / "server.flac"
    to.server.audio_flac(source, flac, lambda _bytes: work.report(0.0))
    answer = work.compute("decode", {**request, "path": str(flac), "track": 0})
    if answer["duration"] < WHOLE * source.duration:
        raise MediaUnreadable(
            f"the server sent {answer['duration']:.0f} of {source.duration:.0f} s of audio",
            "look into the server's transcoding log",
        )
    return answer


def _decoded_raw(raw: LocalFile | ServerRanges, request: dict[str, Any], to: Listening) -> Result:
    if isinstance(raw, LocalFile):
        return to.work.compute("decode", {**request, "path": str(raw.path)})
    read = _reader(raw, to.server)
    return to.work.compute("decode", {**request, "size": raw.size}, read=read)


def _keep(key: str, answer: Result, tools: Tools, scratch: Path) -> None:
    blocks = []
    for number, block in enumerate(answer["blocks"]):
        block_key = artifact_key("block", VERSION, [key], {"number": number})
        tools.artifacts.adopt(block_key, "block", "audio/flac", scratch / block["file"])
        blocks.append({"start": block["start"], "end": block["end"], "key": block_key})
    facts = {name: answer[name] for name in ("duration", "frame_rate", "spans")}
    result = {**facts, "key": key, "blocks": blocks}
    tools.artifacts.write(key, "prepare", "application/json", json.dumps(result).encode())


def _ranges(to: Listening) -> ServerRanges:
    source = to.source
    return ServerRanges(source.id, source.size or to.server.size(source.id))


def _size(raw: LocalFile | ServerRanges) -> int:
    return raw.path.stat().st_size if isinstance(raw, LocalFile) else raw.size


def _reader(raw: LocalFile | ServerRanges, server: Jellyfin) -> Reader:
    if isinstance(raw, ServerRanges):
        return lambda offset, size: server.range(raw.source_id, offset, size)
    path = raw.path

    def read(offset: int, size: int) -> bytes:
        try:
            with path.open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except OSError as error:
            raise MediaMissing(
                f"{path} cannot be read ({error.strerror})",
                "check the mount, and that Subtide's user may read it",
            ) from None

    return read
