"""prepare: make the origin ready. Audio becomes speech blocks, a text subtitle its bytes.

In: the plan's origin and the ways to the media. Out: blocks of 16 kHz mono FLAC and the speech
map, or the subtitle's text, as artifacts. Media enters as a fingerprint, so that a renamed file
costs nothing.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from subtide.errors import (
    BeingWatched,
    MediaMissing,
    MediaUnreadable,
    NoUsableAudio,
    RetryLater,
    ServerFailed,
    ServerUnreachable,
    SubtideError,
)
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source
from subtide.jellyfin.media import (
    LocalFile,
    ServerFlac,
    ServerRanges,
    Way,
    fingerprint,
    picked_by_server,
    stream_words,
)
from subtide.pipeline.plan import AudioOrigin, TextOrigin
from subtide.pipeline.source import current_source, find_audio_track, find_text_track
from subtide.pipeline.stage import Reader, Result, Tools, Work
from subtide.storage.artifacts import artifact_key

VERSION = 1
MOVED_SECONDS = 5.0
"""When a text is read again that moved in the list while it was read."""
WHOLE = 0.9
"""The share of the stated duration that the server's FLAC must have: it may end early."""
LATE_SECONDS = 0.1
"""How late the audio may begin for the server's FLAC to do: it has no time stamps, so every cue
would come too early by that."""
BYTES_PER_SECOND = 64_000
"""What the spool of samples and the blocks of FLAC take at most, for the check of the disk."""

log = structlog.get_logger()


def prepare(work: Work, tools: Tools) -> Result:
    """Run the stage for either kind of origin.

    Raises:
        SkipSource: the media, the track or the text cannot be used, and why.
        RetryLater: the server or the disk is not ready, or only the server's own audio is left
        while people watch there.
    """
    if isinstance(work.plan.origin, TextOrigin):
        return _text(work, tools, work.plan.origin)
    return _audio(work, tools, work.plan.origin)


def _text(work: Work, tools: Tools, origin: TextOrigin) -> Result:
    server = tools.server(work.plan.server)
    source = current_source(server, work.plan)
    track = find_text_track(source, origin)
    form = "ass" if track.codec in {"ass", "ssa"} else "srt"
    data = server.subtitle(source, track.index, form)
    # Indexes shift when a sidecar comes or goes: what was read is the track only if it still
    # stands where it stood.
    again = find_text_track(current_source(server, work.plan), origin)
    if again.index != track.index:
        raise RetryLater("the item's subtitles changed while one was read", after=MOVED_SECONDS)
    key = artifact_key("text", VERSION, [], {"sha256": sha256(data).hexdigest()})
    tools.artifacts.write(key, "text", "text/plain", data)
    return {"key": key, "format": form, "language": origin.language}


def _audio(work: Work, tools: Tools, origin: AudioOrigin) -> Result:
    server = tools.server(work.plan.server)
    source = current_source(server, work.plan)
    default = find_audio_track(source, origin) == picked_by_server(source)
    ways = tools.media(work.plan.server).ways(source, server_default=default, server=server)
    if not (default and tools.busy(work.plan.server)):
        return _by_any(ways, source, work, tools)
    try:
        others = (way for way in ways if not isinstance(way, ServerFlac))
        return _by_any(others, source, work, tools)
    except MediaMissing as error:
        raise BeingWatched(
            f"{work.plan.server_name} is not asked to convert {source.name} while people watch",
            f"it is asked when nobody does; until then: {error.what}",
        ) from error


def _by_any(ways: Iterable[Way], source: Source, work: Work, tools: Tools) -> Result:
    """Take the first way that leads to audio with speech in it."""
    problem: SubtideError = MediaMissing(f"no way leads to {source.path}")
    for way in ways:
        try:
            result = _by(way, source, work, tools)
        except MediaMissing as error:
            problem = error
        except (MediaUnreadable, ServerFailed, ServerUnreachable) as error:
            if not isinstance(way, ServerFlac):
                raise
            problem = error
        else:
            if not result["blocks"]:
                raise NoUsableAudio(f"no speech was heard in {source.name}")
            return result
        log.info("another way to the media is tried", title=work.plan.title, what=problem.what)
    raise problem


