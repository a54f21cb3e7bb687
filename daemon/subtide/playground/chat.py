"""A stand-in for a language model's server, with the faults that such servers and models have.

It speaks both protocols, Ollama's and OpenAI's. It translates with a dictionary that the caller
brings, so that whose translation a text is can be told; a fault is drawn for each request.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, ClassVar, Self

from subtide.playground.chat_faults import ANSWERS, Asked, Entry, Line

HTTP_FAULTS = ("500", "503", "429", "cut", "cut-chunked", "page", "huge", "nothing")
"""Faults of the way and not of the words, by name."""
HUGE = 3_000_000
KEY = "sk-0123456789abcdefghijkl"


@dataclass
class ChatStandIn:
    """A server on a free port; use it as a context."""

    translate: Callable[[str], str]
    """What the model would answer without a fault."""
    faults: Callable[[Asked, Random], str] = lambda asked, rng: "none"  # noqa: ARG005
    """Draws the fault of a request by its name: one of chat_faults.ANSWERS or HTTP_FAULTS."""
    says: Callable[[list[Entry]], str] | None = None
    """Writes an answer without a fault; None: a plain one."""
    seed: int = 0
    models: tuple[str, ...] = ("stand-in",)
    key: str = ""
    """The key that it wants; empty: it wants none."""
    refuses: tuple[str, ...] = ()
    """Parameters of a request that it does not know, as older servers."""
    pauses: list[float] = field(default_factory=list)
    """Seconds to wait before the first answers."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often each fault was drawn."""
    requests: list[Mapping[str, Any]] = field(default_factory=list)
    """The body of every POST."""
    headers: list[Mapping[str, str]] = field(default_factory=list)
    answers: list[tuple[int, Mapping[str, str], object]] = field(default_factory=list)
    """Status, headers and body of answers to give first, in order, whatever is asked."""

    def __enter__(self) -> Self:
        """Serve."""
        bound = type("Bound", (_Handler,), {"place": self})
        self._rng = Random(self.seed)  # noqa: S311 - draws faults
        self._server = _Server(("127.0.0.1", 0), bound)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def draw(self, asked: Asked) -> str:
        """Draw the fault of a request, and count it."""
        fault = self.faults(asked, self._rng)
        self.counts[fault] += 1
        return fault

    def words(self, asked: Asked, fault: str) -> str:
        """Return what the model says."""
        entries = [Entry(line.tag, line.start, self.translate(line.text)) for line in asked]
        if fault == "none" and self.says:
            return self.says(entries)
        return ANSWERS[fault](asked, entries, self._rng)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - its own
        """Say nothing: who hangs up has a reason."""


class _Handler(BaseHTTPRequestHandler):
    place: ClassVar[ChatStandIn]
    protocol_version = "HTTP/1.1"
    timeout = 10
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""

    def do_GET(self) -> None:
        """Name the models."""
        if self._shut_out():
            return
        names = self.place.models
        if self.path == "/api/tags":
            self._send(200, {"models": [{"name": name} for name in names]})
        elif self.path == "/v1/models":
            self._send(200, {"data": [{"id": name} for name in names]})
        else:
            self._send(404, {"error": "not found"})

    def do_POST(self) -> None:
        """Answer as the model, or with a fault."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.place.requests.append(body)
        self.place.headers.append(dict(self.headers))
        time.sleep(self.place.pauses.pop(0) if self.place.pauses else 0.0)
        if self.place.answers:
            self._send(*self._planned())
            return
        if self._shut_out() or self._refused(body):
            return
        if not body["messages"]:
            self._send(200, {"done_reason": "unload"})
            return
        request = json.loads(body["messages"][-1]["content"])
        asked = [
            Line(line["tag"], line["text"], line.get("start") or " ".join(line["text"].split()[:3]))
            for line in request["lines"]
            if "tag" in line
        ]
        fault = self.place.draw(asked)
        if fault in HTTP_FAULTS:
            self._break(fault)
        else:
            self._send(200, self._message(self.place.words(asked, fault), body))

    def _planned(self) -> tuple[int, object, Mapping[str, str]]:
        status, headers, body = self.place.answers.pop(0)
        return status, body, headers

    def _shut_out(self) -> bool:
        wanted = f"Bearer {self.place.key}"
        if not self.place.key or self.headers.get("Authorization") == wanted:
            return False
        sent = self.headers.get("Authorization", "nothing")
        self._send(401, {"error": {"message": f"Incorrect API key provided: {sent}"}})
        return True

    def _refused(self, body: Mapping[str, Any]) -> bool:
        if body["model"] not in self.place.models:
            text = f"model '{body['model']}' not found, try pulling it first"
            self._send(404, {"error": text})
            return True
        for name in self.place.refuses:
            kind = body.get("response_format", {}).get("type")
            if name in body or name == kind:
                self._send(400, {"error": {"message": f"Unsupported parameter: '{name}'"}})
                return True
        return False

    def _message(self, content: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        sent = sum(len(message["content"]) for message in body["messages"]) // 4
        back = len(content) // 4
        message = {"role": "assistant", "content": content}
        if self.path == "/api/chat":
            return {"message": message, "prompt_eval_count": sent, "eval_count": back}
        usage = {"prompt_tokens": sent, "completion_tokens": back}
        return {"choices": [{"message": message}], "usage": usage}

    def _break(self, fault: str) -> None:
        if fault.isdigit():
            self._send(int(fault), {"error": "overloaded"}, {"Retry-After": "2"})
        elif fault == "page":
            self._send(200, "<html>Sign in to the hotel's network</html>")
        elif fault == "huge":
            self._send(200, " " * HUGE)
        elif fault == "nothing":
            self._send(200, "")
        else:
            self._cut(chunked=fault == "cut-chunked")

    def _cut(self, *, chunked: bool) -> None:
        """Begin an answer and hang up."""
        part = b'{"message": {"content": "{\\"lines\\": ['
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            part = b"%x\r\n%s\r\n" % (len(part), part)
        else:
            self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(part)
        self.close_connection = True

    def _send(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        data = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        kind = "text/html" if isinstance(value, str) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        try:
            self.wfile.write(data)
        except ConnectionError:
            self.close_connection = True  # who asked had enough
