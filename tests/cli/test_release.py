"""subtide release: what is said before it, what it opens, and how it is taken back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from command import Home, Ran

from subtide.cli.output import ExitCode
from subtide.house import locked
from subtide.playground.media import AudioTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.looks import EVERYTHING, Looks, Priority
from subtide.storage.releases import ALL, Releases

Subtide = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, playground: Callable[..., Playground]) -> Home:
    """Two empty libraries on a server that is configured."""
    media = tmp_path / "media"
    for library in ("Movies", "TV"):
        (media / library).mkdir(parents=True)
    return Home(media, playground(media), tmp_path / "data", tmp_path / "config.yaml")


@pytest.fixture
def closed(home: Home, at_home: Subtide) -> Subtide:
    """A library of two, in which one film lacks something, and nothing is released."""
    home.add_text_film()
    show = home.media / "TV" / "Show" / "Season 01" / "Show S01E01.mkv"
    make_media(show, [AudioTrack("eng", default=True)], duration=2.0)
    home.playground.scan()
    home.configure(start="ask")
    return at_home


def released(home: Home) -> frozenset[str]:
    database = home.database()
    found = Releases(database).of(home.playground.id)
    database.close()
    return found


def ids(home: Home) -> dict[str, str]:
    return {library.name: library.id for library in home.playground.catalogue.libraries}


def test_nothing_is_made_before_it(home: Home, closed: Subtide) -> None:
    ran = closed("run", "--once", "--json")
    assert (ran.code, ran.json["results"], ran.json["left"]) == (0, [], [])
    assert "Nothing is released yet, so nothing was planned" in closed("scan").out
    assert not home.playground.requests("POST")
    assert closed("release", "Movies", "--yes").code == 0
    ran = closed("run", "--once", "--json")
    assert [row["title"] for row in ran.json["results"]] == ["Text (2024)"]


def test_it_says_first_what_would_be_made(home: Home, closed: Subtide) -> None:
    ran = closed("release", "Movies", "--yes")
    assert ran.code == 0, ran
    assert ran.err == "Looking through home first ...\n"
    lines = ran.out.splitlines()
    assert lines[1].split() == ["Movies", "pt", "text", "1", "4", "s", "?"]
    assert "1 film or episode to be made, 4 s of media." in ran.out
    assert lines[-1] == (
        "Open now: Movies on home. Start the daemon, or do it now: subtide run --once"
    )
    assert released(home) == {ids(home)["Movies"]}


def test_without_a_library_all_are_opened(home: Home, closed: Subtide) -> None:
    ran = closed("release", "--yes", "--json")
    assert ran.json["released"] == [{"server": "home", "libraries": ["all libraries"], "all": True}]
    forecast = ran.json["forecast"]
    assert {(row["library"], row["language"]) for row in forecast["lines"]} == {
        ("Movies", "pt"),
        ("TV", "en"),
        ("TV", "pt"),
    }
    assert forecast["sources"] == 2
    assert released(home) == {ALL}


def test_a_running_daemon_is_asked_to_begin_after_what_people_ask_for(
    home: Home, closed: Subtide
) -> None:
    with locked(home.data, serves=True):
        ran = closed("release", "tv", "--yes")
    assert "Open now: TV on home. The running daemon begins" in ran.out
    database = home.database()
    ((look, _),) = Looks(database).pending()
    database.close()
    assert (look.item, look.signal, look.priority) == (EVERYTHING, "person", Priority.NIGHTLY)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_where_nobody_can_be_asked_it_needs_a_yes(
    home: Home, closed: Subtide, words: tuple[str, ...]
) -> None:
    ran = closed("release", *words)
    assert ran.code == ExitCode.USAGE
    assert "--yes" in ran.out + ran.err
    assert released(home) == frozenset()


def test_an_unknown_library_or_server_is_told(home: Home, closed: Subtide) -> None:
    ran = closed("release", "Movies", "Filme", "--yes")
    assert ran.code == ExitCode.USAGE
    assert "Filme is no library to care for; there is: Movies, TV" in ran.err
    ran = closed("release", "--server", "attic", "--yes")
    assert "attic is no server here; there is: home" in ran.err
    assert released(home) == frozenset()


def test_all_can_be_closed_again(home: Home, closed: Subtide) -> None:
    closed("release", "--yes")
    ran = closed("release", "--withdraw")
    assert ran.code == 0
    assert ran.out.startswith("Closed: all libraries on home. Nothing new is planned there")
    assert released(home) == frozenset()


def test_one_of_all_can_be_closed_again(home: Home, closed: Subtide) -> None:
    closed("release", "--yes")
    ran = closed("release", "Movies", "--withdraw", "--json")
    assert ran.json == {"withdrawn": [{"server": "home", "libraries": ["Movies"], "all": False}]}
    assert released(home) == {ids(home)["TV"]}
    assert closed("release", "TV", "--withdraw").code == 0
    assert released(home) == frozenset()


def test_with_start_auto_all_is_open_already(home: Home, closed: Subtide) -> None:
    home.configure(start="auto")
    assert closed("release").out == "start is auto, so every library is open already.\n"
    assert closed("release", "--json").json["released"] == []
    assert released(home) == frozenset()
