"""Every answer that two real servers gave is given to the call that would send its request.

``CASES`` says which call that is, and what has to come of it: a value, or a typed error.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from scripted import Reply, Script

from subtide.errors import (
    ItemGone,
    KeyRejected,
    MediaMissing,
    ServerFailed,
    UploadRefused,
    WrongAddress,
)
from subtide.jellyfin.answers import KEY_RIGHTS, BadRequest
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Item, Source, TrackKind

RECORDED = Path(__file__).parents[1] / "data/jellyfin/recorded"
OLD, NEW = "10.11.11", "12.0.0-rc5"
FOR_OTHERS = frozenset({"websocket"})
"""Recordings that are no answer to a request."""
VIDEOS = frozenset({"Movie", "Episode", "Video", "MusicVideo"})
STREAMS = {str(kind).capitalize() for kind in TrackKind}


@dataclass(frozen=True)
class Recording:
    """One request and its answer."""

    server: str
    method: str
    path: str
    query: Mapping[str, str]
    sent: Any
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def reply(self) -> Reply:
        return Reply(self.status, self.content, dict(self.headers))

    @property
    def body(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.content)

    @property
    def ids(self) -> list[str]:
        return re.findall(r"[0-9a-f]{32}", self.path)

    @property
    def index(self) -> int:
        """The number of the subtitle in the path."""
        return int(re.findall(r"/Subtitles/(\d+)", self.path)[0])

    @property
    def source(self) -> Source:
        """The source in the path."""
        one = self.ids[-1]
        return Source(one, one, "", "", "", 0, 0.0, False, False, False, ())  # noqa: FBT003


@cache
def load(server: str, name: str) -> Recording:
    told = json.loads((RECORDED / server / f"{name}.json").read_text("utf-8"))
    request, url = told["request"], urlsplit(told["request"]["url"])
    content = told.get("text", "").encode() or b"\0" * int(told.get("bytes", 0))
    if "body" in told:
        content = json.dumps(told["body"]).encode()
    return Recording(
        server,
        request["method"],
        url.path,
        dict(parse_qsl(url.query)),
        request.get("json"),
        told["status"],
        told["headers"],
        content,
    )


# the calls


def send(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    """What no method sends: through the transport."""
    answer = jellyfin.transport.send(
        told.method, told.path.lstrip("/"), params=told.query, json=told.sent
    )
    return answer.content


def stream(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    with jellyfin.transport.stream(told.path.lstrip("/"), told.query) as chunks:
        return b"".join(chunks)


def first_page(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    """The first page of a listing; the same answer then serves for what is in its items."""
    entries = next(jellyfin.listing(library=told.query.get("parentId")).pages())
    return jellyfin.items([entry.id for entry in entries if entry.wanted])


def by_id(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    return jellyfin.items(told.query["ids"].split(","))


def parts(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    item = Item(told.ids[0], "", "Movie", "", "", "", None, None, None, "", (), parts=2)
    return jellyfin.with_parts(item).sources


def read(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    return jellyfin.subtitle(told.source, told.index, told.path.rpartition(".")[2])


def upload(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    jellyfin.upload(
        told.ids[0],
        language_label=told.sent["Language"],
        format=told.sent["Format"],
        data=base64.b64decode(told.sent["Data"]),
        forced=told.sent["IsForced"],
        hearing_impaired=told.sent["IsHearingImpaired"],
    )
    return b""


def delete(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    jellyfin.delete_subtitle(told.ids[0], told.index)
    return b""


def refresh(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    jellyfin.refresh(told.ids[0])
    return b""


def hundred_bytes(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    return jellyfin.range(told.ids[0], 100, 100)


def past_the_end(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    return jellyfin.range(told.ids[0], 999_999_999, 10)


def size(jellyfin: Jellyfin, told: Recording, _folder: Path) -> object:
    return jellyfin.size(told.ids[0])


def flac(jellyfin: Jellyfin, told: Recording, folder: Path) -> object:
    jellyfin.audio_flac(told.source, folder / "a.flac", lambda _bytes: None)
    return (folder / "a.flac").read_bytes()


def ready(jellyfin: Jellyfin, _told: Recording, _folder: Path) -> object:
    return jellyfin.ready()


def libraries(jellyfin: Jellyfin, _told: Recording, _folder: Path) -> object:
    return jellyfin.libraries()


def rights(jellyfin: Jellyfin, _told: Recording, _folder: Path) -> object:
    return jellyfin.rights()


# what has to come of them


def same(value: Any, told: Recording) -> None:  # noqa: ANN401 - what the calls return
    """The content as it came."""
    assert value == told.content


def same_json(value: Any, told: Recording) -> None:  # noqa: ANN401
    assert json.loads(value) == told.body


def the_items(value: Any, told: Recording) -> None:  # noqa: ANN401
    """The videos in the answer, with every source and stream, and the parts of one of them."""
    videos = [entry for entry in told.body["Items"] if entry["Type"] in VIDEOS]
    assert [(item.id, item.name, item.etag) for item in value] == [
        (entry["Id"], entry["Name"], entry.get("Etag", "")) for entry in videos
    ]
    for item, entry in zip(value, videos, strict=True):
        further = load(told.server, "additional-parts").body["Items"] if item.parts > 1 else []
        sources = [s for e in (entry, *further) for s in e.get("MediaSources", [])]
        the_sources(item.sources, item.id, sources)


def the_sources(value: tuple[Source, ...], item: str, infos: list[dict[str, Any]]) -> None:
    assert [(one.id, one.name, one.path, one.size) for one in value] == [
        (info["Id"], info["Name"], info["Path"], info["Size"]) for info in infos
    ]
    assert {one.item for one in value} <= {item}
    for one, info in zip(value, infos, strict=True):
        streams = [s for s in info["MediaStreams"] if s["Type"] in STREAMS]
        assert [(t.index, t.codec, t.external, t.path) for t in one.tracks] == [
            (s["Index"], s["Codec"], s["IsExternal"], s.get("Path")) for s in streams
        ]


def the_parts(value: Any, told: Recording) -> None:  # noqa: ANN401
    (part,) = told.body["Items"]
    the_sources(value, told.ids[0], part["MediaSources"])
    assert value[0].name == "Parts (2017) part2"


def the_server(value: Any, told: Recording) -> None:  # noqa: ANN401
    public = load(told.server, "system-info-public").body
    assert (value.id, value.name, value.version_text) == (
        public["Id"],
        public["ServerName"],
        public["Version"],
    )


def the_libraries(value: Any, told: Recording) -> None:  # noqa: ANN401
    assert [(one.id, one.name, one.kind, one.folders) for one in value] == [
        (one["ItemId"], one["Name"], one["CollectionType"], tuple(one["Locations"]))
        for one in told.body
    ]


def nobody(value: Any, _told: Recording) -> None:  # noqa: ANN401
    assert value == KEY_RIGHTS


def nothing(value: Any, _told: Recording) -> None:  # noqa: ANN401
    assert value == b""


def the_total(value: Any, told: Recording) -> None:  # noqa: ANN401
    assert told.headers["Content-Range"].endswith(f"/{value}")


Call = Callable[[Jellyfin, Recording, Path], object]
Value = Callable[[Any, Recording], None]
Outcome = Value | type[Exception]

LIST = (first_page, the_items)
ITEM = (by_id, the_items)
SEND = (send, same_json)
TEXT = (read, same)
UPLOAD = (upload, nothing)
DONE = (send, nothing)
LEGACY: tuple[Call, dict[str, Outcome]] = (first_page, {OLD: the_items, NEW: KeyRejected})

CASES: dict[str, tuple[Call, Outcome | dict[str, Outcome]]] = {
    "system-info-public": (ready, the_server),
    "system-info": (ready, the_server),
    "health": (send, same),
    "ping": SEND,
    "unauthorized-no-token": (first_page, KeyRejected),
    "unauthorized-bad-token": (first_page, KeyRejected),
    "legacy-auth-x-emby-token": LEGACY,
    "legacy-auth-x-mediabrowser-token": LEGACY,
    "legacy-auth-api_key": LEGACY,
    "auth-ApiKey-query": LIST,
    "users": SEND,
    "users-me-with-api-key": (rights, nobody),
    "virtual-folders": (libraries, the_libraries),
    "scheduled-tasks": SEND,
    "cultures": SEND,
    "items-movies": LIST,
    "items-episodes": LIST,
    "items-movies-without-collapse-parameter": LIST,
    "items-all-without-collapse-parameter": LIST,
    "items-by-id-primary": ITEM,
    "items-by-id-alternate-version": ITEM,
    "items-by-id-unknown": ITEM,
    "item-single-with-api-key": (send, BadRequest),
    "item-single-with-user": SEND,
    "items-unknown-parent": (first_page, BadRequest),
    "items-typo-type": LIST,
    "additional-parts": (parts, the_parts),
    "subtitle-embedded-subrip-as-srt": TEXT,
    "subtitle-embedded-subrip-as-vtt": TEXT,
    "subtitle-embedded-subrip-as-ass": TEXT,
    "subtitle-embedded-subrip-as-json": TEXT,
    "subtitle-embedded-subrip-as-ttml": TEXT,
    "subtitle-embedded-subrip-as-sup": (read, BadRequest),
    "subtitle-embedded-subrip-as-bogus": (read, BadRequest),
    "subtitle-embedded-ass-as-ass": TEXT,
    "subtitle-embedded-ass-as-srt": TEXT,
    "subtitle-unknown-index": (read, ServerFailed),
    "subtitle-unknown-source": (send, ServerFailed),
    "subtitle-unknown-item": (read, BadRequest),
    "video-stream-static-anonymous": (stream, same),
    "video-stream-static-range": (hundred_bytes, same),
    "video-stream-static-head": DONE,
    "video-stream-range-past-end": (past_the_end, nothing),
    "video-stream-unknown-item": (size, MediaMissing),
    "item-download": (stream, same),
    "item-download-anonymous": (stream, KeyRejected),
    "item-file": (stream, same),
    "audio-stream-flac": (flac, same),
    "remote-search-no-provider": SEND,
    "upload": UPLOAD,
    "upload-then-item": ITEM,
    "upload-second-time": UPLOAD,
    "upload-second-time-then-item": ITEM,
    "upload-bad-format": (upload, UploadRefused),
    "upload-bad-language": (upload, UploadRefused),
    "upload-empty-language": (upload, UploadRefused),
    "upload-long-language": (upload, ServerFailed),
    "upload-bad-base64": DONE,
    "upload-no-data": (send, BadRequest),
    "upload-empty-data": (send, BadRequest),
    "upload-without-flags": DONE,
    "upload-wrong-key": (upload, KeyRejected),
    "upload-unknown-item": (upload, {OLD: ServerFailed, NEW: ItemGone}),
    "delete-unknown-index": (delete, BadRequest),
    "delete-audio-index": (delete, BadRequest),
    "delete-embedded": (delete, BadRequest),
    "delete": (delete, nothing),
    "delete-then-item": ITEM,
    "upload-read-only-media": (upload, {OLD: nothing, NEW: ServerFailed}),
    "upload-read-only-media-then-item": ITEM,
    "refresh-validation-only": (refresh, nothing),
    "refresh-unknown-item": (refresh, {OLD: ServerFailed, NEW: ItemGone}),
    "media-updated": DONE,
    "auth-keys-create": DONE,
    "authenticate-by-name": SEND,
    "authenticate-by-name-wrong": (send, KeyRejected),
    "sessions": SEND,
    "plugins": SEND,
    "not-found": (send, WrongAddress),
    "sidecar-upload-with-bom-and-crlf": UPLOAD,
    "sidecar-then-item": ITEM,
    "sidecar-read-as-srt": TEXT,
    "sidecar-read-as-vtt": TEXT,
    "sidecar-read-as-ass": TEXT,
    "sidecar-read-as-json": TEXT,
    "sidecar-latin1-read-as-srt": TEXT,
}
FOLLOWING = {
    "system-info-public": "system-info",
    "upload-bad-format": "system-info-public",
    "upload-bad-language": "system-info-public",
    "upload-empty-language": "system-info-public",
}
"""What the same call asks next; after a list, the parts of a film in several files."""


@pytest.mark.parametrize("server", [OLD, NEW])
@pytest.mark.parametrize("name", CASES)
def test_a_recorded_answer_has_its_meaning(
    script: Script, jellyfin: Jellyfin, tmp_path: Path, name: str, server: str
) -> None:
    told = load(server, name)
    call, outcome = CASES[name]
    if isinstance(outcome, dict):
        outcome = outcome[server]
    before = [load(server, first).reply for first in BEFORE.get(name, ())]
    after = load(server, FOLLOWING.get(name, "additional-parts")).reply
    again = [told.reply] * (call is first_page)
    script.says(*before, told.reply, *again, after)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            call(jellyfin, told, tmp_path)
    else:
        outcome(call(jellyfin, told, tmp_path), told)
    asked = script.requests[len(before)]
    assert (asked.method, asked.path) == (told.method, told.path)


BEFORE = {
    "system-info": ["system-info-public"],
    "virtual-folders": ["users-me-with-api-key"],
}
"""What a call asks first."""


@pytest.mark.parametrize("server", [OLD, NEW])
def test_a_416_tells_the_size(script: Script, jellyfin: Jellyfin, server: str) -> None:
    told = load(server, "video-stream-range-past-end")
    script.says(told.reply)
    the_total(jellyfin.size(told.ids[0]), told)


def test_no_recording_is_left_out() -> None:
    order = (RECORDED / "ORDER").read_text("utf-8").splitlines()
    assert list(CASES) == [line for line in order if line and not line.startswith("#")]
    for server in (OLD, NEW):
        assert {path.stem for path in (RECORDED / server).iterdir()} == {*CASES, *FOR_OTHERS}
