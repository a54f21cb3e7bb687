"""A receiver of webhooks that keeps what it hears."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest


class Ear:
    """Takes what is posted."""

    def __init__(self) -> None:
        self.heard: Queue[tuple[dict[str, str], str]] = Queue()
        self.paths: list[str] = []
        self.told: Callable[[dict[str, Any]], object] = lambda _body: None
        """Hears of each event before it is answered."""
        self.status = 200
        self.open = threading.Event()
        """It answers while this is set."""
        self.open.set()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                ear.paths.append(self.path)
                ear.heard.put((dict(self.headers), body))
                ear.told(json.loads(body))
                ear.open.wait(30)
                self.send_response(ear.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        headers, body = self.heard.get(timeout=30)
        return headers, json.loads(body)


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()
