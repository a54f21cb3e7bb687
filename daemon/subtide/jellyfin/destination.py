"""Our destination in the Webhook plugin's configuration: found, compared, put in, taken out.

The plugin takes its configuration as a whole and forgets what is left out, so everything that
is not ours goes back exactly as it was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import quote, urlsplit

EVENTS = ("ItemAdded", "ItemDeleted", "PlaybackStart", "PlaybackStop", "SessionStart")
"""What we want to hear; SessionStart proves that events arrive."""
ITEM_KINDS = ("EnableMovies", "EnableEpisodes", "EnableVideos")
OTHER_KINDS = ("EnableSeries", "EnableSeasons", "EnableAlbums", "EnableSongs")
OURS = frozenset({"content-type", "authorization"})
"""The headers that we set; others in our entry may serve a proxy, and stay."""
LIST = "GenericOptions"

Entry = Mapping[str, Any]
"""One destination as the plugin's JSON has it."""
Configuration = Mapping[str, Any]
"""The plugin's whole configuration as it was read."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one server sends its events."""

    address: str
    """Ours, as the server reaches it, without a slash at the end."""
    server: str
    """The server's name in the settings."""
    secret: str = field(repr=False)
    title: str
    """What it is called in the plugin: no other Subtide's has the same."""

    @property
    def uri(self) -> str:
        """The whole address of the receiver."""
        return self.address + _path(self.server)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Our headers. A charset behind the type would make the plugin send nothing."""
        return (
            ("Content-Type", "application/json"),
            ("Authorization", f"Bearer {self.secret}"),
        )

    def changes(self, entry: Entry) -> dict[str, Any]:
        """Return what has to change in an entry; nothing if it is right."""
        wanted = self._wanted(entry)
        if set(entry.get("NotificationTypes") or ()) == set(EVENTS):
            del wanted["NotificationTypes"]
        return {key: value for key, value in wanted.items() if not _same(entry.get(key), value)}

    def put_into(self, configuration: Configuration) -> dict[str, Any]:
        """Return the configuration with this destination, in the place of an older one of ours."""
        entries = _entries(configuration)
        older = find(configuration, self)
        if older is None:
            return {**configuration, LIST: [*entries, self._wanted({})]}
        changed = {**older, **self.changes(older)}
        return {**configuration, LIST: [changed if one is older else one for one in entries]}

    def _wanted(self, entry: Entry) -> dict[str, Any]:
        return {
            "WebhookName": self.title,
            "WebhookUri": self.uri,
            "EnableWebhook": True,
            "NotificationTypes": list(EVENTS),
            **dict.fromkeys(ITEM_KINDS, True),
            **dict.fromkeys(OTHER_KINDS, False),
            "SendAllProperties": True,
            "TrimWhitespace": False,
            "SkipEmptyMessageBody": False,
            "Template": "",
            "UserFilter": [],
            "Headers": self._headers(entry),
            "Fields": [],  # they would reach other people's destinations
        }

    def _headers(self, entry: Entry) -> list[dict[str, str]]:
        there = entry.get("Headers") or []
        ours = [{"Key": key, "Value": value} for key, value in self.headers]
        return [*(one for one in there if str(one.get("Key")).lower() not in OURS), *ours]


def find(configuration: Configuration, ours: Destination) -> Entry | None:
    """Return our entry: the one with our title, with our secret, or that leads to us.

    Another Subtide's entry has none of these, even where both call the server the same.
    """
    entries = _entries(configuration)
    by_title = (one for one in entries if one.get("WebhookName") == ours.title)
    by_secret = (one for one in entries if ours.secret and ours.headers[1] in _headers(one))
    by_uri = (one for one in entries if ours.address and one.get("WebhookUri") == ours.uri)
    return next(chain(by_title, by_secret, by_uri), None)


def replaced(
    configuration: Configuration, destination: Destination, entry: Entry | None
) -> dict[str, Any]:
    """Return the configuration with ``entry`` in the place of ours; None takes ours out."""
    ours = find(configuration, destination)
    kept = [entry if one is ours else one for one in _entries(configuration)]
    return {**configuration, LIST: [one for one in kept if one is not None]}


def address_of(entry: Entry, server: str) -> str | None:
    """Return our address in an entry, None if it leads elsewhere than to our receiver."""
    uri = str(entry.get("WebhookUri") or "").strip().rstrip("/")
    return uri.removesuffix(_path(server)) if urlsplit(uri).path.endswith(_path(server)) else None


def _headers(entry: Entry) -> list[tuple[str, str]]:
    return [(str(one.get("Key")), str(one.get("Value"))) for one in entry.get("Headers") or []]


def _path(server: str) -> str:
    return f"/webhook/{quote(server, safe='')}"


def _entries(configuration: Configuration) -> list[Entry]:
    return list(configuration.get(LIST) or [])


def _same(there: object, wanted: object) -> bool:
    """Compare two values; what is missing, empty or False is one to the plugin."""
    return there == wanted or not (there or wanted)
