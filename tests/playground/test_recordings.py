"""The playground answers as two real servers did, request by request, in their order."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from recorded_library import FLAVOURS, LATIN_1, ORDER, build, load, restore_metadata_folder

from subtide.playground.server import Playground

CLIENT = 'Client="Subtide", Device="test", DeviceId="subtide-test", Version="0.1"'
PAST_THE_END = "bytes=999999999-"
PICTURES = frozenset(
    {"ImageTags", "BackdropImageTags", "ImageBlurHashes", "PrimaryImageAspectRatio"}
)
"""The playground has no pictures; what else a film is made of, it has."""
OTHER_LIBRARY = frozenset(
    {
        "auth-ApiKey-query",
        "legacy-auth-x-emby-token",
        "legacy-auth-x-mediabrowser-token",
        "legacy-auth-api_key",
        "items-typo-type",
    }
)
"""Lists of everything, cut short: what comes first depends on folders that are not rebuilt."""
LISTS = [
    name
    for name in ORDER
    if name not in OTHER_LIBRARY and "Items" in load("10.11.11", name).get("body", ())
]
UNLIKE_FILES = frozenset({"subtitle-embedded-subrip-as-ttml"})
"""Its head is written shorter; the cues are compared."""


@dataclass(frozen=True)
class Exchange:
    """A recorded exchange and the playground's answer to the same request."""

    recorded: dict[str, Any]
    answer: requests.Response
    ids: dict[str, str]
    """Recorded ids to ours."""

    @property
    def text(self) -> str:
        return self.answer.content.decode("utf-8")


class Replay:
    """Sends the recorded requests of one version, ids mapped by path."""

    def __init__(self, server: Playground, version: str) -> None:
        self.server, self.version = server, version
        self.ids = dict(self._map_ids())
        self.session = requests.Session()

    def _map_ids(self) -> Iterator[tuple[str, str]]:
        ours = {i.path: i.id for i in self.server.catalogue.items.values()}
        files = [f for i in self.server.catalogue.items.values() for f in (*i.files, *i.parts)]
        ours |= {f.shown: f.id for f in files}
        for name in ORDER:
            for found in _dicts(load(self.version, name).get("body")):
                if found.get("Path") in ours and "Id" in found:
                    yield found["Id"], ours[found["Path"]]
        libraries = {lib.name: lib.id for lib in self.server.catalogue.libraries}
        for folder in load(self.version, "virtual-folders")["body"]:
            yield folder["ItemId"], libraries.get(folder["Name"], folder["ItemId"])
        users = {user.name: user.id for user in self.server.door.users}
        for user in load(self.version, "users")["body"]:
            yield user["Id"], users[user["Name"]]

    def send(self, name: str) -> Exchange:
        """Send one request and let the server's queue come to rest after an upload."""
        recorded = load(self.version, name)
        request = recorded["request"]
        answer = self.session.request(
            request["method"],
            self.server.url + self._url(request["url"]),
            headers={**self._auth(request["auth"]), **_range(recorded)},
            json=request.get("json"),
            allow_redirects=False,
        )
        self.server.settle()
        return Exchange(recorded, answer, self.ids)

    def _url(self, url: str) -> str:
        mapped = re.sub(r"[0-9a-f]{32}", lambda m: self.ids.get(m[0], m[0]), url)
        return mapped.replace("=KEY", f"={self.server.key}")

    def _auth(self, kind: str) -> dict[str, str]:
        key = self.server.key
        return {
            "key": {"Authorization": f'MediaBrowser Token="{key}", {CLIENT}'},
            "wrong key": {"Authorization": f'MediaBrowser Token="wrong", {CLIENT}'},
            "header without token": {"Authorization": f"MediaBrowser {CLIENT}"},
            "x-emby-token": {"X-Emby-Token": key},
            "x-mediabrowser-token": {"X-MediaBrowser-Token": key},
        }.get(kind, {})

    def empty_boxed_two(self) -> None:
        """The deletes that emptied it, after the recorded first."""
        file = self.server.catalogue.at("/media/movies/Boxed Two (2002)/Boxed Two (2002).mkv")
        assert file is not None
        headers = self._auth("key")
        while file.sidecars:
            url = f"{self.server.url}/Videos/{file.id}/Subtitles/0"
            assert self.session.delete(url, headers=headers).status_code == 204

    def lay_down_latin_1(self) -> None:
        """A file in ISO 8859-1 beside the film, and a refresh."""
        file = self.server.catalogue.at("/media/movies/Boxed Two (2002)/Boxed Two (2002).mkv")
        assert file is not None
        file.path.with_name(f"{file.path.stem}.subtide.es.srt").write_bytes(LATIN_1)
        url = f"{self.server.url}/Items/{file.id}/Refresh?metadataRefreshMode=ValidationOnly"
        assert self.session.post(url, headers=self._auth("key")).status_code == 204
        self.server.settle()


def _range(recorded: dict[str, Any]) -> dict[str, str]:
    """The recordings keep no Range header; what came back tells it."""
    content = recorded["headers"].get("Content-Range", "")
    match = re.match(r"bytes (\d+-\d+)/", content)
    if match:
        return {"Range": f"bytes={match[1]}"}
    return {"Range": PAST_THE_END} if content else {}


