"""The playground's socket says what real servers' sockets said, to whom, and for how long."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from playground_client import FILM, Client, Open
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from subtide.playground.auth import ADMIN, HELPER, User
from subtide.playground.flavour import V10_10, V10_11, V12, Flavour
from subtide.playground.server import Playground
from webhook_ear import Ear

RECORDED = Path(__file__).parents[1] / "data" / "jellyfin" / "recorded"
RECORDINGS = pytest.mark.parametrize(
    "recording", [("12.0.0-rc5", V12), ("10.11.11", V10_11)], ids=["12", "10.11"]
)
WHO = pytest.mark.parametrize("who", ["api-key", "user-token"])
CLIENT = {"client": "test", "device": "test", "deviceid": "ears", "version": "1"}
PROMPT = 10.0
"""Seconds that something may take that comes at once; only ends a hang."""


class Ears:
    """A client that listens."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, kind: str, data: str | None = None) -> None:
        message = {"MessageType": kind} | ({} if data is None else {"Data": data})
        self.connection.send(json.dumps(message))

    def next(self) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(self.connection.recv(timeout=PROMPT))
        return heard

    def wait_for(self, kind: str) -> dict[str, Any]:
        while (heard := self.next())["MessageType"] != kind:
            pass
        return heard

    def kinds_until_alive(self) -> list[str]:
        """What was said so far; a KeepAlive and its answer mark the moment."""
        self.say("KeepAlive")
        kinds = []
        while (kind := self.next()["MessageType"]) != "KeepAlive":
            kinds.append(kind)
        return kinds

    def kinds_until_closed(self, say: Callable[[], object]) -> list[str]:
        """What was said until the socket was closed, ``say`` being called at each message."""
        kinds = []
        with suppress(ConnectionClosed):
            while True:
                kinds.append(self.next()["MessageType"])
                say()
        return kinds

    def subscribe(self) -> None:
        self.say("ScheduledTasksInfoStart", "0,5000")
        self.say("SessionsStart", "0,10000")
        assert self.kinds_until_alive() == ["ForceKeepAlive"]


Listen = Callable[..., Ears]


@pytest.fixture
def listen() -> Iterator[Listen]:
    with ExitStack() as stack:

        def open_one(server: Playground, token: str = "", path: str = "/socket") -> Ears:
            url = f"ws{server.url.removeprefix('http')}{path}"
            header = f'MediaBrowser Token="{token or server.key}", DeviceId="ears"'
            opened = connect(url, additional_headers={"Authorization": header}, ping_interval=None)
            return Ears(stack.enter_context(opened))

        yield open_one


def token_of(server: Playground, user: User) -> str:
    session = server.door.login(user.name, user.password, CLIENT)
    assert session is not None
    return session.token


def recorded(folder: str, who: str, kind: str) -> dict[str, Any]:
    """The last recorded message of a kind."""
    file = RECORDED / folder / "websocket.json"
    message: dict[str, Any] = json.loads(file.read_text("utf-8"))[who][kind]["examples"][-1]
    return message


def film_id(server: Playground) -> str:
    return Client(server, server.key).id_of("Film")


@pytest.mark.parametrize("path", ["/socket", "/embedded/socket", "/Socket"])
def test_the_socket_opens_with_a_key_on_any_such_path(
    root: Path, playground: Open, listen: Listen, path: str
) -> None:
    server = playground(root, base="/jf", request_check=None)
    ears = listen(server, path=path)
    assert ears.next() | {"MessageId": ""} == {
        "MessageId": "",
        "MessageType": "ForceKeepAlive",
        "Data": 60,
    }


@pytest.mark.parametrize("token", ["wrong", " "], ids=["wrong", "none"])
def test_without_a_good_token_it_is_forbidden(
    root: Path, playground: Open, listen: Listen, token: str
) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        listen(playground(root), token)


def test_while_the_server_starts_there_is_no_socket(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root)
    server.starting = True
    with pytest.raises(InvalidStatus, match="503"):
        listen(server)


def test_a_plain_request_for_the_socket_finds_nothing(root: Path, playground: Open) -> None:
    server = playground(root)
    assert Client(server, server.key).ask("GET", "/socket").status_code == 404