def _by(way: Way, source: Source, work: Work, tools: Tools) -> Result:
    """Decode by one way, unless this media was decoded before, by whatever way and name."""
    server = tools.server(work.plan.server)
    raw = way if isinstance(way, LocalFile) else _ranges(source, server)
    media = fingerprint(_reader(raw, server), _size(raw), source.duration, stream_words(source))
    request = _request(work)
    options = {name: request[name] for name in ("track", "block_seconds")}
    key = artifact_key("prepare", VERSION, [media], options)
    if not _is_whole(key, tools):
        with tools.artifacts.scratch(round(source.duration * BYTES_PER_SECOND)) as scratch:
            request["folder"] = str(scratch)
            if isinstance(way, ServerFlac):
                head = _ranges(source, server)
                answer = _decoded_flac(head, source, request, work, tools)
            else:
                answer = _decoded_raw(raw, request, work, tools)
            _keep(key, answer, tools, scratch)
    result: Result = json.loads(tools.artifacts.read(key))
    return result


def _is_whole(key: str, tools: Tools) -> bool:
    """Whether the blocks are there too: they go when nobody waits for them any more."""
    if not tools.artifacts.has(key):
        return False
    blocks = json.loads(tools.artifacts.read(key))["blocks"]
    return all(tools.artifacts.has(block["key"]) for block in blocks)


def _decoded_flac(
    raw: ServerRanges, source: Source, request: dict[str, Any], work: Work, tools: Tools
) -> dict[str, Any]:
    server = tools.server(work.plan.server)
    late = work.compute("lead", {**request, "size": raw.size}, read=_reader(raw, server))
    if late["seconds"] > LATE_SECONDS:
        raise MediaUnreadable(f"the audio begins {late['seconds']:.1f} s after the film")
    flac = Path(request["folder"]) / "server.flac"
    server.audio_flac(source, flac, lambda _bytes: work.report(0.0))
    answer = work.compute("decode", {**request, "path": str(flac), "track": 0})
    if answer["duration"] < WHOLE * source.duration:
        raise MediaUnreadable(
            f"the server sent {answer['duration']:.0f} of {source.duration:.0f} s of audio",
            "look into the server's transcoding log",
        )
    return answer


def _decoded_raw(
    raw: LocalFile | ServerRanges, request: dict[str, Any], work: Work, tools: Tools
) -> dict[str, Any]:
    if isinstance(raw, LocalFile):
        return work.compute("decode", {**request, "path": str(raw.path)})
    read = _reader(raw, tools.server(work.plan.server))
    return work.compute("decode", {**request, "size": raw.size}, read=read)


def _request(work: Work) -> dict[str, Any]:
    origin = work.plan.origin
    assert isinstance(origin, AudioOrigin)  # noqa: S101 - the caller's branch
    return {
        "name": work.plan.title,
        "track": origin.ordinal,
        "block_seconds": work.plan.speech.block_seconds,
    }


def _keep(key: str, answer: dict[str, Any], tools: Tools, scratch: Path) -> None:
    blocks = []
    for number, block in enumerate(answer["blocks"]):
        block_key = artifact_key("block", VERSION, [key], {"number": number})
        tools.artifacts.adopt(block_key, "block", "audio/flac", scratch / block["file"])
        blocks.append({"start": block["start"], "end": block["end"], "key": block_key})
    facts = {name: answer[name] for name in ("duration", "frame_rate", "spans")}
    result = {**facts, "key": key, "blocks": blocks}
    tools.artifacts.write(key, "prepare", "application/json", json.dumps(result).encode())


def _ranges(source: Source, server: Jellyfin) -> ServerRanges:
    return ServerRanges(source.id, source.size or server.size(source.id))


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
