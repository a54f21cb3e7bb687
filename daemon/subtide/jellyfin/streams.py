"""Media over HTTP: ranges of the raw file, and the audio that the server's ffmpeg picks."""

import re
import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from subtide.errors import MediaMissing, ServerFailed
from subtide.jellyfin import routes
from subtide.jellyfin.answers import Answer, BadRequest, NotFound
from subtide.jellyfin.items import Source
from subtide.jellyfin.transport import RAW_HEADERS, Transport

CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
PAST_THE_END = frozenset({HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE.value})


def read_range(transport: Transport, source_id: str, offset: int, size: int) -> bytes:
    """Return up to ``size`` bytes from ``offset`` of the raw file; none past its end."""
    if size <= 0:
        return b""
    answer = _ranged(transport, source_id, offset, offset + size - 1)
    if answer.status in PAST_THE_END:
        return b""
    begin, _ = _place(answer)
    if begin != offset or len(answer.content) > size:
        raise _unranged(f"{answer.call} was answered with another range than asked for")
    return answer.content


def total_size(transport: Transport, source_id: str) -> int:
    """Return the bytes of the raw file."""
    answer = _ranged(transport, source_id, 0, 0)
    _, total = _place(answer)
    if total is None:
        raise _unranged(f"{answer.call} has no known size")
    return total


def save_flac(
    transport: Transport,
    source: Source,
    destination: Path,
    progress: Callable[[int], None],
    device: str,
) -> None:
    """Write the audio that the server picks as FLAC; ``progress`` gets the bytes so far.

    A file that was begun is removed when an error ends it, ``progress``'s own included.
    """
    path, query = routes.flac(source.id, device, uuid.uuid4().hex)
    try:
        with transport.stream(path, query) as chunks, destination.open("wb") as file:
            _copy(chunks, file, progress)
    except (BadRequest, NotFound) as error:
        raise MediaMissing(error.what, "scan the library in Jellyfin") from error
    except BaseException:
        destination.unlink(missing_ok=True)
        raise


def _copy(chunks: Iterator[bytes], file: BinaryIO, progress: Callable[[int], None]) -> None:
    written = 0
    for chunk in chunks:
        file.write(chunk)
        written += len(chunk)
        progress(written)
    if not written:
        fix = "look into the server's transcoding log"
        raise ServerFailed("the server sent no audio", fix)


def _ranged(transport: Transport, source_id: str, first: int, last: int) -> Answer:
    path, query = routes.raw(source_id)
    headers = RAW_HEADERS | {"Range": f"bytes={first}-{last}"}
    try:
        answer = transport.send("GET", path, params=query, headers=headers, allowed=PAST_THE_END)
    except (BadRequest, NotFound) as error:
        raise MediaMissing(error.what, "scan the library in Jellyfin") from error
    if answer.status == HTTPStatus.OK:
        raise _unranged(f"{answer.call} was answered with the whole, not with a range")
    return answer


def _place(answer: Answer) -> tuple[int, int | None]:
    """Return where a range begins, and the size of the whole if the server knows it."""
    match = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if match is None:
        raise _unranged(f"{answer.call} was answered without a usable Content-Range")
    return int(match[1] or 0), None if match[2] == "*" else int(match[2])


def _unranged(what: str) -> MediaMissing:
    fix = "disc folders and live streams cannot be read so; a proxy must pass ranges on"
    return MediaMissing(what, fix)
