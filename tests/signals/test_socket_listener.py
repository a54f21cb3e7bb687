"""SocketListener: which looks it asks for, and how it holds on to a server that comes and goes."""

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from subtide.daemon import Daemon, LookLoop
from subtide.house import open_house
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.retry import PATIENT_SECONDS
from subtide.library.server import ConnectedServer
from subtide.playground.auth import HELPER
from subtide.playground.flavour import V10_10, V10_11, V12, Flavour
from subtide.playground.media import AudioTrack, make_media
from subtide.playground.server import Playground
from subtide.settings import Server, Settings
from subtide.signals.socket import MANY, SocketListener
from subtide.storage.database import open_database
from subtide.storage.looks import CHANGES, Ask, Looks, Priority
from subtide.storage.servers import Servers

PROMPT = 20.0
"""Seconds that something may take that comes at once; only ends a hang."""
SOON = 5.0
"""Seconds within which it stops, generously: it is done after half a second at most."""
PLAYER = {"client": "test", "device": "test", "deviceid": "test", "version": "1"}
FILM = "Movies/Film (2020)/Film (2020).mkv"
CHANGED = (CHANGES, "socket", Priority.NEW)


class Noted(Looks):
    """Looks that say when they are asked for."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - whatever Looks takes
        super().__init__(*args)
        self.asked: list[tuple[str, str, Priority]] = []
        self.fails_once = False
        self._changed = threading.Condition()

    def ask_all(self, asks: Iterable[Ask]) -> None:
        if self.fails_once:
            self.fails_once = False
            raise RuntimeError("the disk is full")
        wanted = list(asks)
        super().ask_all(wanted)
        with self._changed:
            self.asked += [(ask.item, ask.signal, ask.priority) for ask in wanted]
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[tuple[str, str, Priority]]:
        """Return all that was asked for, once it is so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.asked) >= count, PROMPT), self.asked
            return list(self.asked)


class Waits:
    """Waits that last until the test lets them pass."""

    def __init__(self, stopping: threading.Event) -> None:
        self.seconds: list[float] = []
        self._stopping = stopping
        self._begun = threading.Semaphore(0)
        self._over = threading.Semaphore(0)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._begun.release()
        while not self._stopping.is_set() and not self._over.acquire(timeout=0.02):
            pass

    def next(self) -> float:
        """Return the seconds of the next wait, once it has begun."""
        assert self._begun.acquire(timeout=PROMPT), self.seconds
        return self.seconds[-1]

    def let_pass(self) -> None:
        self._over.release()


class Clock:
    """Seconds that only the test lets pass."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Place:
    """One listener and everything around it."""

    def __init__(self, playground: Playground, data: Path) -> None:
        self.playground = playground
        self.clock = Clock()
        self.stopping = threading.Event()
        self.waits = Waits(self.stopping)
        self.database = open_database("", data)
        self.looks = Noted(self.database)
        self.known = Servers(self.database)
        self.listeners: list[SocketListener] = []
        self.clients: list[Jellyfin] = []

    def listener(self, key: str = "", url: str = "", **options: Any) -> SocketListener:  # noqa: ANN401
        url, key = url or self.playground.url, key or self.playground.key
        client = Jellyfin(
            url, key, device_id="0" * 32, device_name="test", version="0", clock=self.clock
        )
        settings = Server.model_validate({"url": url, "key": key})
        server = ConnectedServer("home", settings, client, MediaAccess())
        usual = {"wait": self.waits, "clock": self.clock, "rng": lambda: 0.0}
        listener = SocketListener(
            server, self.known, self.looks, self.stopping, **(usual | options)
        )
        self.clients.append(client)
        self.listeners.append(listener)
        return listener

    def listening(self, key: str = "") -> SocketListener:
        """A listener whose subscriptions are in force."""
        listener = self.listener(key)
        listener.start()
        assert self.looks.wait_for(1) == [CHANGED]
        return listener

    def film(self) -> str:
        return next(i.id for i in self.playground.catalogue.items.values() if i.files)

    def close(self) -> None:
        for listener in self.listeners:
            listener.stop()
        for client in self.clients:
            client.close()
        self.database.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "film.mkv"
    return make_media(path, [AudioTrack("eng", default=True)], duration=1.0)


@pytest.fixture
def root(tmp_path: Path, made: Path) -> Path:
    (tmp_path / "media" / FILM).parent.mkdir(parents=True)
    shutil.copy(made, tmp_path / "media" / FILM)
    return tmp_path / "media"


@pytest.fixture
def place_of(
    root: Path, tmp_path: Path, playground: Callable[..., Playground]
) -> Iterator[Callable[..., Place]]:
    places: list[Place] = []

    def make(flavour: Flavour = V12) -> Place:
        places.append(Place(playground(root, flavour), tmp_path / "data"))
        return places[-1]

    (tmp_path / "data").mkdir()
    yield make
    for place in places:
        place.close()


@pytest.fixture
def place(place_of: Callable[..., Place]) -> Place:
    return place_of()


def until(happens: Callable[[], bool]) -> float:
    """Wait until something happens that has no event; return the seconds that it took."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() - began < PROMPT
        time.sleep(0.02)
    return time.monotonic() - began


