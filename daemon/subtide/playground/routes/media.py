"""Media: the raw file with ranges, and its default track as FLAC."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from subtide.errors import SkipSource
from subtide.playground.audio import to_flac
from subtide.playground.exchange import (
    CHUNK,
    Part,
    Refusal,
    Request,
    Response,
    empty,
    failure,
)
from subtide.playground.routes.route import Call, Right, Route
from subtide.playground.tree import MediaFile

if TYPE_CHECKING:
    from subtide.playground.server import Playground

TYPES = {".mkv": "video/x-matroska", ".mp4": "video/mp4", ".webm": "video/webm"}
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def _file(server: "Playground", request: Request, item: str) -> MediaFile:
    """Return the version meant: mediaSourceId, compared to the letter, or the item itself."""
    own = server.catalogue.file(item.replace("-", "").lower())
    owner = server.catalogue.item_of(item.replace("-", "").lower())
    if own is None or owner is None:
        raise Refusal(failure(400))
    wanted = request.first("mediaSourceId") or own.id
    versions = {f.id: f for f in (own, *owner.files)}
    if wanted not in versions or not versions[wanted].path.exists():
        raise Refusal(failure(404))
    return versions[wanted]


def _send(request: Request, file: MediaFile, headers: dict[str, str] | None = None) -> Response:
    kind = TYPES.get(file.path.suffix.lower(), "application/octet-stream")
    size = file.path.stat().st_size
    headers = {"Content-Type": kind, "Accept-Ranges": "bytes", **(headers or {})}
    wanted = RANGE.match(request.headers.get("Range") or "")
    if wanted is None or wanted.groups() == ("", ""):
        return Response(200, headers=headers, part=Part(file.path, 0, size))
    first, last = wanted.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size or end <= start:
        return Response(416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(206, headers=headers, part=Part(file.path, start, end))


def video(call: Call) -> Response:
    """Send the raw file; anything but static=true would be a transcode, which is not here."""
    item = call.parts["item"]
    file = _file(call.server, call.request, item)
    return _send(call.request, file) if call.request.flag("static") else failure(500)


def download(call: Call) -> Response:
    """Send the raw file with its name."""
    item = call.parts["item"]
    file = _file(call.server, call.request, item)
    name = file.path.name
    disposition = f'attachment; filename="{name.encode("ascii", "replace").decode()}"'
    disposition += f"; filename*=UTF-8''{quote(name)}"
    return _send(call.request, file, {"Content-Disposition": disposition})


def raw(call: Call) -> Response:
    """Send the raw file; of a .strm the text."""
    item = call.parts["item"]
    return _send(call.request, _file(call.server, call.request, item))


def audio(call: Call) -> Response:
    """Send the default track as FLAC: audioStreamIndex is ignored, as the server does."""
    item = call.parts["item"]
    container = call.parts["container"]
    file = _file(call.server, call.request, item)
    if container.lower() != "flac":
        return failure(500)
    rate = call.request.number("audioSampleRate", 0) or None
    channels = (
        call.request.number("audioChannels", 0)
        or call.request.number("maxAudioChannels", 0)
        or None
    )
    try:
        data = to_flac(file.path, rate, channels)
    except SkipSource:
        return failure(500)
    call.server.transcodes[call.request.first("deviceId") or ""] = {
        "AudioCodec": "flac",
        "Container": "flac",
        "IsVideoDirect": False,
        "IsAudioDirect": False,
        "Bitrate": 192_000,
        "AudioChannels": channels or 1,
        "HardwareAccelerationType": "none",
        "TranscodeReasons": [],
    }
    headers = {"Content-Type": "audio/flac", "Accept-Ranges": "none"}
    return Response(200, headers=headers, pieces=_pieces(data))


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))


def stop_encoding(call: Call) -> Response:
    """End a transcode."""
    call.server.transcodes.pop(call.request.first("deviceId") or "", None)
    return empty()


ROUTES = (
    Route("GET HEAD", "/Videos/{item}/stream", Right.ANYONE, video),
    Route("GET", "/Items/{item}/Download", Right.SIGNED_IN, download),
    Route("GET", "/Items/{item}/File", Right.SIGNED_IN, raw),
    Route("GET HEAD", "/Audio/{item}/stream.{container}", Right.ANYONE, audio),
    Route("DELETE", "/Videos/ActiveEncodings", Right.SIGNED_IN, stop_encoding),
)
