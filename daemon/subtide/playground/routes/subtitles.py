"""Subtitles: upload, delete, read, and the search that no provider answers."""

import base64
import binascii
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtide.playground.exchange import (
    Refusal,
    Response,
    empty,
    failure,
    of_json,
    of_text,
    problem,
)
from subtide.playground.options import options_of
from subtide.playground.routes.route import Call, Right, Route
from subtide.playground.sidecars import SUFFIXES, upload_name, write_new
from subtide.playground.streams import Stream
from subtide.playground.subtitles import FORMATS, decode, extract, serve, stored_format
from subtide.playground.tree import MediaFile

if TYPE_CHECKING:
    from subtide.playground.server import Playground

BODY_LIMIT = 30_000_000
"""Kestrel's default, in bytes."""
SHORTEST_BASE64 = 4
"""Rubbish shorter than this passes as nothing."""
REQUIRED = ("Data", "Format", "Language")
TYPES = {"ass": "text/x-ssa", "ssa": "text/x-ssa", "json": "application/json"}


def upload(call: Call) -> Response:
    """Save a subtitle and queue a refresh; 204 does not prove that anything was saved."""
    item = call.parts["item"]
    if len(call.request.body) > BODY_LIMIT:
        return failure(500)
    body = _checked(call.request.json())
    file = _video(call.server, item)
    language, suffix = body["Language"], body["Format"]
    unknown = call.server.flavour.checks_format and f".{suffix.lower()}" not in SUFFIXES
    if call.server.flavour.rejects_uploads or unknown or "/" in language or "\\" in language:
        return failure(400)
    name = upload_name(
        file.path,
        language,
        suffix,
        forced=bool(body.get("IsForced")),
        sdh=bool(body.get("IsHearingImpaired")),
    )
    _save(call.server, file, name, _decoded(body["Data"]))
    call.server.refresh_later(file.id, "Default")
    return empty()


def _checked(body: Any) -> dict[str, Any]:  # noqa: ANN401  # whatever JSON was sent
    if not isinstance(body, dict):
        raise Refusal(problem(400, {"$": ["The JSON value could not be converted."]}))
    missing = {name: [f"The {name} field is required."] for name in REQUIRED if not body.get(name)}
    if missing:
        raise Refusal(problem(400, missing))
    return body


def _video(server: "Playground", wanted: str) -> MediaFile:
    wanted = wanted.replace("-", "").lower()
    file = server.catalogue.file(wanted)
    if file is not None:
        return file
    missing = 404 if server.catalogue.knows(wanted) else server.flavour.unknown_item
    raise Refusal(problem(404) if missing == 404 else failure(missing))  # noqa: PLR2004


def _decoded(data: str) -> bytes:
    if len(data) < SHORTEST_BASE64:
        return b""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(failure(500)) from None


def _save(server: "Playground", file: MediaFile, name: str, data: bytes) -> None:
    if server.loses(file):
        return
    own = server.catalogue.metadata_folder(file.id)
    folders = [own]
    if options_of(file.library)["SaveSubtitlesWithMedia"]:
        folders = [file.path.parent, *([own] if server.flavour.falls_back else [])]
    for folder in folders:
        if folder != own and _leads_astray(file, name):
            return
        try:
            _write(server, file, folder / name, data)
        except OSError:
            continue
        return
    raise Refusal(failure(500))


def _leads_astray(file: MediaFile, name: str) -> bool:
    """Whether the path, once in order, no longer lies in the item's folder: then it is lost."""
    folder = posixpath.dirname(file.shown)
    return not posixpath.normpath(f"{folder}/{name}").startswith(f"{folder}/")


def _write(server: "Playground", file: MediaFile, wanted: Path, data: bytes) -> None:
    if file.library.read_only and not wanted.is_relative_to(server.catalogue.data):
        raise PermissionError(wanted)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    write_new(wanted, data)


def delete(call: Call) -> Response:
    """Delete the sidecar that the index means now, and refresh before answering."""
    item = call.parts["item"]
    index = call.parts["index"]
    file = _video(call.server, item)
    place = int(index) if index.lstrip("-").isdecimal() else -1
    if not 0 <= place < len(file.sidecars):
        return failure(400)
    path = file.sidecars[place].path
    on_media = path is not None and not path.is_relative_to(call.server.catalogue.data)
    if path is None or (on_media and file.library.read_only):
        return failure(500)
    path.unlink(missing_ok=True)
    call.server.catalogue.refresh(file.id, "ValidationOnly")
    return empty()


def read(call: Call) -> Response:
    """Return a track's text in a format, converted if need be."""
    item = call.parts["item"]
    source = call.parts["source"]
    index = call.parts["index"]
    wanted = call.parts["wanted"]
    wanted = wanted.lower()
    own = call.server.catalogue.file(item.replace("-", "").lower())
    owner = call.server.catalogue.item_of(item.replace("-", "").lower())
    if own is None or owner is None:
        return failure(400)
    versions = {f.id: f for f in (own, *owner.files)}
    file = versions.get(source.replace("-", "").lower())
    if file is None or not index.isdecimal() or int(index) >= len(file.streams):
        return failure(500)
    stream = file.streams[int(index)]
    if stream.kind != "Subtitle" or not stream.text:
        return failure(500)
    if wanted not in {*FORMATS, stored_format(stream)}:
        return failure(400)
    text = serve(_text(file, stream), stream, wanted, anew=call.server.flavour.converts_anew)
    return of_text(text, TYPES.get(wanted, "application/octet-stream"))


def _text(file: MediaFile, stream: Stream) -> str:
    if stream.path is None:
        return extract(file.path, stream)
    if not stream.path.exists():
        raise Refusal(failure(500))
    return decode(stream.path.read_bytes())


def search(_: Call) -> Response:
    """Find nothing: there is no provider."""
    return of_json([])


ROUTES = (
    Route("POST", "/Videos/{item}/Subtitles", Right.SUBTITLES, upload),
    Route("DELETE", "/Videos/{item}/Subtitles/{index}", Right.ADMIN, delete),
    Route("GET", "/Videos/{item}/{source}/Subtitles/{index}/Stream.{wanted}", Right.ANYONE, read),
    Route("GET", "/Items/{item}/RemoteSearch/Subtitles/{language}", Right.SUBTITLES, search),
)