# -- what is asked for --------------------------------------------------------------------


@pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda one: one.version)
def test_a_finished_scan_is_a_look_at_what_changed(
    place_of: Callable[..., Place], flavour: Flavour
) -> None:
    place = place_of(flavour)
    listener = place.listening()
    assert listener.state == "ok"
    place.playground.scan()
    assert place.looks.wait_for(2) == [CHANGED, CHANGED]
    assert [(look.server, look.item) for look in place.looks.due()] == [
        (place.playground.id, CHANGES)
    ]


def test_what_begins_to_play_is_looked_at_once_and_first(place: Place) -> None:
    place.listening()
    session = place.playground.play(place.film())
    watched = (place.film(), "playback", Priority.PLAYING)
    assert place.looks.wait_for(2)[1:] == [watched]
    place.playground.listeners.tell_sessions()  # nothing new in it
    place.playground.stop_playing(session)
    place.playground.play(place.film())
    assert place.looks.wait_for(3)[2:] == [watched]
    assert next(iter(place.looks.due())).item == place.film()


def test_a_user_s_socket_names_the_changed_items(place: Place) -> None:
    place.playground.library_seconds = 0.05
    session = place.playground.door.login(HELPER.name, HELPER.password, PLAYER)
    assert session is not None
    place.listening(session.token)
    film, old = place.film(), place.playground.catalogue.items[place.film()]
    shutil.rmtree(old.files[0].path.parent)
    place.playground.scan()
    assert place.looks.wait_for(2)[1:] == [(film, "socket", Priority.NEW)]


def test_an_item_that_came_and_went_is_looked_at_once(place: Place) -> None:
    place.listening()
    both = {"ItemsAdded": ["aa"], "ItemsUpdated": ["bb"], "ItemsRemoved": ["aa"]}
    place.playground.listeners.tell("LibraryChanged", both)
    place.playground.scan()
    items = [item for item, _, _ in place.looks.wait_for(4)]
    assert items == [CHANGES, "aa", "bb", CHANGES]


@pytest.mark.parametrize(("count", "looks"), [(MANY, MANY), (MANY + 1, 1)])
def test_too_many_changed_items_are_one_look(place: Place, count: int, looks: int) -> None:
    place.listening()
    ids = [f"{number:032x}" for number in range(count)]
    place.playground.listeners.tell("LibraryChanged", {"ItemsUpdated": ids})
    place.playground.play(place.film())
    asked = place.looks.wait_for(1 + looks + 1)
    assert asked[1:-1] == ([CHANGED] if looks == 1 else [(i, *CHANGED[1:]) for i in ids])
    assert asked[-1][1] == "playback"


# -- how it holds on ----------------------------------------------------------------------


def test_a_dropped_socket_is_opened_again_and_looked_behind(place: Place) -> None:
    listener = place.listening()
    place.playground.drop_sockets()
    assert place.waits.next() == 1.0
    assert listener.state == "the socket was closed"
    place.waits.let_pass()
    assert place.looks.wait_for(2) == [CHANGED, CHANGED]
    assert listener.state == "ok"


def test_what_was_playing_before_is_not_asked_for_again(place: Place) -> None:
    place.listening()
    place.playground.play(place.film())
    place.looks.wait_for(2)
    place.playground.drop_sockets()
    place.waits.next()
    place.waits.let_pass()
    place.looks.wait_for(3)
    place.playground.listeners.tell_sessions()
    place.playground.scan()
    assert [item for item, _, _ in place.looks.wait_for(4)].count(place.film()) == 1


def test_while_a_server_is_away_it_is_asked_ever_less_often(place: Place) -> None:
    listener = place.listening()
    place.playground.stop()
    assert place.waits.next() == 5.0  # it said that it goes down
    assert listener.state == "the server shuts down"
    for _ in range(8):
        place.waits.let_pass()
        place.waits.next()
    assert place.waits.seconds[1:] == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    place.playground.start()
    place.clock.now += 1000.0  # the circuit breaker lets a trial through
    place.waits.let_pass()
    assert place.looks.wait_for(2) == [CHANGED, CHANGED]
    assert listener.state == "ok"


def test_half_of_a_wait_is_left_to_chance(place: Place) -> None:
    place.playground.stop()
    place.listener(rng=lambda: 1.0).start()
    assert place.waits.next() == 0.5


