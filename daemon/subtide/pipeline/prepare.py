"""prepare: make the origin ready. Audio becomes speech blocks, a text subtitle its bytes.

In: the plan's origin and the ways to the media. Out: blocks of 16 kHz mono FLAC and the speech
map, or the subtitle's text, as artifacts. Media enters as a fingerprint, so that a renamed file
costs nothing.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from subtide.errors import (
    MediaMissing,
    MediaUnreadable,
    NoUsableAudio,
    OriginUnreadable,
    ServerFailed,
)
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source
from subtide.jellyfin.media import (
    LocalFile,
    ServerFlac,
    ServerRanges,
    Way,
    fingerprint,
    stream_words,
)
from subtide.pipeline.plan import AudioOrigin, TextOrigin
from subtide.pipeline.source import current_source, find_audio_track, find_text_track
from subtide.pipeline.stage import Reader, Result, Tools, Work
from subtide.storage.artifacts import artifact_key

VERSION = 1
WHOLE = 0.9
"""The share of the stated duration that the server's FLAC must have: it may end early."""
FLAC_BYTES_PER_SECOND = 20_000
"""What 16 kHz mono FLAC takes at most, for the check of the disk."""

log = structlog.get_logger()


def prepare(work: Work, tools: Tools) -> Result:
    """Run the stage for either kind of origin.

    Raises:
        SkipSource: the media, the track or the text cannot be used, and why.
        RetryLater: the server or the disk is not ready.
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
        raise OriginUnreadable("the item's subtitles changed while one was read")
    key = artifact_key("text", VERSION, [], {"sha256": sha256(data).hexdigest()})
    tools.artifacts.write(key, "text", "text/plain", data)
    return {"key": key, "format": form, "language": origin.language}


def _audio(work: Work, tools: Tools, origin: AudioOrigin) -> Result:
    server = tools.server(work.plan.server)
    source = current_source(server, work.plan)
    track = find_audio_track(source, origin)
    way = tools.media(work.plan.server).open_way(source, track, server.size)
    raw = way if isinstance(way, LocalFile) else _ranges(source, server)
    read = _reader(raw, server)
    media = fingerprint(read, _size(raw), source.duration, stream_words(source))
    options = {"track": origin.ordinal, "block_seconds": work.plan.speech.block_seconds}
    key = artifact_key("prepare", VERSION, [media], options)
    if not tools.artifacts.has(key):
        with tools.artifacts.scratch(round(source.duration * FLAC_BYTES_PER_SECOND)) as scratch:
            _keep(key, _decoded(way, raw, source, work, tools, scratch), tools, scratch)
    result: Result = json.loads(tools.artifacts.read(key))
    if not result["blocks"]:
        raise NoUsableAudio(f"no speech was heard in {source.name}")
    return result


def _decoded(  # noqa: PLR0913, PLR0917 - the two ways, and where from and to
    way: Way,
    raw: LocalFile | ServerRanges,
    source: Source,
    work: Work,
    tools: Tools,
    scratch: Path,
) -> dict[str, Any]:
    if isinstance(way, ServerFlac):
        try:
            return _decoded_flac(source, work, tools, scratch)
        except (MediaUnreadable, ServerFailed):
            log.info("the server's audio is not whole, reading the file", title=work.plan.title)
    return _decoded_raw(raw, work, tools, scratch)


def _decoded_flac(source: Source, work: Work, tools: Tools, scratch: Path) -> dict[str, Any]:
    flac = scratch / "server.flac"
    tools.server(work.plan.server).audio_flac(source, flac, lambda _bytes: work.report(0.0))
    request = {**_request(work, scratch), "path": str(flac), "track": 0}
    answer = work.compute("decode", request)
    if answer["duration"] < WHOLE * source.duration:
        raise MediaUnreadable(
            f"the server sent {answer['duration']:.0f} of {source.duration:.0f} s of audio",
            "look into the server's transcoding log",
        )
    return answer


def _decoded_raw(
    raw: LocalFile | ServerRanges, work: Work, tools: Tools, scratch: Path
) -> dict[str, Any]:
    request = _request(work, scratch)
    if isinstance(raw, LocalFile):
        return work.compute("decode", {**request, "path": str(raw.path)})
    read = _reader(raw, tools.server(work.plan.server))
    return work.compute("decode", {**request, "size": raw.size}, read=read)


def _request(work: Work, scratch: Path) -> dict[str, Any]:
    origin = work.plan.origin
    assert isinstance(origin, AudioOrigin)  # noqa: S101 - the caller's branch
    return {
        "name": work.plan.title,
        "track": origin.ordinal,
        "folder": str(scratch),
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
