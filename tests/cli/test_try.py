"""subtide try: one item now, with a daemon or without, released or not."""

import threading
import time
from collections.abc import Callable

from command import Home, Ran

from subtide.cli.output import ExitCode
from subtide.daemon import Daemon
from subtide.house import locked, open_house
from subtide.observe import logging
from subtide.settings import load
from subtide.storage.looks import Looks

Subtide = Callable[..., Ran]
TEXT, OTHER = "Text (2024)", "Text again (2025)"
WAITS_SECONDS = 60.0


def made(home: Home, name: str) -> bool:
    film = home.film(name)
    return film.with_name(f"{film.stem}.subtide.pt.srt").exists()


def test_one_item_is_made_though_nothing_is_released(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.add_text_film(OTHER)
    home.configure(start="ask")
    ran = at_home("try", "again", "--json")
    assert ran.code == 0, ran
    (result,) = ran.json["results"]
    film = home.film(OTHER)
    assert (result["language"], result["state"]) == ("pt", "published")
    assert result["path"] == str(film.with_name(f"{film.stem}.subtide.pt.srt"))
    assert (ran.json["title"], ran.json["left"]) == (OTHER, [])
    assert made(home, OTHER)
    assert not made(home, TEXT)


def test_what_lacks_nothing_says_why(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.configure(start="ask")
    ran = at_home("try", TEXT)
    assert ran.code == 0
    assert f"{TEXT}  pt        published" in ran.out
    again = at_home("try", TEXT)
    assert again.code == 0
    assert again.out.startswith(f"There is nothing to make of {TEXT}:")
    assert "pt        covered  pt subrip beside the file, ours" in again.out


def test_a_text_that_cannot_be_read_makes_way_for_the_next_at_once(
    home: Home, at_home: Subtide
) -> None:
    home.add_torn_film()
    home.configure(start="ask")
    ran = at_home("try", "Torn", "--json")
    assert ran.code == 0, ran
    (result,) = ran.json["results"]
    assert result["state"] == "published"
    states = [job["state"] for job in at_home("jobs", "--json").json]
    assert states == ["done", "cancelled"], "the later job took the other text"


def test_what_cannot_be_made_says_why(home: Home, at_home: Subtide) -> None:
    home.add_silent_film()
    ran = at_home("try", "Silent")
    assert ran.code == ExitCode.SOME_FAILED
    assert "Silent (1920) has no audio track" in ran.out


def test_what_is_passed_over_says_why(home: Home, at_home: Subtide) -> None:
    link = home.film("Far (2000)").with_suffix(".strm")
    link.parent.mkdir()
    link.write_text("http://127.0.0.1:9/far.mkv\n")
    home.playground.scan()
    ran = at_home("try", "Far")
    assert ran.code == 0
    assert "passed over  a remote source" in ran.out


def test_what_waits_for_an_admin_is_left(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.configure(policy={"languages": ["de"]}, models={"pull": False})
    ran = at_home("try", TEXT)
    assert ran.code == ExitCode.WORK_LEFT
    assert "left for later: translate: " in ran.out
    assert "firefox-en-de" in ran.out


def test_a_name_of_several_or_of_none_is_told(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.add_text_film(OTHER)
    ran = at_home("try", "tex")
    assert ran.code == ExitCode.USAGE
    assert "several are called that; name one:" in ran.err
    assert f"  {TEXT} (home)\n" in ran.err
    assert f"  {OTHER} (home)\n" in ran.err
    assert "no film or episode is called 'Brazil'" in at_home("try", "Brazil").err
    assert (
        "cabin is no server here; there is: home" in at_home("try", TEXT, "--server", "cabin").err
    )
    assert not home.playground.requests("POST")


def test_a_running_daemon_does_it_and_is_followed(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.configure(start="ask", web={"port": 0}, scan={"at_start": False})
    logging.set_up("warning", "lines")  # as in a process of its own: not to a command's output
    house = open_house(load(home.config).settings)
    with locked(house.data, serves=True):
        daemon = Daemon(house)
        daemon.start()
        try:
            ran = at_home("try", TEXT, "--json")
        finally:
            daemon.stop()
    house.close()
    assert ran.code == 0, ran
    (result,) = ran.json["results"]
    assert result["state"] == "published"
    assert made(home, TEXT)


def test_when_the_daemon_cannot_look_it_is_told(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.database().close()  # two who make the tables at once would be in each other's way
    postponed = threading.Thread(target=postpone_first_look, args=(home,))
    with locked(home.data, serves=True):
        postponed.start()
        ran = at_home("try", TEXT)
    postponed.join()
    assert ran.code == ExitCode.SOME_FAILED
    assert "the server is away" in ran.err


def postpone_first_look(home: Home) -> None:
    """Do as a daemon does whose server is away."""
    until = time.monotonic() + WAITS_SECONDS
    database = home.database()
    looks = Looks(database)
    while not looks.due() and time.monotonic() < until:
        time.sleep(0.05)
    for look in looks.due():
        looks.postpone(look, 60.0, "the server is away")
    database.close()
