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

CHECK_URL = "check the base URL, with the path behind its host if the server has one"
CHECK_RUNNING = "check that it runs and that its address is right"
NEW_KEY = "make a new API key in the server's dashboard and set it here, or: subtide connect"
TRUST = "try http:// if it has none; else name the bundle that vouches for it in servers.*.ca"
WORDS = 300
"""Characters of the server's own words that an error may quote."""
FAILED = "Error processing request."
"""Jellyfin's whole text for a request that ended in an exception; no proxy says it."""
TRANSIENT = frozenset({429, 502, 503, 504})
"""Statuses of a server, or of a proxy before it, that may be different in a moment."""
GAVE_UP = frozenset({502, 504})
"""Statuses of a proxy that waited too long: the server still works on the request."""
LONGEST_ASKED = 86_400.0
"""Seconds; a server that asks for more is asked again after a day."""


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
class Rights:
    """Who asks, and what the server lets them do."""

    user: str | None
    """The user's id; None for an API key, which is nobody."""
    name: str
    admin: bool
    """Everything; without it no delete, no refresh, no plugins, tasks or library options."""
    subtitles: bool
    """Uploads."""


KEY_RIGHTS = Rights(user=None, name="", admin=True, subtitles=True)
"""An API key cannot be made to do less."""


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
    languages: tuple[str, ...] = ()
    """Those that the server's own subtitle download is set to, as BCP-47 tags."""
    skips_spoken: bool = True
    """That download leaves out the language that is spoken; so it is unless somebody changed it."""


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
        return self._moment("Date") or now

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, up to a day; None if it names none.

        A date is read by the server's own clock; without a Date header it names none.
        """
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return min(float(value), LONGEST_ASKED)
        until, now = self._moment("Retry-After"), self._moment("Date")
        if until is None or now is None:
            return None
        return min(max((until - now).total_seconds(), 0.0), LONGEST_ASKED)

    @property
    def fault(self) -> str:
        """What says that the server is away; empty for whatever it answers itself."""
        error = self._failure() if self.status in TRANSIENT else None
        return error.what if error else ""

    @property
    def words(self) -> str:
        """What the server says about its refusal, in one line; empty for a page of HTML."""
        if self._is_json:
            return _problem(self.content)[:WORDS]
        if not self.headers.get("Content-Type", "").startswith("text/plain"):
            return ""
        return " ".join(self.content.decode(errors="replace").split())[:WORDS]

    def check(self, asker: str = "the key") -> None:
        """Raise what the status means; ``asker`` is who may lack the right."""
        error = self._error(asker)
        if error is not None:
            raise error

    @property
    def _is_json(self) -> bool:
        return "json" in self.headers.get("Content-Type", "").lower()

    @property
    def _is_page(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("text/html")

    def _moment(self, header: str) -> datetime | None:
        try:
            return parsedate_to_datetime(self.headers[header]).astimezone(UTC)
        except (KeyError, ValueError, OverflowError):
            return None

    def _error(self, asker: str) -> SubtideError | None:
        if self.status in TRANSIENT or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._failure()
        if self.status >= HTTPStatus.BAD_REQUEST:
            return self._refusal(asker)
        if self.status >= HTTPStatus.MULTIPLE_CHOICES:
            return WrongAddress(f"{self.call} was sent on elsewhere ({self.status})", CHECK_URL)
        if self._is_page:
            return WrongAddress(f"{self.call} was answered with a web page", CHECK_URL)
        return None

    def _refusal(self, asker: str) -> SubtideError:
        if self.status == HTTPStatus.UNAUTHORIZED:
            return KeyRejected(f"the server refused the key at {self.call}", NEW_KEY)
        if self.status == HTTPStatus.FORBIDDEN:
            fix = "use an API key, or sign in as an administrator"
            return Forbidden(f"{asker} may not {self.call}", fix)
        if self.status == HTTPStatus.BAD_REQUEST and self._is_page:
            # So a proxy answers plain HTTP at its port for HTTPS.
            return WrongAddress(f"{self.call} was refused with a web page (400)", CHECK_URL)
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
