"""Fixtures of the library's tests."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from library_place import SRT, Clock, Place

from subtide.jobs.store import JobStore
from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.database import open_database
from subtide.storage.looks import Looks
from subtide.storage.outcomes import Outcomes
from subtide.storage.servers import Servers


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small media to copy."""
    folder = tmp_path_factory.mktemp("made")
    english = [AudioTrack("eng", default=True)]
    make_media(folder / "heard.mkv", english, duration=2.0)
    make_media(folder / "longer.mkv", english, duration=4.0)
    make_media(folder / "text.mkv", english, [SubtitleTrack(SRT, "eng")], duration=2.0)
    make_media(folder / "silent.mkv", (), duration=2.0)
    return folder


@pytest.fixture
def root(tmp_path: Path, made: Path) -> Path:
    """Films and an episode: one to hear, one with a text, one covered, one silent."""
    root = tmp_path / "media"
    for name, kind in {
        "Movies/Heard (2020)/Heard (2020).mkv": "heard",
        "Movies/Done (2021)/Done (2021).mkv": "heard",
        "Movies/Silent (1920)/Silent (1920).mkv": "silent",
        "TV/Show/Season 01/Show S01E01.mkv": "text",
    }.items():
        (root / name).parent.mkdir(parents=True)
        shutil.copy(made / f"{kind}.mkv", root / name)
    for code in ("en", "pt"):
        (root / f"Movies/Done (2021)/Done (2021).{code}.srt").write_text(SRT)
    return root


@pytest.fixture
def open_place(
    tmp_path: Path, root: Path, playground: Callable[..., Playground]
) -> Iterator[Callable[..., Place]]:
    clock = Clock()
    database = open_database("", tmp_path / "data", clock)

    def open_one(**options: object) -> Place:
        return Place(
            root,
            playground(root, **options),
            database,
            clock,
            JobStore(database),
            Looks(database),
            Outcomes(database),
            Servers(database),
        )

    yield open_one
    database.close()


@pytest.fixture
def place(open_place: Callable[..., Place]) -> Place:
    return open_place()
