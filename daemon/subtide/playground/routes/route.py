"""A route: which requests a handler serves, and what right they need."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from subtide.playground.auth import Caller
from subtide.playground.exchange import Request, Response

if TYPE_CHECKING:
    from subtide.playground.server import Playground


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler works with: the server, the request, and the path's named parts."""

    server: "Playground"
    request: Request
    parts: Mapping[str, str]


Handler = Callable[[Call], Response]


class Right(Enum):
    """Who may ask."""

    ANYONE = "anyone"
    SIGNED_IN = "any user or key"
    SUBTITLES = "a key, an administrator, or a user who may manage subtitles"
    ADMIN = "a key or an administrator"

    def allows(self, caller: Caller | None) -> bool:
        """Whether this caller has the right."""
        if self is Right.ANYONE:
            return True
        if caller is None:
            return False
        return {Right.SUBTITLES: caller.subtitles, Right.ADMIN: caller.admin}.get(self, True)


@dataclass(frozen=True, slots=True)
class Route:
    """One or more methods on one path; ``{name}`` stands for a part without a slash."""

    methods: str
    template: str
    right: Right
    handler: Handler

    def match(self, path: str) -> dict[str, str] | None:
        """Return the path's parts, or None; paths match without regard to case."""
        found = _compiled(self.template).fullmatch(path)
        return found.groupdict() if found else None


_patterns: dict[str, re.Pattern[str]] = {}


def _compiled(template: str) -> re.Pattern[str]:
    if template not in _patterns:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        _patterns[template] = re.compile(pattern, re.IGNORECASE)
    return _patterns[template]
