"""Quick Connect: codes that devices show, and that a person who is signed in approves."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from subtide.playground.catalogue import Clock
from subtide.playground.dto import timestamp

if TYPE_CHECKING:
    from subtide.playground.auth import Session, User

LASTS = timedelta(minutes=10)
"""How long a code waits for a person, and then a sign-in for its device."""


@dataclass(slots=True)
class Pending:
    """A device that shows a code."""

    secret: str
    code: str
    client: Mapping[str, str]
    since: datetime
    session: "Session | None" = None
    """Set once a person has said yes."""


class QuickConnect:
    """Every code of one server. The sign-in is made when a person approves, not when asked for."""

    def __init__(
        self, clock: Clock, sign_in: "Callable[[User, Mapping[str, str]], Session]"
    ) -> None:
        """``sign_in``: opens a user's session at a device."""
        self._clock = clock
        self._sign_in = sign_in
        self._pending: list[Pending] = []

    def initiate(self, client: Mapping[str, str]) -> Pending:
        """Make a code for a device."""
        code = f"{secrets.randbelow(10**6):06}"
        made = Pending(secrets.token_hex(32), code, client, self._clock())
        self._pending.append(made)
        return made

    def find(self, secret: str) -> Pending | None:
        """Return what a device's secret stands for; None for an unknown or expired one."""
        return next((one for one in self._fresh() if one.secret == secret), None)

    @property
    def shown(self) -> list[str]:
        """The codes that wait for a person."""
        return [one.code for one in self._fresh() if one.session is None]

    def approve(self, code: str, user: "User") -> "Session":
        """Sign the device with this code in as a user.

        Raises LookupError for an unknown code, ValueError for one that is approved already.
        """
        pending = next((one for one in self._fresh() if one.code == code), None)
        if pending is None:
            raise LookupError(code)
        if pending.session is not None:
            raise ValueError(code)
        pending.session = self._sign_in(user, pending.client)
        return pending.session

    def _fresh(self) -> list[Pending]:
        now = self._clock()
        return [one for one in self._pending if now - one.since < LASTS]


def pending_json(pending: Pending) -> dict[str, Any]:
    """Return a QuickConnectResult."""
    return {
        "Authenticated": pending.session is not None,
        "Secret": pending.secret,
        "Code": pending.code,
        "DeviceId": pending.client["deviceid"],
        "DeviceName": pending.client["device"],
        "AppName": pending.client["client"],
        "AppVersion": pending.client["version"],
        "DateAdded": timestamp(pending.since),
    }
