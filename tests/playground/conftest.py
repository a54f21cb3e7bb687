"""A small library of one film."""

import shutil
from pathlib import Path

import pytest
from playground_client import FILM

from subtide.playground.media import AudioTrack, make_media


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of film with two audio tracks, the second one the default."""
    path = tmp_path_factory.mktemp("made") / "film.mkv"
    tracks = [AudioTrack("eng"), AudioTrack("fre", default=True, channels=2)]
    return make_media(path, tracks, duration=1.0)


@pytest.fixture
def root(tmp_path: Path, made: Path) -> Path:
    """A library of one film."""
    film = tmp_path / "library" / FILM
    film.parent.mkdir(parents=True)
    shutil.copy(made, film)
    return tmp_path / "library"
