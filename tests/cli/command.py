"""A command run to its end, and a home for it: a media folder, a server, a config.yaml."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.database import Database, open_database

SRT = "1\n00:00:01,000 --> 00:00:03,000\nWho left the door open?\n\n"


class Terminal(io.StringIO):
    """Standard input of a person."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - a document
        """What it printed, which has to be one JSON document."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Home:
    """Everything that a command needs around it."""

    media: Path
    playground: Playground
    data: Path
    config: Path

    def configure(self, **settings: object) -> None:
        """Write config.yaml: JSON is YAML."""
        tree = {
            "data": str(self.data),
            "servers": {"home": {"url": self.playground.url, "key": self.playground.key}},
            "start": "auto",
            "policy": {"languages": ["en", "pt"]},
        }
        self.config.write_text(json.dumps(tree | settings), encoding="utf-8")

    def database(self) -> Database:
        return open_database("", self.data)

    def film(self, name: str) -> Path:
        return self.media / "Movies" / name / f"{name}.mkv"

    def add_text_film(self, name: str = "Text (2024)") -> Path:
        """A film with an English text inside: no ears needed."""
        track = SubtitleTrack(SRT, language="eng")
        path = make_media(self.film(name), subtitles=[track], duration=4.0)
        self.playground.scan()
        return path

    def add_torn_film(self, name: str = "Torn (2022)") -> Path:
        """A film with an empty English text beside it, and a whole one for the deaf inside."""
        film = self.film(name)
        track = SubtitleTrack(SRT, language="eng", title="SDH")
        path = make_media(film, subtitles=[track], duration=4.0)
        empty = SRT.replace("Who left the door open?", "<i> </i>")
        film.with_suffix(".en.srt").write_text(empty, encoding="utf-8")
        self.playground.scan()
        return path

    def add_covered_film(self, name: str = "Covered (2023)") -> Path:
        track = [AudioTrack("eng", default=True)]
        texts = [SubtitleTrack(SRT, language="eng"), SubtitleTrack(SRT, language="por")]
        path = make_media(self.film(name), track, texts, duration=2.0)
        self.playground.scan()
        return path

    def add_silent_film(self, name: str = "Silent (1920)") -> Path:
        path = make_media(self.film(name), [], duration=2.0)
        self.playground.scan()
        return path
