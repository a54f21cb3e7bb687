"""Auth: users, keys and tokens, and who a request comes from."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from subtide.playground.catalogue import Clock, now
from subtide.playground.dto import timestamp
from subtide.playground.flavour import Flavour
from subtide.playground.quick_connect import QuickConnect
from subtide.playground.tree import make_id

PAIR = re.compile(r'(\w+)\s*=\s*"?([^",]*)"?')
SCHEME = "mediabrowser"
IDENTITY = ("client", "device", "deviceid", "version")
"""What a login must say of the client."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of the playground."""

    name: str
    password: str
    admin: bool = False
    subtitles: bool = False
    """EnableSubtitleManagement."""
    subtitle_language: str = ""
    """Configuration.SubtitleLanguagePreference, three letters."""

    @property
    def id(self) -> str:
        """The user's id."""
        return make_id("User", self.name)


ADMIN = User("admin", "pw", admin=True)
HELPER = User("helper", "pw", subtitles=True)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the Authorization header says: the token and the client."""

    token: str | None
    client: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. An API key has no user and may do everything."""

    user: User | None
    token: str

    @property
    def admin(self) -> bool:
        """Whether every right is given."""
        return self.user is None or self.user.admin

    @property
    def subtitles(self) -> bool:
        """Whether subtitles may be uploaded."""
        return self.admin or (self.user is not None and self.user.subtitles)


@dataclass(slots=True)
class Session:
    """A user at a device."""

    user: User
    token: str
    client: Mapping[str, str]
    since: datetime
    playing: tuple[str, str, int] | None = None
    """Item, source and position in ticks."""

    @property
    def id(self) -> str:
        """The session's id: of the device, not of the login."""
        return make_id("Session", self.client["deviceid"])


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key and the app it was made for."""

    token: str
    app: str
    created: datetime


@dataclass
class Door:
    """Knows every key and token."""

    flavour: Flavour
    users: tuple[User, ...]
    clock: Clock = now
    keys: list[ApiKey] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without any code."""
        self.codes = QuickConnect(self.clock, self.open_session)

    def make_key(self, app: str) -> ApiKey:
        """Make a key for an app."""
        key = ApiKey(uuid.uuid4().hex, app, self.clock())
        self.keys.append(key)
        return key

    def app_of(self, token: str) -> str:
        """Return the app that a key was made for; the server calls its client so."""
        return next((key.app for key in self.keys if key.token == token), "")

    def login(self, name: str, password: str, client: Mapping[str, str]) -> Session | None:
        """Return a new session; an older one of the same user and device ends."""
        matches = (u for u in self.users if u.name.lower() == name.lower())
        user = next(matches, None)
        if user is None or user.password != password:
            return None
        return self.open_session(user, client)

    def open_session(self, user: User, client: Mapping[str, str]) -> Session:
        """Sign a user in without asking; an older session of the same device ends."""
        session = Session(user, uuid.uuid4().hex, client, self.clock())
        device = client["deviceid"]
        self.sessions = [
            s for s in self.sessions if (s.user, s.client["deviceid"]) != (user, device)
        ]
        self.sessions.append(session)
        return session

    def close_session(self, token: str) -> None:
        """End the session of a token, if it is one's."""
        self.sessions = [s for s in self.sessions if s.token != token]

    def identify(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Identity:
        """Read the token wherever this version looks for it, and the client's words."""
        words = _header_words(headers.get("Authorization", ""), self.flavour)
        if not words and self.flavour.legacy_auth:
            words = _header_words(headers.get("X-Emby-Authorization", ""), self.flavour)
        places = [words.get("token")]
        if self.flavour.legacy_auth:
            places += [headers.get("X-Emby-Token"), headers.get("X-MediaBrowser-Token")]
        places.append(query.get("apikey"))
        if self.flavour.legacy_auth:
            places.append(query.get("api_key"))
        return Identity(next((p for p in places if p), None), words)

    def caller(self, token: str | None) -> Caller | None:
        """Return whose token this is, None for an unknown or revoked one."""
        if any(key.token == token for key in self.keys):
            return Caller(None, token or "")
        user = next((s.user for s in self.sessions if s.token == token), None)
        return Caller(user, token or "") if user else None


def _header_words(header: str, flavour: Flavour) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    known = {SCHEME, "emby"} if flavour.legacy_auth else {SCHEME}
    if scheme.lower() not in known:
        return {}
    return {key.lower(): unquote_plus(value) for key, value in PAIR.findall(rest)}


def session_json(session: Session, server_id: str, *, new_fields: bool) -> dict[str, Any]:
    """Return a SessionInfoDto without what is playing."""
    seen = timestamp(session.since)
    return {
        "PlayState": {
            "CanSeek": False,
            "IsPaused": False,
            "IsMuted": False,
            "RepeatMode": "RepeatNone",
            "PlaybackOrder": "Default",
        },
        "AdditionalUsers": [],
        "Capabilities": {
            "PlayableMediaTypes": [],
            "SupportedCommands": [],
            "SupportsMediaControl": False,
            "SupportsPersistentIdentifier": True,
        },
        "RemoteEndPoint": "127.0.0.1",
        "PlayableMediaTypes": [],
        "Id": session.id,
        "UserId": session.user.id,
        "UserName": session.user.name,
        "Client": session.client["client"],
        "LastActivityDate": seen,
        "LastPlaybackCheckIn": "0001-01-01T00:00:00.0000000Z",
        "DeviceName": session.client["device"],
        "DeviceId": session.client["deviceid"],
        "ApplicationVersion": session.client["version"],
        "IsActive": True,
        "SupportsMediaControl": False,
        "SupportsRemoteControl": False,
        "NowPlayingQueue": [],
        **({} if new_fields else {"NowPlayingQueueFullItems": []}),
        "HasCustomDeviceName": False,
        "ServerId": server_id,
        "SupportedCommands": [],
    }
