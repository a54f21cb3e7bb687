"""A client that speaks to a playground as the recordings do."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from subtide.playground.server import Playground

Open = Callable[..., Playground]
"""The ``playground`` fixture."""
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n"
FLAGS = {"IsForced": False, "IsHearingImpaired": False}
FILM = "Movies/Film (2020)/Film (2020).mkv"


@dataclass
class Client:
    """Asks a playground, with its key unless told otherwise."""

    server: Playground
    token: str

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        headers = {"Authorization": f'MediaBrowser Token="{self.token}"'}
        headers |= options.pop("headers", {})
        return requests.request(
            method,
            self.server.url + path,
            headers=headers,
            timeout=30,
            allow_redirects=False,
            **options,
        )

    def items(self, query: str = "") -> list[dict[str, Any]]:
        """List all films and episodes with their sources."""
        common = "recursive=true&includeItemTypes=Movie,Episode&fields=Path,MediaSources,Etag"
        answer = self.ask("GET", f"/Items?{common}&{query or 'collapseBoxSetItems=false'}")
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["Items"]
        return found

    def id_of(self, name: str) -> str:
        """The id of the item whose name begins so."""
        return next(str(i["Id"]) for i in self.items() if i["Name"].startswith(name))

    def sidecars(self, item: str) -> list[str]:
        """The file names of an item's external subtitles, in the order of their index."""
        streams = self.items(f"ids={item}")[0]["MediaSources"][0]["MediaStreams"]
        return [Path(s["Path"]).name for s in streams if s["IsExternal"]]

    def upload(self, item: str, language: str = "eng", text: str = SRT) -> int:
        """Upload a subtitle and let the queue come to rest."""
        data = base64.b64encode(text.encode()).decode()
        body = {"Language": language, "Format": "srt", "Data": data, **FLAGS}
        answer = self.ask("POST", f"/Videos/{item}/Subtitles", json=body)
        self.server.settle()
        return answer.status_code
