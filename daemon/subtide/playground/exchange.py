"""Exchange: a request as handlers read it, and the answers they give."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from subtide.playground.auth import Caller

JSON = "application/json; charset=utf-8"
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Part:
    """A range of a file to send: bytes ``start`` to before ``end``."""

    path: Path
    start: int
    end: int

    def __iter__(self) -> Iterator[bytes]:
        """Read it piece by piece."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.end - self.start
            while left and (piece := file.read(min(CHUNK, left))):
                left -= len(piece)
                yield piece


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: bytes, a part of a file, or pieces without a known length."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    part: Part | None = None
    pieces: Iterable[bytes] | None = None


class Refusal(Exception):
    """Ends a handler with this answer."""

    def __init__(self, response: Response) -> None:
        """``response``: what the client gets."""
        super().__init__(response)
        self.response = response


@dataclass(frozen=True, slots=True)
class Request:
    """A request, its body read, its caller known."""

    method: str
    path: str
    """Without the base, decoded."""
    query: tuple[tuple[str, str], ...]
    """Names in lower case: Jellyfin does not care about their case."""
    headers: Mapping[str, str]
    body: bytes
    caller: Caller | None

    def first(self, name: str) -> str | None:
        """Return a query value."""
        return next((v for k, v in self.query if k == name.lower()), None)

    def words(self, name: str) -> list[str]:
        """Return a list value, given with commas or repeated."""
        values = [v for k, v in self.query if k == name.lower()]
        return [word for value in values for word in value.split(",") if word]

    def flag(self, name: str) -> bool | None:
        """Return a true or false value, None if absent."""
        value = self.first(name)
        return None if value is None else value.lower() == "true"

    def number(self, name: str, default: int) -> int:
        """Return a whole number; anything else is refused."""
        try:
            return int(self.first(name) or default)
        except ValueError:
            raise Refusal(
                problem(400, {name: [f"The value '{self.first(name)}' is not valid."]})
            ) from None

    def json(self) -> Any:  # noqa: ANN401  # whatever was sent
        """Return the body's JSON; anything else is refused as ASP.NET does."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refusal(
                problem(400, {"$": ["The input does not contain any JSON tokens."]})
            ) from None


def query_of(text: str) -> tuple[tuple[str, str], ...]:
    """Split a query string, names in lower case."""
    return tuple((k.lower(), v) for k, v in parse_qsl(text, keep_blank_values=True))


def of_json(data: Any, status: int = 200) -> Response:  # noqa: ANN401
    """Answer with JSON."""
    return Response(status, json.dumps(data, ensure_ascii=False).encode(), {"Content-Type": JSON})


def of_text(text: str, kind: str = "text/plain", status: int = 200) -> Response:
    """Answer with text."""
    return Response(status, text.encode(), {"Content-Type": kind})


def empty(status: int = 204) -> Response:
    """Answer without a body."""
    return Response(status)


def failure(status: int) -> Response:
    """Answer as the server does when an exception escapes."""
    return of_text("Error processing request.", status=status)


def problem(status: int, errors: Mapping[str, list[str]] | None = None) -> Response:
    """Answer with ASP.NET's ProblemDetails."""
    section = {400: "15.5.1", 404: "15.5.5"}[status]
    title = "One or more validation errors occurred." if errors else HTTPStatus(status).phrase
    body = {
        "type": f"https://tools.ietf.org/html/rfc9110#section-{section}",
        "title": title,
        "status": status,
        **({"errors": dict(errors)} if errors else {}),
        "traceId": "00-00000000000000000000000000000000-0000000000000000-00",
    }
    return of_json(body, status)
