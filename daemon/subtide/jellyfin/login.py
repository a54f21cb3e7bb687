"""Login: someone who is signed in, the keys that they make, and the end of it.

Forbidden
├── NoAdministrator  who signed in may not make keys
└── MayNotUpload     who signed in may not manage subtitles
"""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from subtide.errors import BrokenAnswer, Forbidden, SubtideError
from subtide.jellyfin import routes
from subtide.jellyfin.answers import Rights
from subtide.jellyfin.fields import Fields
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.transport import Transport

Connect = Callable[[str], Transport]
"""Gives a transport for a key or token, or for none."""


class NoAdministrator(Forbidden):
    """Who signed in may not make keys."""


class MayNotUpload(Forbidden):
    """Who signed in may not manage subtitles."""


class Login:
    """A user who is signed in; their token goes to ``keep`` or is ended by ``sign_out``.

    Every method may raise the errors of transport.
    """

    def __init__(self, rights: Rights, token: str, connect: Connect) -> None:
        """``rights``: the user's."""
        self.rights = rights
        self._token = token
        self._connect = connect
        self._transport = connect(token)

    def make_key(self, app: str = "Subtide") -> str:
        """Make an API key of this name, try it, and return it.

        The server does not tell which key it made, so it is looked for by its name.

        Raises:
            NoAdministrator: this user may not.
            BrokenAnswer: no new key of that name is there.
        """
        if not self.rights.admin:
            what = f"{self.rights.name} is no administrator, and only one makes API keys"
            fix = "sign in as an administrator, or give Subtide less: see --as-user"
            raise NoAdministrator(what, fix)
        before = keys_of(self._transport, app)
        try:
            self._transport.send("POST", routes.KEYS, params={"app": app})
        except BaseException:
            # Only the answer may be lost; an administrator's key that nobody has must not stay.
            with suppress(SubtideError):
                for key in self._fresh(app, before):
                    self.remove_key(key)
            raise
        fresh = self._fresh(app, before)
        if not fresh:
            fix = "make one by hand (Dashboard, API Keys) and use --key-stdin"
            raise BrokenAnswer(f"the server made no API key named {app}", fix)
        self._try(fresh[-1])
        return fresh[-1]

    def _fresh(self, app: str, before: Collection[str]) -> list[str]:
        return [key for key in keys_of(self._transport, app) if key not in before]

    def remove_key(self, key: str) -> None:
        """Remove an API key from the server."""
        self._transport.send("DELETE", routes.key(key))

    def keep(self) -> str:
        """Return the token, to be used from now on.

        Raises:
            MayNotUpload: this user may not manage subtitles.
        """
        check_uploads(self.rights)
        self._transport.close()
        return self._token

    def sign_out(self) -> None:
        """End the sign-in; its token is dead then."""
        try:
            self._transport.send("POST", routes.SIGN_OUT)
        finally:
            self._transport.close()

    def _try(self, key: str) -> None:
        transport = self._connect(key)
        try:
            transport.send("GET", routes.INFO)
        except SubtideError:
            with suppress(SubtideError):  # the first one says more
                self.remove_key(key)
            raise
        finally:
            transport.close()


def connector(
    url: str,
    identity: Identity,
    *,
    ca: Path | None = None,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Connect:
    """Return what connects this device with any key."""
    return lambda key: Transport(url, replace(identity, key=key), ca=ca, sleep=sleep, clock=clock)


def check_uploads(rights: Rights) -> None:
    """Raise MayNotUpload for a user who may not manage subtitles."""
    if not rights.subtitles:
        fix = f"as an administrator, open Dashboard, Users, {rights.name} and allow it; try again"
        raise MayNotUpload(f"{rights.name} may not manage subtitles", fix)


def keys_of(transport: Transport, app: str) -> list[str]:
    """Return the API keys of this name, the newest last."""
    rows = Fields(transport.send("GET", routes.KEYS, retries=0).json(), "").each("Items")
    named = [row for row in rows if row.text("AppName") == app]
    # The server writes as many decimals of a second as it needs.
    named.sort(key=lambda row: row.text("DateCreated").rstrip("Z"))
    return [row.required("AccessToken") for row in named]


def remove_own(connect: Connect, key: str, app: str) -> bool:
    """Remove an API key by its own right, if it is one of this name; return whether it was.

    Raises as transport does; KeyRejected when it is no longer good.
    """
    transport = connect(key)
    try:
        if key not in keys_of(transport, app):
            return False
        transport.send("DELETE", routes.key(key))
    finally:
        transport.close()
    return True
