"""What comes back from the server: an answer, what it means, and the errors it may be.

ItemGone
└── NotFound        404 in Jellyfin's own words: no such item
SkipSource
└── BadRequest      400 and its kind: the server will not do this to this item
ServerFailed
└── ServerFault     500: something broke inside the server
ServerUnreachable
└── Unconnected     no answer began or it broke off: a GET may be tried again at once
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from subtide.errors import (
    BrokenAnswer,
    Forbidden,
    ItemGone,
    KeyRejected,
    RetryLater,
    ServerFailed,
    ServerStarting,
    ServerUnreachable,
    SkipSource,
    SubtideError,
    WrongAddress,
)
from subtide.jellyfin.items import Item

CHECK_URL = "check the base URL, with the path behind its host if the server has one"
WORDS = 300
"""Characters of the server's own words that an error may quote."""
FAILED = "Error processing request."
"""Jellyfin's whole text for a request that ended in an exception; no proxy says it."""
TRANSIENT = frozenset({429, 502, 503, 504})
"""Statuses of a server, or of a proxy before it, that may be different in a moment."""


class NotFound(ItemGone):
    """404 in Jellyfin's own words: no such item, or no such file on its disk.

    A wrong address answers 404 with an empty body, a page, or a proxy's words.
    """


class BadRequest(SkipSource):
    """400 and its kind: the server will not do this to this item."""


class ServerFault(ServerFailed):
    """500: something broke inside the server."""


class Unconnected(ServerUnreachable):
    """No answer began, or it broke off."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Who answers: the server's own Id, its name and version."""

    id: str
    name: str
    version: tuple[int, ...]
    version_text: str


@dataclass(frozen=True, slots=True)
class Library:
    """One library, with the options that matter to us."""

    id: str
    name: str
    kind: str
    """Jellyfin's word: movies, tvshows, musicvideos, homevideos, mixed and so on."""
    folders: tuple[str, ...]
    save_with_media: bool
    """Uploads go beside the media; False: into the server's metadata folder."""
    embedded_titles: bool
    """Every new probe, so every upload too, resets titles to those inside the files."""
    enabled: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing."""

    items: tuple[Item, ...]
    total: int
    """Items of the whole listing as the server counts them, skipped ones included."""
    server_time: datetime
    """The server's clock when it answered, UTC."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; ``call`` names the request without address or key."""

    call: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> object:
        """Return the parsed body.

        Raises WrongAddress for another kind of document, BrokenAnswer for damaged JSON.
        """
        if not self._is_json:
            kind = self.headers.get("Content-Type", "no type")
            raise WrongAddress(f"{self.call} was answered with {kind}, not JSON", CHECK_URL)
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise BrokenAnswer(
                f"{self.call} was answered with broken JSON",
                "look into the server's log and any proxy before it",
            ) from error

    def time(self, now: datetime) -> datetime:
        """Return the server's clock (UTC) from the Date header, ``now`` if there is none."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return now

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait; None if it names none, or a date."""
        value = self.headers.get("Retry-After", "").strip()
        return float(value) if value.isascii() and value.isdigit() else None

    @property
    def words(self) -> str:
        """What the server says about its refusal, in one line; empty for a page of HTML."""
        if self._is_json:
            return _problem(self.content)[:WORDS]
        if not self.headers.get("Content-Type", "").startswith("text/plain"):
            return ""
        return " ".join(self.content.decode(errors="replace").split())[:WORDS]

    def check(self) -> None:
        """Raise what the status means; see the module's list and the room's port."""
        error = self._error()
        if error is not None:
            raise error

    @property
    def _is_json(self) -> bool:
        return "json" in self.headers.get("Content-Type", "").lower()

    def _error(self) -> SubtideError | None:
        if self.status in TRANSIENT or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._failure()
        if self.status >= HTTPStatus.BAD_REQUEST:
            return self._refusal()
        if self.status >= HTTPStatus.MULTIPLE_CHOICES:
            return WrongAddress(f"{self.call} was sent on elsewhere ({self.status})", CHECK_URL)
        if self.headers.get("Content-Type", "").startswith("text/html"):
            return WrongAddress(f"{self.call} was answered with a web page", CHECK_URL)
        return None

    def _refusal(self) -> SubtideError:
        if self.status == HTTPStatus.UNAUTHORIZED:
            fix = "make a new API key in the server's dashboard and set it here"
            return KeyRejected(f"the server refused the key at {self.call}", fix)
        if self.status == HTTPStatus.FORBIDDEN:
            return Forbidden(f"the key may not {self.call}", "use an API key of an administrator")
        if self.status != HTTPStatus.NOT_FOUND:
            return BadRequest(self._told("refused"))
        if self._is_json or self.words == FAILED:
            return NotFound(f"the server knows no such item: {self.call}")
        return WrongAddress(f"nothing answers {self.call} at this address", CHECK_URL)

    def _failure(self) -> RetryLater:
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            what = f"the server is not ready for {self.call} (503)"
            return ServerStarting(what, "wait until it has started", self.retry_after)
        fault = self.status == HTTPStatus.INTERNAL_SERVER_ERROR
        kind = ServerFault if fault else ServerFailed
        return kind(self._told("failed at"), "look into the server's log", self.retry_after)

    def _told(self, verb: str) -> str:
        said = f": {self.words}" if self.words else ""
        return f"the server {verb} {self.call} ({self.status}){said}"


def _problem(content: bytes) -> str:
    """Read an RFC 9457 problem document: its title and the fields that it names."""
    try:
        problem = json.loads(content)
    except ValueError:
        return ""
    if not isinstance(problem, dict):
        return str(problem)
    errors = problem.get("errors")
    details = [str(value) for value in errors.values()] if isinstance(errors, dict) else []
    return " ".join([str(problem.get("title", "")), *details]).strip()
