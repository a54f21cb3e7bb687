"""The next episodes of a series, and who watches one, by whole servers of each version."""

import shutil
from pathlib import Path

import pytest
from served import FLAVOURS, Serve

from subtide.playground.flavour import V12, Flavour
from subtide.playground.server import Playground

EPISODES = ("S00E01", "S01E01", "S01E02", "S01E10", "S02E01", "S02E02")


@pytest.fixture
def show(root: Path, film: Path) -> Path:
    for name in EPISODES:
        place = root / f"tv/Show/Season {name[1:3]}/Show {name}.mkv"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(film, place)
    other = root / "tv/Other/Season 01/Other S01E03.mkv"
    other.parent.mkdir(parents=True)
    shutil.copy(film, other)
    return root


def names(server: Playground, ids: tuple[str, ...]) -> list[str]:
    return [server.catalogue.items[one].name.removeprefix("Show ") for one in ids]


def series(server: Playground) -> str:
    return next(i.id for i in server.catalogue.items.values() if i.name == "Show")


@FLAVOURS
@pytest.mark.parametrize(
    ("season", "episode", "following"),
    [
        (1, 1, ["S01E02", "S01E10", "S02E01"]),
        (1, 2, ["S01E10", "S02E01", "S02E02"]),
        (2, 1, ["S02E02"]),
        (2, 2, []),
        (0, 1, ["S01E01", "S01E02", "S01E10"]),
        (None, 0, ["S00E01", "S01E01", "S01E02"]),
    ],
)
def test_the_next_episodes_follow_by_number_across_seasons(  # noqa: PLR0913, PLR0917 - a table's columns
    serve: Serve,
    show: Path,
    flavour: Flavour,
    season: int | None,
    episode: int,
    following: list[str],
) -> None:
    server, jellyfin = serve(flavour)
    found = jellyfin.episodes_after(series(server), season, episode, 3)
    assert names(server, found) == following


@FLAVOURS
def test_of_two_files_with_one_number_one_counts(
    serve: Serve, show: Path, flavour: Flavour
) -> None:
    season = show / "tv/Show/Season 01"
    shutil.copy(season / "Show S01E02.mkv", season / "Show S01E02 again.mkv")
    server, jellyfin = serve(flavour)
    found = jellyfin.episodes_after(series(server), 1, 1, 2)
    assert [server.catalogue.items[one].number for one in found] == [2, 10]


def test_a_long_series_is_read_no_further_than_needed(serve: Serve, show: Path) -> None:
    server, jellyfin = serve(V12)
    before = len(server.requests("GET", "/Items"))
    jellyfin.episodes_after(series(server), 1, 1, 3)
    assert len(server.requests("GET", "/Items")) == before + 1


@FLAVOURS
def test_an_episode_that_is_played_is_told_with_its_place(
    serve: Serve, show: Path, flavour: Flavour
) -> None:
    server, jellyfin = serve(flavour)
    assert jellyfin.playing() == ()
    episode = next(i for i in server.catalogue.items.values() if i.name == "Show S02E01")
    session = server.play(episode.id)
    (played,) = jellyfin.playing()
    assert (played.item, played.source) == (episode.id, episode.id)
    assert (played.series, played.season, played.episode) == (series(server), 2, 1)
    server.stop_playing(session)
    assert jellyfin.playing() == ()
