"""PlaybackWatch: who is heard, who is asked, what is believed, and what is looked at."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clocks import Clock
from subtide.errors import ServerFailed
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.jellyfin.messages import Played
from subtide.library.server import ConnectedServer
from subtide.playground.flavour import V10_10, V10_11, V12, Flavour
from subtide.playground.media import AudioTrack, make_media
from subtide.playground.server import Playground
from subtide.settings import Server
from subtide.signals.playback import BELIEVE_SECONDS, PlaybackWatch, pauses
from subtide.signals.socket import SocketListener
from subtide.storage.database import open_database
from subtide.storage.looks import Looks, Priority
from subtide.storage.servers import Servers

PROMPT = 20.0
"""Seconds that something may take that comes at once; only ends a hang."""
FILM = Played("5e55", "u1", "f1", "f1", 0.0, paused=True, transcoding=False)
FLAVOURS = pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda one: one.version)


class Place:
    """One server with a series, and a watch whose clock is the test's."""

    def __init__(self, playground: Playground, data: Path) -> None:
        self.playground = playground
        self.clock = Clock()
        self.database = open_database("", data)
        self.looks = Looks(self.database)
        self.known = Servers(self.database)
        self.client = Jellyfin(
            playground.url,
            playground.key,
            device_id="0" * 32,
            device_name="test",
            version="0",
            sleep=lambda _seconds: None,
            clock=self.clock,
        )
        settings = Server.model_validate({"url": playground.url, "key": playground.key})
        self.server = ConnectedServer("home", settings, self.client, MediaAccess())
        self.watch = PlaybackWatch([self.server], self.known, self.looks, clock=self.clock)
        self.id = playground.id

    def meet(self) -> None:
        self.server.meet(self.known)

    def step(self) -> None:
        self.watch.step(self.server)

    def asked(self) -> int:
        """How often the server was asked who plays."""
        return len(self.playground.requests("GET", "/Sessions$"))

    def item(self, name: str) -> str:
        return next(i.id for i in self.playground.catalogue.items.values() if i.name == name)

    def due(self) -> list[tuple[str, int]]:
        """What is to be looked at, by name, most urgent first."""
        items = self.playground.catalogue.items
        looks = self.looks.due()
        assert {(look.server, look.signal) for look in looks} <= {(self.id, "playback")}
        return sorted((items[look.item].name, look.priority) for look in looks)

    def close(self) -> None:
        self.watch.stop()
        self.client.close()
        self.database.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "film.mkv"
    return make_media(path, [AudioTrack("eng", default=True)], duration=1.0)


@pytest.fixture
def place_of(
    tmp_path: Path, made: Path, playground: Callable[..., Playground]
) -> Iterator[Callable[..., Place]]:
    places: list[Place] = []
    for name in (
        "movies/Film (2020)/Film (2020).mkv",
        *(f"tv/Show/Season 01/Show S01E0{number}.mkv" for number in range(1, 7)),
    ):
        (tmp_path / "media" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, tmp_path / "media" / name)

    def make(flavour: Flavour = V12) -> Place:
        places.append(Place(playground(tmp_path / "media", flavour), tmp_path / "data"))
        return places[-1]

    (tmp_path / "data").mkdir()
    yield make
    for place in places:
        place.close()


@pytest.fixture
def place(place_of: Callable[..., Place]) -> Place:
    place = place_of()
    place.meet()
    return place


# -- who plays ----------------------------------------------------------------------------


@FLAVOURS
def test_a_server_whose_socket_does_not_tell_is_asked(
    place_of: Callable[..., Place], flavour: Flavour
) -> None:
    place = place_of(flavour)
    place.meet()
    place.step()
    assert not place.watch.busy()
    session = place.playground.play(place.item("Show S01E01"))
    place.step()
    assert place.watch.busy()
    assert [one.item for one in place.watch.playing(place.id)] == [place.item("Show S01E01")]
    place.playground.stop_playing(session)
    place.step()
    assert not place.watch.busy()


def test_what_a_socket_tells_counts_at_once_and_is_not_asked_for(place: Place) -> None:
    place.watch.hear(place.id, (FILM,))
    assert place.watch.busy()
    place.step()
    place.watch.hear(place.id, ())
    assert not place.watch.busy()
    place.step()
    assert place.asked() == 0


def test_a_socket_that_told_of_an_end_that_was_never_said_is_not_believed_for_ever(
    place: Place,
) -> None:
    place.watch.hear(place.id, (FILM,))
    place.clock.now += BELIEVE_SECONDS
    assert place.watch.busy()
    place.step()
    assert not place.watch.busy()
    place.step()
    assert place.asked() == 1, "it is believed anew"


def test_a_lost_socket_is_replaced_by_questions(place: Place) -> None:
    place.watch.hear(place.id, (FILM,))
    place.watch.hear(place.id, None)
    assert place.watch.busy(), "the last word still counts"
    place.step()
    assert not place.watch.busy()


