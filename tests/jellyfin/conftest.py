"""Fixtures of the Jellyfin edge: a scripted server, and clients that never really sleep."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from scripted import KEY, Connect, Handler, Script

from subtide.jellyfin.client import Jellyfin


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that hang up in the middle, which some tests do on purpose."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def script() -> Iterator[Script]:
    class Bound(Handler):
        pass

    server = Quiet(("127.0.0.1", 0), Bound)
    Bound.script = Script(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Bound.script
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def naps() -> list[float]:
    """The seconds that the client wanted to sleep."""
    return []


@pytest.fixture
def connect(naps: list[float]) -> Iterator[Connect]:
    """Make clients that never really sleep, with no jitter."""
    made: list[Jellyfin] = []

    def make(url: str, key: str = KEY, **options: object) -> Jellyfin:
        usual: dict[str, Any] = {
            "device_id": "device-1",
            "device_name": "the daemon",
            "version": "0.1.0",
        }
        usual |= {"sleep": naps.append, "rng": lambda: 0.5}
        client = Jellyfin(url, key, **{**usual, **options})
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def jellyfin(script: Script, connect: Connect) -> Jellyfin:
    """A client of the scripted server."""
    return connect(script.url)