@RECORDINGS
def test_a_keep_alive_is_answered_as_recorded(
    root: Path, playground: Open, listen: Listen, recording: tuple[str, Flavour]
) -> None:
    folder, flavour = recording
    ears = listen(playground(root, flavour))
    ears.say("KeepAlive")
    for kind in ("ForceKeepAlive", "KeepAlive"):
        expected = recorded(folder, "api-key", kind)
        del expected["seconds"]
        assert ears.next().keys() == expected.keys()


@RECORDINGS
@WHO
def test_a_scan_is_told_at_its_start_and_its_end(
    root: Path, playground: Open, listen: Listen, recording: tuple[str, Flavour], who: str
) -> None:
    folder, flavour = recording
    server = playground(root, flavour)
    ears = listen(server, "" if who == "api-key" else token_of(server, ADMIN))
    ears.subscribe()
    server.scan()
    told = [ears.wait_for("ScheduledTasksInfo")["Data"] for _ in range(2)]
    scans = [next(t for t in tasks if t["Key"] == "RefreshLibrary") for tasks in told]
    assert [scan["State"] for scan in scans] == ["Running", "Idle"]
    ends = [scan["LastExecutionResult"]["EndTimeUtc"] for scan in scans]
    assert ends[0] < ends[1]
    real = recorded(folder, who, "ScheduledTasksInfo")["Data"][0]
    assert scans[0].keys() | {"CurrentProgressPercentage"} >= real.keys()
    assert scans[1]["LastExecutionResult"].keys() == real["LastExecutionResult"].keys()


def test_nothing_is_told_that_nobody_asked_for(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root)
    ears = listen(server)
    server.scan()
    server.play(film_id(server))
    assert ears.kinds_until_alive() == ["ForceKeepAlive"]


def test_a_subscription_can_be_ended(root: Path, playground: Open, listen: Listen) -> None:
    server = playground(root)
    ears = listen(server)
    ears.subscribe()
    ears.say("ScheduledTasksInfoStop")
    assert ears.kinds_until_alive() == []
    server.scan()
    assert ears.kinds_until_alive() == []


@RECORDINGS
@WHO
def test_playing_is_told_when_it_begins_and_ends(
    root: Path, playground: Open, listen: Listen, recording: tuple[str, Flavour], who: str
) -> None:
    folder, flavour = recording
    server = playground(root, flavour)
    ears = listen(server, "" if who == "api-key" else token_of(server, ADMIN))
    ears.subscribe()
    film = film_id(server)
    session = server.play(film, position=50)
    begun = ears.wait_for("Sessions")["Data"]
    told = next(one for one in begun if one["Id"] == session.id)
    assert told["NowPlayingItem"]["Id"] == told["PlayState"]["MediaSourceId"] == film
    server.stop_playing(session)
    ended = ears.wait_for("Sessions")["Data"]
    assert not [one for one in ended if "NowPlayingItem" in one]
    real = recorded(folder, who, "Sessions")["Data"][0]
    assert told.keys() == real.keys()
    assert told["PlayState"]["PlayMethod"] == real["PlayState"]["PlayMethod"]


def test_what_a_player_reports_is_told(root: Path, playground: Open, listen: Listen) -> None:
    server = playground(root, request_check=None)  # the body's description contains itself
    ears = listen(server)
    ears.subscribe()
    player = Client(server, token_of(server, HELPER))
    about = {"ItemId": film_id(server), "MediaSourceId": film_id(server)}
    assert player.ask("POST", "/Sessions/Playing", json=about).status_code == 204
    assert [s for s in ears.wait_for("Sessions")["Data"] if "NowPlayingItem" in s]
    assert player.ask("POST", "/Sessions/Playing/Stopped", json=about).status_code == 204
    assert not [s for s in ears.wait_for("Sessions")["Data"] if "NowPlayingItem" in s]


def test_on_10_10_a_key_hears_nothing_of_sessions_and_goes_on(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root, V10_10)
    ears = listen(server)
    ears.subscribe()
    server.play(film_id(server))
    server.scan()
    assert ears.kinds_until_alive() == ["ScheduledTasksInfo"] * 2