def test_on_a_server_that_does_not_answer_nobody_plays_after_a_minute(place: Place) -> None:
    place.playground.play(place.item("Show S01E01"))
    place.step()
    place.playground.fail("GET", "Sessions", times=99, status=500)
    place.clock.now += BELIEVE_SECONDS
    with pytest.raises(ServerFailed):
        place.step()
    assert place.watch.busy()
    place.clock.now += 1.0
    assert not place.watch.busy()


def test_an_answer_that_a_socket_overtook_is_dropped(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken() -> tuple[Played, ...]:
        place.clock.now += 1.0
        place.watch.hear(place.id, ())
        return (FILM,)

    monkeypatch.setattr(place.client, "playing", overtaken)
    place.step()
    assert not place.watch.busy()
    assert place.due() == []


def test_a_server_that_was_never_met_is_left_alone(place_of: Callable[..., Place]) -> None:
    place = place_of()
    place.step()
    assert place.asked() == 0
    assert not place.watch.busy()
    assert place.watch.playing("nobody") == ()


def test_our_own_audio_from_the_server_is_no_viewer(
    place_of: Callable[..., Place], tmp_path: Path
) -> None:
    place = place_of(V10_11)
    place.meet()
    item = place.client.item(next(i for i in [place.item("Show S01E01")]))
    assert item
    place.client.audio_flac(item.sources[0], tmp_path / "a.flac", lambda _bytes: None)
    place.step()
    assert not place.watch.busy()


# -- what is looked at --------------------------------------------------------------------


def test_an_episode_that_begins_brings_the_next_three(place: Place) -> None:
    place.playground.play(place.item("Show S01E02"))
    place.step()
    assert place.due() == [
        ("Show S01E02", Priority.PLAYING),
        ("Show S01E03", Priority.NEXT_UP),
        ("Show S01E04", Priority.NEXT_UP),
        ("Show S01E05", Priority.NEXT_UP),
    ]


def test_what_goes_on_playing_is_looked_at_once(place: Place) -> None:
    place.playground.play(place.item("Show S01E02"))
    place.step()
    for look in place.looks.due():
        place.looks.done(look)
    place.step()
    assert place.due() == []


def test_a_film_brings_nothing_after_it(place: Place) -> None:
    film = next(i for i in place.playground.catalogue.items.values() if i.kind == "Movie")
    place.playground.play(film.id)
    place.step()
    assert place.due() == [(film.name, Priority.PLAYING)]


def test_of_what_a_socket_tells_only_the_next_ones_are_asked_for(place: Place) -> None:
    place.playground.play(place.item("Show S01E05"))
    place.watch.hear(place.id, place.client.playing())
    place.step()
    assert place.due() == [("Show S01E06", Priority.NEXT_UP)]


# -- threads, socket, settings ------------------------------------------------------------


def test_a_thread_watches_until_it_is_stopped(place: Place) -> None:
    place.playground.play(place.item("Show S01E02"))
    with place.watch as watch:
        began = time.monotonic()
        while len(place.looks.due()) < 4:
            assert time.monotonic() - began < PROMPT
            time.sleep(0.02)
        assert watch.busy()
    assert not [t for t in threading.enumerate() if t.name == "playback home"]


def test_a_watch_may_be_started_again(place: Place) -> None:
    for number in (1, 2):
        with place.watch:
            place.playground.wait_for("GET", "/Sessions$", number)


def test_a_listener_tells_what_it_hears_and_when_it_hears_no_more(place: Place) -> None:
    told: list[tuple[Played, ...] | None] = []
    heard = threading.Semaphore(0)

    def hear(server: str, sessions: tuple[Played, ...] | None) -> None:
        assert server == place.id
        told.append(sessions)
        heard.release()

    stopping = threading.Event()
    listener = SocketListener(
        place.server, place.known, place.looks, stopping, wait=stopping.wait, on_playing=hear
    )
    listener.start()
    began = time.monotonic()
    while listener.state != "ok":
        assert time.monotonic() - began < PROMPT
        time.sleep(0.02)
    place.playground.play(place.item("Show S01E02"))
    assert heard.acquire(timeout=PROMPT)
    place.playground.drop_sockets()
    assert heard.acquire(timeout=PROMPT)
    listener.stop()
    playing, lost = told[:2]
    assert playing
    assert playing[0].episode == 2
    assert lost is None


@pytest.mark.parametrize(
    ("mode", "threads", "expected"),
    [
        ("auto", 4, True),
        ("auto", 5, False),
        ("always", 64, True),
        ("never", 1, False),
    ],
)
def test_a_small_machine_pauses_unless_told_otherwise(
    mode: str, threads: int, *, expected: bool
) -> None:
    assert pauses(mode, threads) is expected  # type: ignore[arg-type]
