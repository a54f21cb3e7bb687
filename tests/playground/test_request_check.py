"""The check against Jellyfin's description finds requests that no client should send."""

from pathlib import Path

import pytest
import requests
from playground_client import Client

from openapi import checker
from subtide.playground.server import Playground


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("GET", "/Itemz", None, "no operation"),
        ("GET", "/Items?colapse=true", None, "unknown query name"),
        ("GET", "/Items?includeItemTypes=Movie,Moovie", None, "no such word"),
        ("GET", "/Items?limit=many", None, "no whole number"),
        ("GET", "/Items?recursive=yes", None, "neither true nor false"),
        ("GET", "/Items/film/File", None, "no id"),
        ("POST", "/Auth/Keys", None, "lacks app"),
        ("POST", "/Items/{film}/Refresh", {"x": 1}, "takes no body"),
        ("POST", "/Videos/{film}/Subtitles", {"Language": "eng"}, "required property"),
        ("POST", "/Videos/{film}/Subtitles", {"Lang": "eng"}, "Additional properties"),
    ],
)
def test_a_wrong_request_is_told_when_the_playground_closes(
    root: Path, method: str, path: str, body: object, complaint: str
) -> None:
    server = Playground(root, request_check=checker("12.0.0")).start()
    film = next(iter(i.id for i in server.catalogue.items.values() if i.files))
    Client(server, server.key).ask(method, path.format(film=film), json=body)
    with pytest.raises(AssertionError, match=complaint):
        server.close()


def test_right_requests_pass_below_a_base(root: Path) -> None:
    check = checker("10.11.11", "/jf")
    with Playground(root, request_check=check, base="/jf") as server:
        client = Client(server, server.key)
        assert client.upload(client.id_of("Film")) == 204
        assert requests.get(f"{server.url}/health", timeout=10).status_code == 200
    assert server.complaints == []
