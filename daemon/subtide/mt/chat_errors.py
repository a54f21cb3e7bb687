"""What a language model's server says when it does not answer, as an error of ours.

EngineFailed
├── Overlong      the server says that the request is too long for the model
└── TookTooLong   no whole answer in the time that the settings give

What the server says is quoted in a few words, without the key.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from subtide.errors import Forbidden, KeyRejected, ModelMissing, WrongAddress
from subtide.mt.engine import EngineFailed

PAID_OUT_SECONDS = 3600.0
"""When a server whose account is empty is asked again."""
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses that may be different in a moment; 529 says overloaded."""
NOT_HERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
WORDS = 200
"""Characters of the server's own words that an error may quote."""
KEY_PIECE = 6
"""Characters of a key that are not quoted either: servers show its ends."""
TOO_LONG = re.compile(r"context|too long|too large|maximum.*tokens|num_ctx", re.IGNORECASE)


class Overlong(EngineFailed):
    """The request is too long for the model; a shorter one may pass."""


class TookTooLong(EngineFailed):
    """No whole answer came in time; a shorter question may pass."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def retry_after(self) -> float:
        """Seconds that the server asks to wait; 0 where it names none."""
        try:
            return max(0.0, float(self.headers.get("Retry-After", 0)))
        except ValueError:
            return 0.0  # a date: no engine's server sends one

    @property
    def paid_out(self) -> bool:
        """Whether the account is used up, which no waiting mends."""
        return self.status == HTTPStatus.PAYMENT_REQUIRED or (
            self.status == HTTPStatus.TOO_MANY_REQUESTS and b"insufficient_quota" in self.content
        )


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes the errors of one server and model."""

    engine: str
    place: str
    """Its host and port."""
    model: str
    key: str = field(repr=False)

    @property
    def told(self) -> str:
        """The server for people."""
        return f"{self.engine} at {self.place}"

    @property
    def setting(self) -> str:
        """Where it stands in the settings."""
        return f"translation.chat.{self.engine}"

    def check(self, raw: Raw) -> None:
        """Raise what an answer that is none means.

        Raises:
            KeyRejected, Forbidden, ModelMissing, WrongAddress: an admin has to act.
            Overlong: a shorter question may pass.
            EngineFailed: the server cannot answer now.
        """
        if raw.status == HTTPStatus.OK:
            return
        words = self.words(raw)
        if raw.status == HTTPStatus.UNAUTHORIZED:
            raise KeyRejected(f"{self.told} refused the key", f"set {self.setting}.key")
        if raw.status == HTTPStatus.FORBIDDEN:
            fix = f"see what {self.setting}.key may do"
            raise Forbidden(f"{self.told} does not let us in", fix)
        if raw.status == HTTPStatus.NOT_FOUND and "model" in words.lower():
            raise self.no_model()
        if raw.status < HTTPStatus.BAD_REQUEST or raw.status in NOT_HERE:
            raise WrongAddress(f"{self.told} answered {raw.status}", f"check {self.setting}.url")
        said = f"{self.told} answered {raw.status}" + (f": {words}" if words else "")
        if self._too_long(raw, words):
            raise Overlong(said)
        if raw.paid_out:
            fix = "look at the account, or name another engine behind it"
            raise EngineFailed(said, fix, max(raw.retry_after, PAID_OUT_SECONDS))
        raise EngineFailed(said, after=raw.retry_after or None)

    def no_model(self) -> ModelMissing:
        """Return the error for a model that the server does not have."""
        fix = f"pull it there, or set another {self.setting}.model"
        return ModelMissing(f"{self.told} has no model {self.model}", fix)

    def late(self, seconds: float) -> TookTooLong:
        """Return the error for an answer that did not come in time."""
        return TookTooLong(
            f"{self.told} gave no answer in {seconds:g} s",
            f"set {self.setting}.timeout_seconds higher, or batch_lines lower",
        )

    def words(self, raw: Raw) -> str:
        """Return the server's own words for an error; empty for a page of a proxy."""
        try:
            said = json.loads(raw.content)
        except (ValueError, RecursionError):
            return ""
        error = said.get("error", said) if isinstance(said, dict) else said
        text = error.get("message", "") if isinstance(error, dict) else error
        return self.scrubbed(str(text))

    def scrubbed(self, text: str) -> str:
        """Return the first words of a text on one line, without the key or a part of it."""
        key = self.key
        pieces = {key[n : n + KEY_PIECE] for n in range(max(1, len(key) - KEY_PIECE + 1))} - {""}
        words = ("".join(char for char in word if char.isprintable()) for word in text.split())
        safe = ("***" if any(piece in word for piece in pieces) else word for word in words)
        return " ".join(safe)[:WORDS]

    def _too_long(self, raw: Raw, words: str) -> bool:
        asked_wrongly = raw.status < HTTPStatus.INTERNAL_SERVER_ERROR and raw.status not in PASSING
        return raw.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or (
            asked_wrongly and bool(TOO_LONG.search(words))
        )
