"""A scripted HTTP server for faults that no Jellyfin shows on purpose."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from subtide.jellyfin.client import Jellyfin

KEY = "0123456789abcdef0123456789abcdef"
PUBLIC = {
    "ServerName": "nas",
    "Version": "12.4.0",
    "Id": "30a66982d5b54a8a96184a3c4a50ea97",
    "StartupWizardCompleted": True,
}


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    """A Content-Length beyond the body: the connection breaks before it is reached."""
    until: threading.Event | None = None
    """The answer waits for this."""
    date: bool = True


def ok(value: object, **headers: str) -> Reply:
    return Reply(
        body=json.dumps(value).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", **headers},
    )


def plain(status: int, text: str = "Error processing request.", **headers: str) -> Reply:
    return Reply(status, text.encode(), {"Content-Type": "text/plain", **headers})


def page(status: int = 200, **headers: str) -> Reply:
    return Reply(status, b"<html>welcome</html>", {"Content-Type": "text/html", **headers})


def problem(status: int) -> Reply:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status, json.dumps({"title": "Not Found", "status": status}).encode(), kind)


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Script:
    """Replies in order, the last one for ever; remembers what was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.replies: list[Reply] = []
        self.requests: list[Request] = []

    def says(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: Script

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.script.requests.append(Request(self.command, url.path, query, headers, body))
        reply = self.script.next()
        if reply.until:
            reply.until.wait(30)
        self.send_response_only(reply.status)
        if reply.date and "Date" not in reply.headers:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name.replace("_", "-"), value)
        if reply.status != 204:
            self.send_header("Content-Length", str(reply.promised or len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
        self.close_connection = bool(reply.promised)

    do_POST = do_GET  # noqa: N815 - http.server's name
    do_HEAD = do_GET  # noqa: N815 - http.server's name
    do_DELETE = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_args: object) -> None:
        """Keep the tests' output clean."""


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that hang up in the middle, which some tests do on purpose."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_args: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def serve_script(tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    class Bound(Handler):
        pass

    server = Quiet(("127.0.0.1", 0), Bound)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    Bound.script = Script(f"{scheme}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Bound.script
    server.shutdown()
    thread.join()
    server.server_close()


Connect = Callable[..., Jellyfin]
