"""The wire: HTTP/1.1 over threads, with connections that can be cut."""

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from subtide.playground.exchange import Response, query_of

BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Raw:
    """A request as it came."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send: a response, whole or cut after some bytes; None cuts at once."""

    response: Response | None
    cut: int | None = None
    talk: Callable[[socket.socket], None] | None = None
    """Takes the connection over, the response included."""


class Wire(ThreadingHTTPServer):
    """Listens on a free port of this machine and hands every request to one function."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = BACKLOG

    def __init__(
        self, port: int, serve: Callable[[Raw], Answer], crashed: Callable[[Exception], None]
    ) -> None:
        """``port``: 0 for a free one; ``crashed`` hears of faults in ``serve``."""
        self.serve = serve
        self._crashed = crashed
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def start(self) -> None:
        """Serve from a thread of its own."""
        run = threading.Thread(
            target=self.serve_forever, args=(0.01,), name="playground-wire", daemon=True
        )
        run.start()

    def stop(self) -> None:
        """Stop listening and cut every connection, kept alive or not."""
        self.shutdown()
        self.server_close()
        self.cut_all()

    def cut_all(self) -> None:
        """Cut every connection, kept alive or not."""
        with self._guard:
            for connection in self._open:
                cut(connection)

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection."""
        with self._guard:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._guard:
            self._open.discard(connection)

    def handle_error(self, *_: object) -> None:
        """Pass a fault on, but not that a client went away or was cut off on purpose."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self._crashed(error)


def cut(connection: socket.socket) -> None:
    """End a connection both ways."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Head and body leave in two pieces; the second would wait 40 ms for the first's receipt."""
    server_version = "Kestrel"
    sys_version = ""
    server: Wire

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers: Any = self.headers  # a Message, which is as good as a mapping without case
        raw = Raw(self.command, unquote(parts.path), query_of(parts.query), headers, body)
        answer = self.server.serve(raw)
        if answer.talk is not None:
            self.close_connection = True
            answer.talk(self.connection)
        elif answer.response is None:
            self.close_connection = True
            cut(self.connection)
        else:
            self._send(answer.response, answer.cut)

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT = do_OPTIONS = answer  # noqa: N815  # http.server's names

    def _send(self, response: Response, cut_after: int | None) -> None:
        self.send_response(response.status, HTTPStatus(response.status).phrase)
        for name, value in response.headers.items():
            self.send_header(name, value)
        chunked = response.pieces is not None
        part = response.part
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif response.status != HTTPStatus.NO_CONTENT:
            length = part.end - part.start if part else len(response.body)
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        left = cut_after
        for piece in response.pieces or part or [response.body]:
            sent = piece if left is None else piece[:left]
            left = None if left is None else left - len(sent)
            if chunked and sent:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent))
            else:
                self.wfile.write(sent)
            if left == 0:
                self.close_connection = True
                cut(self.connection)
                return
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Keep quiet: the playground has a log of its own."""
