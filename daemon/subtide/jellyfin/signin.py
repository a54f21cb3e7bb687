"""Sign-in: how a person's yes, by password or by Quick Connect, becomes a key of our own.

KeyRejected
├── WrongPassword    the server knows no such user, or not with this password
└── CodeExpired      nobody approved the Quick Connect code in time
Forbidden
└── QuickConnectOff  the server gives no codes
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from subtide.errors import Forbidden, KeyRejected, RetryLater
from subtide.jellyfin import parse, routes
from subtide.jellyfin.answers import Answer, ServerInfo
from subtide.jellyfin.fields import Fields
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.login import Login, connector

CODE_SECONDS = 600.0
"""How long the server keeps a code (Timeout of its QuickConnectManager, 10.10 to 12)."""
POLL_SECONDS = 2.0
"""Between two questions whether a code was approved."""

NOT_NOW = frozenset({HTTPStatus.UNAUTHORIZED.value, HTTPStatus.FORBIDDEN.value})
REFUSED = frozenset({400, 401, 404})
"""How a code that was not approved, or is no longer known, is answered."""


class WrongPassword(KeyRejected):
    """The server knows no such user, or not with this password."""


class CodeExpired(KeyRejected):
    """Nobody approved the Quick Connect code in time."""


class QuickConnectOff(Forbidden):
    """The server gives no Quick Connect codes."""


@dataclass(frozen=True, slots=True)
class Code:
    """A Quick Connect code that waits for a person."""

    text: str
    """What the person types in."""
    secret: str = field(repr=False)
    """What we ask with."""
    ends: float
    """When the server forgets it, by the clock of ``SignIn``."""


class SignIn:
    """The door of one server, for a device that has no key yet.

    Every method may raise the errors of transport.
    """

    def __init__(
        self,
        url: str,
        identity: Identity,
        *,
        ca: Path | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``identity``: the device; a new sign-in ends the older one of that device and user."""
        self._connect = connector(url, identity, ca=ca, sleep=sleep, clock=clock)
        self._transport = self._connect("")
        self._sleep = sleep
        self._clock = clock

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def server(self) -> ServerInfo:
        """Return who answers. Raises ServerStarting until one can sign in."""
        answer = self._transport.send("GET", routes.PUBLIC_INFO, retries=0)
        return parse.server_info(answer.json())

    def by_password(self, name: str, password: str) -> Login:
        """Sign a user in.

        Raises:
            WrongPassword: the server knows no such user with this password.
            Forbidden: the user is disabled, or may not sign in from here or now.
        """
        body = {"Username": name, "Pw": password}
        answer = self._transport.send("POST", routes.SIGN_IN, json=body, allowed=NOT_NOW)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            what = f"the server knows no user {name} with this password"
            raise WrongPassword(what, "try again, with the name and password you use in Jellyfin")
        if answer.status == HTTPStatus.FORBIDDEN:
            what = f"the server does not let {name} sign in here and now"
            raise Forbidden(what, f"look at {name} in Jellyfin (Dashboard, Users): is it disabled?")
        return self._login(answer)

    def gives_codes(self) -> bool:
        """Whether Quick Connect is switched on."""
        return self._transport.send("GET", routes.QUICK_CONNECT).json() is True

    def code(self) -> Code:
        """Ask for a Quick Connect code.

        Raises:
            QuickConnectOff: the server gives none.
        """
        began = self._clock()
        answer = self._transport.send("POST", routes.CODE, allowed=NOT_NOW)
        if answer.status in NOT_NOW:
            raise _off()
        fields = Fields(answer.json(), "")
        return Code(fields.required("Code"), fields.required("Secret"), began + CODE_SECONDS)

    def by_code(self, code: Code, waiting: Callable[[float], None]) -> Login:
        """Wait until a person approves the code, and sign in as them.

        ``waiting`` is told the seconds that are left, again and again. A server that is away
        for a moment is asked again until then.

        Raises:
            CodeExpired: nobody approved it.
            QuickConnectOff: it was switched off meanwhile.
        """
        while not self._approved(code):
            left = code.ends - self._clock()
            if left <= 0:
                raise _expired(code)
            waiting(left)
            self._sleep(POLL_SECONDS)
        secret = {"Secret": code.secret}
        answer = self._transport.send("POST", routes.SIGN_IN_BY_CODE, json=secret, allowed=REFUSED)
        if answer.status in REFUSED:
            raise _expired(code)
        return self._login(answer)

    def _approved(self, code: Code) -> bool:
        secret = {"secret": code.secret}
        try:
            answer = self._transport.send("GET", routes.CODE_STATE, params=secret, allowed=REFUSED)
        except RetryLater:
            if self._clock() < code.ends:
                return False
            raise
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise _off()
        if answer.status in REFUSED:
            raise _expired(code)
        return Fields(answer.json(), "").flag("Authenticated")

    def _login(self, answer: Answer) -> Login:
        rights, token = parse.login(answer.json())
        return Login(rights, token, self._connect)


def _off() -> QuickConnectOff:
    fix = "sign in with --user, or switch it on: Dashboard, General, Quick Connect"
    return QuickConnectOff("Quick Connect is switched off on this server", fix)


def _expired(code: Code) -> CodeExpired:
    what = f"nobody approved the Quick Connect code {code.text} in time"
    return CodeExpired(what, "try again for a new code, or sign in with --user")