def _dicts(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  # any JSON
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _dicts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _dicts(inner)


@pytest.fixture(scope="module", params=FLAVOURS)
def exchanges(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Exchange]]:
    version: str = request.param
    found: dict[str, Exchange] = {}
    with build(tmp_path_factory.mktemp("media"), version) as server:
        restore_metadata_folder(server, version)
        replay = Replay(server, version)
        for name, following in pairwise([*ORDER, ""]):
            found[name] = replay.send(name)
            if name == "delete-then-item":
                replay.empty_boxed_two()
            if following == "sidecar-latin1-read-as-srt":
                replay.lay_down_latin_1()
        replay.session.close()
        yield found


def shape(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return keys and kinds, lists merged by the Type of what is in them, null left out."""
    if isinstance(value, dict):
        known = {k: v for k, v in value.items() if v is not None and k not in PICTURES}
        return {k: shape(v) for k, v in known.items()}
    if isinstance(value, list):
        kinds: dict[str, Any] = {}
        for inner in value:
            kind = _kind(inner)
            kinds[kind] = _merge(kinds.get(kind), shape(inner))
        return kinds
    if isinstance(value, bool) or not isinstance(value, int | float):
        return type(value).__name__
    return "number"


def _kind(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, dict):
        return ""
    return f"{value.get('Type', '')}{' outside' if value.get('IsExternal') else ''}"


def _merge(one: Any, other: Any) -> Any:  # noqa: ANN401
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() | other.keys()
        return {k: _merge(one.get(k), other.get(k)) for k in keys}
    return other if one is None else one


@pytest.mark.parametrize("name", ORDER)
def test_status_is_the_recorded_one(exchanges: dict[str, Exchange], name: str) -> None:
    exchange = exchanges[name]
    assert exchange.answer.status_code == exchange.recorded["status"]


@pytest.mark.parametrize("name", ORDER)
def test_content_is_of_the_recorded_kind(exchanges: dict[str, Exchange], name: str) -> None:
    exchange = exchanges[name]
    recorded, content = exchange.recorded, exchange.answer.content
    if "body" in recorded:
        assert json.loads(content) is not None
        assert exchange.answer.headers["Content-Type"] == recorded["headers"]["Content-Type"]
    elif "text" in recorded:
        if name in UNLIKE_FILES:
            found = (re.findall(r"<p .*</p>", text) for text in (exchange.text, recorded["text"]))
            assert next(found) == next(found)
        else:
            assert exchange.text == recorded["text"]
    elif "bytes" in recorded:
        assert content
        if recorded["status"] == 206:
            assert len(content) == recorded["bytes"]
    else:
        assert content == b""


@pytest.mark.parametrize("name", ORDER)
def test_json_has_the_recorded_shape(exchanges: dict[str, Exchange], name: str) -> None:
    exchange = exchanges[name]
    if "body" not in exchange.recorded:
        return
    ours, theirs = shape(exchange.answer.json()), shape(exchange.recorded["body"])
    if name in OTHER_LIBRARY:
        common = ours["Items"].keys() & theirs["Items"].keys()
        assert common, "nothing to compare"
        for both in (ours, theirs):
            both["Items"] = {kind: both["Items"][kind] for kind in common}
    assert ours == theirs


def streams(body: dict[str, Any], ids: dict[str, str]) -> list[tuple[object, ...]]:
    """Return what matters of every stream, our ids in the paths."""
    rows: list[tuple[object, ...]] = []
    for item in body["Items"]:
        for source in item.get("MediaSources", []):
            for s in source["MediaStreams"]:
                told = re.sub(r"[0-9a-f]{32}", lambda m: ids.get(m[0], m[0]), s.get("Path") or "")
                told = re.sub(r"/library/[0-9a-f]{2}/", "/library/", told)
                about = (s["Codec"], s.get("Language"), s.get("Title"))
                flags = (s["IsDefault"], s["IsForced"], s["IsHearingImpaired"], s["IsExternal"])
                rows.append((source["Path"], s["Index"], s["Type"], told, *about, *flags))
    return rows


@pytest.mark.parametrize("name", LISTS)
def test_items_and_streams_are_the_recorded_ones(exchanges: dict[str, Exchange], name: str) -> None:
    exchange = exchanges[name]
    ours, theirs = exchange.answer.json(), exchange.recorded["body"]
    about = [[(i["Type"], i["Name"], i["Path"]) for i in b["Items"]] for b in (ours, theirs)]
    assert about[0] == about[1]
    assert streams(ours, {}) == streams(theirs, exchange.ids)


@pytest.mark.parametrize("name", ORDER)
def test_ranges_and_file_names_are_told_as_recorded(
    exchanges: dict[str, Exchange], name: str
) -> None:
    exchange = exchanges[name]
    headers = exchange.recorded["headers"]
    for told in ("Accept-Ranges", "Content-Disposition"):
        assert exchange.answer.headers.get(told) == headers.get(told)
    ours = exchange.answer.headers.get("Content-Range", "").rsplit("/", 1)[0]
    assert ours == headers.get("Content-Range", "").rsplit("/", 1)[0]


def test_every_recording_is_replayed() -> None:
    folder = Path(__file__).parents[1] / "data" / "jellyfin" / "recorded"
    for version in FLAVOURS:
        names = {f.stem for f in (folder / version).glob("*.json")} - {"websocket"}
        assert names == set(ORDER)