def test_a_socket_that_dies_young_again_and_again_is_opened_ever_less_often(place: Place) -> None:
    place.listening()
    for expected in (1.0, 2.0, 4.0):
        place.clock.now += 59.0
        place.playground.drop_sockets()
        assert place.waits.next() == expected
        place.waits.let_pass()
        place.looks.wait_for(len(place.waits.seconds) + 1)
    place.clock.now += 60.0
    place.playground.drop_sockets()
    assert place.waits.next() == 1.0


def test_a_starting_server_is_asked_when_it_says(place: Place) -> None:
    place.playground.starting = True
    place.listener().start()
    assert place.waits.next() == 5.0
    place.playground.starting = False
    place.waits.let_pass()
    assert place.looks.wait_for(1) == [CHANGED]


def test_a_refused_key_is_not_tried_often(place: Place) -> None:
    listener = place.listener("wrong")
    listener.start()
    assert place.waits.next() == PATIENT_SECONDS
    assert "refused the key" in listener.state
    assert place.looks.asked == []


def test_another_server_at_the_address_is_not_listened_to(place: Place) -> None:
    place.known.meet("home", "another", "12.0.0")
    listener = place.listener()
    listener.start()
    assert place.waits.next() == PATIENT_SECONDS
    assert "was server another" in listener.state
    assert place.playground.requests("GET", "/socket") == []


def test_a_fault_of_ours_ends_the_socket_and_not_the_listening(place: Place) -> None:
    listener = place.listener()
    place.looks.fails_once = True
    with capture_logs() as logs:
        listener.start()
        assert place.waits.next() == 1.0
    assert listener.state == "unexpected RuntimeError"
    assert [line["log_level"] for line in logs] == ["info", "error", "warning"]
    place.waits.let_pass()
    assert place.looks.wait_for(1) == [CHANGED]


def test_each_change_is_logged_once(place: Place) -> None:
    with capture_logs() as logs:
        place.listening()
        place.playground.fail("GET", "/socket", times=3, status=500)
        place.playground.drop_sockets()
        for _ in range(4):
            place.waits.next()
            place.waits.let_pass()
        place.looks.wait_for(2)
    told = [line.get("what", line["event"]) for line in logs]
    assert told == [
        "the socket is open",
        "the socket was closed",
        "the server failed at GET /socket (500)",
        "the socket is open",
    ]
    assert place.playground.key not in repr(logs)


# -- how it ends --------------------------------------------------------------------------


def seconds_to_stop(listener: SocketListener) -> float:
    began = time.monotonic()
    listener.stop()
    until(lambda: not [t for t in threading.enumerate() if t.name == "socket home"])
    return time.monotonic() - began


def test_it_stops_at_once_while_it_listens(place: Place) -> None:
    listener = place.listening()
    with capture_logs() as logs:
        assert seconds_to_stop(listener) < SOON
    place.playground.wait_for_sockets(0)
    assert logs == []


def test_it_stops_at_once_while_it_waits(place: Place) -> None:
    place.playground.stop()
    listener = place.listener(wait=None)
    listener.start()
    assert seconds_to_stop(listener) < SOON


def test_it_stops_within_a_second_from_a_server_that_hears_nothing_more(
    place_of: Callable[..., Place],
) -> None:
    place = place_of(V10_11)
    listener = place.listening()
    place.playground.forget_sockets()
    assert seconds_to_stop(listener) < SOON


# -- in the daemon ------------------------------------------------------------------------


@pytest.fixture
def settings(place: Place, tmp_path: Path) -> Settings:
    """Nothing looks by itself."""
    return Settings.model_validate(
        {
            "data": str(tmp_path / "house"),
            "start": "auto",
            "servers": {"home": {"url": place.playground.url, "key": place.playground.key}},
            "scan": {"at_start": False, "poll_seconds": 3600},
            "policy": {"languages": ["en"]},
            "web": {"port": 0},
        }
    )


def test_a_new_film_is_planned_as_soon_as_its_scan_is_finished(
    settings: Settings, place: Place, root: Path, made: Path
) -> None:
    with closing(open_house(settings)) as house:
        (server,) = house.servers
        listener = SocketListener(server, house.known, house.looks, place.stopping)
        place.listeners.append(listener)
        looking = threading.Thread(target=LookLoop(house, place.stopping).run)
        looking.start()
        listener.start()
        until(lambda: len(house.store.list()) == 1)  # the film that was there
        until(lambda: house.looks.due() == ())
        new = root / "Movies/New (2021)/New (2021).mkv"
        new.parent.mkdir()
        shutil.copy(made, new)
        place.playground.scan()
        assert until(lambda: len(house.store.list()) == 2) < 5.0
        listener.stop()
        looking.join()


def test_the_daemon_says_whether_it_listens(settings: Settings) -> None:
    with closing(open_house(settings)) as house:
        daemon = Daemon(house)
        assert daemon.readiness().parts["socket home"] == "not connected yet"
        daemon.start()
        until(lambda: daemon.readiness().parts["socket home"] == "ok")
        daemon.stop()
        assert "closed" in daemon.readiness().parts["socket home"]
