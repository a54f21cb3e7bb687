"""The HTTP side: health, and the server under it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests
from fastapi import FastAPI

from subtide.errors import SettingsError
from subtide.web.app import Readiness, make_app
from subtide.web.server import WebServer

ROOT = Path(__file__).parents[2]
Serve = Callable[[Readiness], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve the app on a free port; return its address."""
    with ExitStack() as stack:

        def start(readiness: Readiness) -> str:
            server = WebServer(make_app(lambda: readiness, NoIntake()), "127.0.0.1", 0)
            server.start()
            stack.callback(server.stop)
            return f"http://127.0.0.1:{server.port}"

        yield start


class NoIntake:
    """Takes no webhooks: none is sent here."""

    def admit(self, name: str, authorization: str) -> None:
        raise AssertionError(name, authorization)

    def take(self, name: str, body: bytes) -> None:
        raise AssertionError(name, body)


READY = Readiness(ready=True, parts={"database": "ok", "server home": "ok"})
NOT_READY = Readiness(ready=False, parts={"database": "it does not answer"})


def test_ping_is_answered(serve: Serve) -> None:
    answer = requests.get(f"{serve(NOT_READY)}/ping", timeout=30)
    assert (answer.status_code, answer.text) == (200, "pong")


def test_it_is_live_while_it_serves(serve: Serve) -> None:
    answer = requests.get(f"{serve(NOT_READY)}/health/live", timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


@pytest.mark.parametrize(
    ("readiness", "status", "word"), [(READY, 200, "ready"), (NOT_READY, 503, "not ready")]
)
def test_readiness_is_told_with_every_part(
    serve: Serve, readiness: Readiness, status: int, word: str
) -> None:
    answer = requests.get(f"{serve(readiness)}/health/ready", timeout=30)
    assert answer.status_code == status
    assert answer.json() == {"status": word, "parts": readiness.parts}


def test_the_manifest_of_our_plugin_repository_is_served_as_it_lies_in_the_repository(
    serve: Serve,
) -> None:
    answer = requests.get(f"{serve(READY)}/plugin/manifest.json", timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.content == (ROOT / "plugin-manifest/manifest.json").read_bytes()


def test_nothing_else_is_there(serve: Serve) -> None:
    address = serve(READY)
    for path in ("/docs", "/openapi.json", "/"):
        assert requests.get(address + path, timeout=30).status_code == 404


def test_an_address_in_use_is_told_before_anything_starts() -> None:
    with closing(WebServerSocket()) as occupied:
        with pytest.raises(SettingsError) as caught:
            WebServer(FastAPI(), "127.0.0.1", occupied.port)
        assert caught.value.what == (
            f"cannot listen on 127.0.0.1:{occupied.port} (Address already in use)"
        )
        assert "web.port" in caught.value.fix


class WebServerSocket:
    """A port that Subtide's own web server holds, before it serves."""

    def __init__(self) -> None:
        self._server = WebServer(FastAPI(), "127.0.0.1", 0)
        self.port = self._server.port

    def close(self) -> None:
        self._server.start()
        self._server.stop()


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1:0"):
        WebServer(FastAPI(), "192.0.2.1", 0)


def test_a_host_without_a_number_is_told() -> None:
    with pytest.raises(SettingsError, match=r"cannot listen on nowhere\.invalid:0"):
        WebServer(FastAPI(), "nowhere.invalid", 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_it_listens_on_ipv6() -> None:
    try:
        server = WebServer(make_app(lambda: READY, NoIntake()), "::1", 0)
    except SettingsError:
        pytest.skip("this machine has no ::1")
    server.start()
    try:
        assert requests.get(f"http://[::1]:{server.port}/ping", timeout=30).text == "pong"
    finally:
        server.stop()


def test_stopped_it_finishes_the_open_request_and_frees_its_port() -> None:
    entered, leave = threading.Event(), threading.Event()

    def readiness() -> Readiness:
        entered.set()
        assert leave.wait(30)
        return READY

    server = WebServer(make_app(readiness, NoIntake()), "127.0.0.1", 0)
    server.start()
    answers: list[int] = []
    address = f"http://127.0.0.1:{server.port}/health/ready"
    caller = threading.Thread(
        target=lambda: answers.append(requests.get(address, timeout=30).status_code)
    )
    caller.start()
    assert entered.wait(30)
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    leave.set()
    caller.join(30)
    stopper.join(30)
    assert answers == [200]
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=30)