def test_a_user_who_is_no_administrator_hears_nothing_of_sessions(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root)
    ears = listen(server, token_of(server, HELPER))
    ears.subscribe()
    server.play(film_id(server))
    assert ears.kinds_until_alive() == []


def test_a_user_hears_what_changed_once_all_is_quiet_and_a_key_never_does(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root)
    server.library_seconds = 0.2
    by_key = listen(server)
    by_user = listen(server, token_of(server, HELPER))
    old, new = film_id(server), root / "Movies/New (2021)/New (2021).mkv"
    new.parent.mkdir()
    shutil.copy(root / FILM, new)
    server.scan()
    added = Client(server, server.key).id_of("New")
    shutil.rmtree(new.parent)
    server.scan()
    heard = by_user.wait_for("LibraryChanged")["Data"]
    # Adds and removes are merged: the film that came and went is in both lists.
    assert (heard["ItemsAdded"], heard["ItemsRemoved"]) == ([added], [added])
    assert old in heard["ItemsUpdated"]
    real = recorded("10.11.11", "user-token", "LibraryChanged")["Data"]
    assert heard.keys() == real.keys()
    assert by_key.kinds_until_alive() == ["ForceKeepAlive"]


def test_an_upload_is_told_as_an_update(root: Path, playground: Open, listen: Listen) -> None:
    server = playground(root)
    server.library_seconds = 0.1
    ears = listen(server, token_of(server, HELPER))
    film = film_id(server)
    assert Client(server, server.key).upload(film) == 204
    assert ears.wait_for("LibraryChanged")["Data"]["ItemsUpdated"] == [film]


def test_without_keep_alive_12_warns_and_closes(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root)
    server.keep_alive_seconds = 1
    ears = listen(server)
    # Only a KeepAlive counts.
    kinds = ears.kinds_until_closed(lambda: ears.say("SessionsStart", "0,10000"))
    assert set(kinds) == {"ForceKeepAlive"}
    assert len(kinds) > 1
    server.wait_for_sockets(0)


def test_with_keep_alive_it_stays_open(root: Path, playground: Open, listen: Listen) -> None:
    server = playground(root)
    server.keep_alive_seconds = 1
    kept, lost = listen(server), listen(server)
    lost.kinds_until_closed(lambda: kept.say("KeepAlive"))
    server.wait_for_sockets(1)
    kept.wait_for("KeepAlive")
    kept.kinds_until_alive()


def test_without_keep_alive_10_11_forgets_the_socket_and_leaves_it_open(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root, V10_11)
    server.keep_alive_seconds = 1
    ears = listen(server)
    with suppress(TimeoutError):
        while True:
            ears.connection.recv(timeout=1.5)
    ears.say("KeepAlive")
    with pytest.raises(TimeoutError):
        ears.connection.recv(timeout=0.5)
    assert server.sockets == 1


def test_a_server_that_stops_says_so_and_cuts_every_socket(
    root: Path, playground: Open, listen: Listen
) -> None:
    server = playground(root)
    ears = listen(server)
    server.wait_for_sockets(1)
    server.stop()
    ears.wait_for("ServerShuttingDown")
    with pytest.raises(ConnectionClosed):
        ears.next()
    server.start()
    assert listen(server).next()["MessageType"] == "ForceKeepAlive"


def test_a_device_that_was_never_seen_is_told_to_the_webhooks(
    root: Path, playground: Open, listen: Listen, ear: Ear
) -> None:
    server = playground(root)
    server.install_webhook_plugin(
        {"WebhookUri": ear.url, "NotificationTypes": ["SessionStart", "PlaybackStart"]}
    )
    for count in (1, 2):
        listen(server)
        server.wait_for_sockets(count)
    server.play(film_id(server))
    told = [ear.next()[1] for _ in range(2)]
    assert [one["NotificationType"] for one in told] == ["SessionStart", "PlaybackStart"]
    assert told[0]["DeviceId"] == "ears"


def test_sockets_are_counted_and_dropped(root: Path, playground: Open, listen: Listen) -> None:
    server = playground(root)
    ears = [listen(server) for _ in range(3)]
    server.wait_for_sockets(3)
    server.drop_sockets()
    for one in ears:
        with pytest.raises(ConnectionClosed):
            one.wait_for("nothing")
    server.wait_for_sockets(0)
