"""Plugins: what is installed, what the repositories offer, and how the Webhook plugin is set."""

from collections.abc import Mapping
from typing import Any

from subtide.playground.tree import make_id

WEBHOOK_ID = "71552a5a5c5c4350a2aeebe451a30173"
WEBHOOK = "Webhook"
WEBHOOK_VERSION = "21.0.0.0"
OFFICIAL = "https://repo.jellyfin.org/files/plugin/manifest.json"
"""The list that offers the Webhook plugin; every server starts with it."""
BUILT_IN = (
    ("AudioDB", "Get artist and album metadata from AudioDB."),
    ("OMDb", "Get metadata for movies from OMDb."),
    ("Studio Images", "Get artwork for studios."),
)
OTHER_KINDS = (
    "DiscordOptions",
    "GenericFormOptions",
    "GotifyOptions",
    "PushbulletOptions",
    "PushoverOptions",
    "SlackOptions",
    "SmtpOptions",
    "MqttOptions",
)
"""Destinations that the stand-in keeps, but never sends to."""
PAIRS = ("Headers", "Fields")
LISTS = ("NotificationTypes", "UserFilter")
TEXTS = ("WebhookName", "WebhookUri", "Template")
SWITCHES = (
    "EnableMovies",
    "EnableEpisodes",
    "EnableSeries",
    "EnableSeasons",
    "EnableAlbums",
    "EnableSongs",
    "EnableVideos",
    "SendAllProperties",
    "TrimWhitespace",
    "SkipEmptyMessageBody",
)
"""False unless they are sent as true."""


class Plugins:
    """What a server has installed. The Webhook plugin is absent until somebody installs it."""

    def __init__(self) -> None:
        """Start as a fresh server does."""
        self.repositories: list[dict[str, Any]] = [
            {"Name": "Jellyfin Stable", "Url": OFFICIAL, "Enabled": True}
        ]
        self.status = ""
        """The Webhook plugin's state in the server's word; empty while it is absent. A knob."""
        self.configuration = as_kept({})
        """The Webhook plugin's whole configuration."""

    @property
    def active(self) -> bool:
        """Whether the Webhook plugin works."""
        return self.status == "Active"

    @property
    def offered(self) -> bool:
        """Whether a repository offers the Webhook plugin."""
        return any(r.get("Url") == OFFICIAL and r.get("Enabled") for r in self.repositories)

    def install(self) -> None:
        """Unpack the Webhook plugin; it is loaded at the next start."""
        self.status = "Restart"

    def load(self) -> None:
        """Load what was installed, as a start does."""
        if self.status == "Restart":
            self.status = "Active"

    def installed(self, version: str, *, images: bool) -> list[dict[str, Any]]:
        """Return a PluginInfo each; ``version`` and ``images`` are those of the built-in ones."""
        rows = [
            _plugin(name, make_id("Plugin", name), f"{version}.0", text, image=images)
            for name, text in BUILT_IN
        ]
        if self.status:
            text = "Sends notifications to various services via webhooks."
            row = _plugin(WEBHOOK, WEBHOOK_ID, WEBHOOK_VERSION, text, image=True)
            rows.append({**row, "CanUninstall": True, "Status": self.status})
        return rows

    def packages(self) -> list[dict[str, Any]]:
        """Return a PackageInfo each, in its own small letters."""
        if not self.offered:
            return []
        version = {
            "version": WEBHOOK_VERSION,
            "VersionNumber": WEBHOOK_VERSION,
            "changelog": "",
            "targetAbi": "10.11.8.0",
            "sourceUrl": "https://repo.jellyfin.org/files/plugin/webhook/webhook_21.0.0.0.zip",
            "checksum": "0" * 32,
            "timestamp": "2026-05-05T00:00:00Z",
            "repositoryName": "Jellyfin Stable",
            "repositoryUrl": OFFICIAL,
        }
        return [
            {
                "name": WEBHOOK,
                "description": "Sends notifications to various services via webhooks.",
                "overview": "Sends notifications to various services via webhooks.",
                "owner": "jellyfin",
                "category": "Notifications",
                "guid": WEBHOOK_ID,
                "versions": [version],
            }
        ]


def _plugin(name: str, plugin: str, version: str, text: str, *, image: bool) -> dict[str, Any]:
    return {
        "Name": name,
        "Version": version,
        "ConfigurationFileName": f"Jellyfin.Plugin.{name.replace(' ', '')}.xml",
        "Description": text,
        "Id": plugin,
        "CanUninstall": False,
        "HasImage": image,
        "Status": "Active",
    }


def as_kept(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the plugin keeps of a configuration that was posted.

    Names count with their capitals, unknown ones are dropped, what is missing is empty.
    """
    return {
        "ServerUrl": posted.get("ServerUrl") or "",
        **{kind: list(posted.get(kind) or []) for kind in OTHER_KINDS},
        "GenericOptions": [destination(**one) for one in posted.get("GenericOptions") or []],
    }


def destination(**posted: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever was posted
    """Return one entry of GenericOptions as the plugin keeps it."""
    return {
        **{name: list(posted.get(name) or []) for name in LISTS},
        **{name: [_pair(one) for one in posted.get(name) or []] for name in PAIRS},
        **{name: posted.get(name) or "" for name in TEXTS},
        **{name: posted.get(name) is True for name in SWITCHES},
        "EnableWebhook": posted.get("EnableWebhook", True) is True,
    }


def _pair(posted: Mapping[str, Any]) -> dict[str, str]:
    return {name: posted.get(name) or "" for name in ("Key", "Value")}
