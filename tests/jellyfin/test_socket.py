"""Socket: opening it, keeping it alive, hearing through it, and every way of losing it."""

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from scripted import KEY
from served import FLAVOURS, Serve, named, sign_in
from structlog.testing import capture_logs
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync import server as sync

from subtide.errors import (
    KeyRejected,
    ServerFailed,
    ServerStarting,
    ServerUnreachable,
    SubtideError,
    WrongAddress,
)
from subtide.jellyfin import handshake
from subtide.jellyfin.answers import KEY_RIGHTS, Rights
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.messages import GoingDown, LibraryChanged, Playing, ScanFinished
from subtide.jellyfin.socket import (
    SESSIONS,
    TASKS,
    Event,
    Listening,
    Socket,
    open_socket,
    subscriptions,
)
from subtide.playground.auth import ADMIN, HELPER, User
from subtide.playground.flavour import V10_10, V10_11, V12, Flavour

TLS = Path(__file__).parents[1] / "data" / "jellyfin" / "tls"
"""An authority of our own, and what it gave 127.0.0.1."""
WHO = Identity(KEY, "device-1", "the daemon", "0.1.0")
ADMINISTRATOR = Rights(user="1", name="admin", admin=True, subtitles=True)
USER = Rights(user="2", name="helper", admin=False, subtitles=True)
PROMPT = 10.0
"""Seconds that something may take that comes at once; only ends a hang."""

Talk = Callable[[sync.ServerConnection], None]


def keep_quiet(connection: sync.ServerConnection) -> None:
    """Hear everything, say nothing."""
    for _ in connection:
        pass


@dataclass
class Scripted:
    """A server with nothing but a socket, which says what it is told to say."""

    talk: Talk = keep_quiet
    refusal: Response | None = None
    requests: list[Request] = field(default_factory=list)

    def check(self, _: sync.ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        return self.refusal

    def handle(self, connection: sync.ServerConnection) -> None:
        try:
            self.talk(connection)
        except ConnectionClosed:
            return  # the client was faster


@contextmanager
def running(scripted: Scripted, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run it; yields host and port."""
    with sync.serve(
        scripted.handle, "127.0.0.1", 0, ssl=context, process_request=scripted.check
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host, port = server.socket.getsockname()
        yield f"{host}:{port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def address(scripted: Scripted) -> Iterator[str]:
    with running(scripted) as place:
        yield f"http://{place}"


def says(*messages: object) -> Talk:
    """Say these, as JSON unless they are text, answer one KeepAlive, and be quiet then."""

    def talk(connection: sync.ServerConnection) -> None:
        for message in messages:
            connection.send(message if isinstance(message, str) else json.dumps(message))
        connection.send(json.dumps({"MessageType": "KeepAlive"}))
        keep_quiet(connection)

    return talk


def scanned(second: int) -> dict[str, Any]:
    ended = {"EndTimeUtc": f"2999-01-01T00:00:{second:02}Z"}
    task = {"Key": "RefreshLibrary", "State": "Idle", "LastExecutionResult": ended}
    return {"MessageType": "ScheduledTasksInfo", "Data": [task]}


def heard_until_listening(opened: Socket) -> list[Event]:
    heard = []
    for event in opened:
        if event == Listening():
            break
        heard.append(event)
    return heard


def hear_until_lost(opened: Socket) -> None:
    with suppress(ServerUnreachable):
        list(opened)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- opening it ---------------------------------------------------------------------------


@pytest.mark.parametrize(("base", "path"), [("", "/socket"), ("/jf/", "/jf/socket")])
def test_the_key_goes_into_the_header_and_nowhere_else(
    scripted: Scripted, address: str, base: str, path: str
) -> None:
    with open_socket(address + base, WHO):
        pass
    (request,) = scripted.requests
    assert request.path == path
    assert request.headers["Authorization"] == WHO.header
    assert "Sec-WebSocket-Extensions" not in request.headers  # nothing compressed to blow up


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, KeyRejected),
        (403, KeyRejected),
        (429, ServerFailed),
        (500, ServerFailed),
        (502, ServerFailed),
        (503, ServerStarting),
        (200, WrongAddress),
        (302, WrongAddress),
        (400, WrongAddress),
        (404, WrongAddress),
        (426, WrongAddress),
    ],
)
def test_a_refusal_is_told_by_what_it_means(
    scripted: Scripted, address: str, status: int, error: type[SubtideError]
) -> None:
    headers = Headers({"Location": "https://elsewhere.invalid/web/", "Content-Length": "0"})
    scripted.refusal = Response(status, HTTPStatus(status).phrase, headers)
    with pytest.raises(error) as caught, open_socket(address, WHO):
        pass
    told = repr(caught.value)
    assert KEY not in told
    assert address.removeprefix("http://") not in told
    assert len(scripted.requests) == 1


def test_a_starting_server_says_how_long_to_wait(scripted: Scripted, address: str) -> None:
    headers = Headers({"Retry-After": "007", "Content-Length": "0"})
    scripted.refusal = Response(503, "Service Unavailable", headers)
    with pytest.raises(ServerStarting) as caught, open_socket(address, WHO):
        pass
    assert caught.value.after == 7.0


def test_without_a_server_it_is_unreachable() -> None:
    with pytest.raises(ServerUnreachable), open_socket(f"http://127.0.0.1:{closed_port()}", WHO):
        pass


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, ServerUnreachable),
        (b"", ServerUnreachable),
        (b"HTTP/1.1 101 Swi", ServerUnreachable),
        (b"SSH-2.0-OpenSSH_9.2\r\n", WrongAddress),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", WrongAddress),
    ],
    ids=["silence", "a hang-up", "half a line", "another protocol", "no handshake"],
)
def test_what_is_no_socket_is_told(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | None, error: type[SubtideError]
) -> None:
    monkeypatch.setattr(handshake, "OPEN_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                if answer is None:
                    connection.recv(4096)  # until the client gives up
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with (
            pytest.raises(error),
            open_socket(f"http://127.0.0.1:{listener.getsockname()[1]}", WHO),
        ):
            pass
        thread.join()


def own_authority() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context


def test_tls_is_verified_by_the_bundle_that_the_settings_name(scripted: Scripted) -> None:
    scripted.talk = says()
    with (
        running(scripted, own_authority()) as place,
        open_socket(f"https://{place}", WHO, ca=TLS / "ca.pem") as opened,
    ):
        assert heard_until_listening(opened) == []


def test_a_certificate_that_nobody_vouches_for_is_refused(scripted: Scripted) -> None:
    with (
        running(scripted, own_authority()) as place,
        pytest.raises(WrongAddress, match="certificate"),
        open_socket(f"https://{place}", WHO),
    ):
        pass
    assert scripted.requests == []


def test_the_key_is_in_no_log_at_any_level(
    scripted: Scripted, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scripted.talk = says("no json")
    with capture_logs() as logs, open_socket(address, WHO) as opened:
        heard_until_listening(opened)
    assert [line for line in caplog.records if line.name == "websockets.server"]  # it does log
    ours = [line for line in caplog.records if line.name != "websockets.server"]
    assert KEY not in "".join(map(repr, [*ours, *logs]))


# -- what to ask for ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "rights", "expected"),
    [
        ((12, 0, 0), KEY_RIGHTS, (TASKS, SESSIONS)),
        ((10, 11, 11), KEY_RIGHTS, (TASKS, SESSIONS)),
        ((10, 10, 7), KEY_RIGHTS, (TASKS,)),
        ((10, 10, 7), ADMINISTRATOR, (TASKS, SESSIONS)),
        ((12, 0, 0), ADMINISTRATOR, (TASKS, SESSIONS)),
        ((12, 0, 0), USER, ()),
    ],
)
def test_only_what_the_server_will_tell_is_asked_for(
    version: tuple[int, ...], rights: Rights, expected: object
) -> None:
    assert subscriptions(version, rights) == expected


def test_subscriptions_are_sent_before_the_keep_alive_that_proves_them(
    scripted: Scripted, address: str
) -> None:
    asked: list[Any] = []
    taken = threading.Event()

    def talk(connection: sync.ServerConnection) -> None:
        asked.extend(json.loads(connection.recv()) for _ in range(3))
        taken.set()
        connection.send(json.dumps({"MessageType": "KeepAlive"}))
        keep_quiet(connection)

    scripted.talk = talk
    with open_socket(address, WHO) as opened:
        opened.subscribe((TASKS, SESSIONS))
        assert heard_until_listening(opened) == []
    assert taken.wait(PROMPT)
    assert asked == [
        {"MessageType": "ScheduledTasksInfoStart", "Data": "0,5000"},
        {"MessageType": "SessionsStart", "Data": "0,10000"},
        {"MessageType": "KeepAlive"},
    ]


# -- hearing ------------------------------------------------------------------------------


def test_only_a_scan_that_ended_since_we_listen_is_told_and_once(
    scripted: Scripted, address: str
) -> None:
    old = scanned(0)
    old["Data"][0]["LastExecutionResult"]["EndTimeUtc"] = "2026-01-01T00:00:00Z"
    scripted.talk = says(old, scanned(1), scanned(1), old, scanned(2))
    with open_socket(address, WHO) as opened:
        heard = heard_until_listening(opened)
    assert [event.ended_at.second for event in heard if isinstance(event, ScanFinished)] == [1, 2]


def test_broken_messages_are_skipped_and_counted_and_told_once(
    scripted: Scripted, address: str
) -> None:
    wrong = {"MessageType": "Sessions", "Data": 7}
    down = {"MessageType": "ServerShuttingDown"}
    scripted.talk = says("no json", "{", wrong, wrong, {"MessageType": "New"}, "", down)
    with capture_logs() as logs, open_socket(address, WHO) as opened:
        heard = heard_until_listening(opened)
        assert opened.skipped == 3
    assert heard == [GoingDown(restarts=False)]
    assert [line["log_level"] for line in logs] == ["warning", "warning"]
    assert "7 as Data" in logs[1]["what"]


def test_a_message_beyond_all_bounds_ends_the_socket(
    scripted: Scripted, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshake, "LARGEST", 1000)
    scripted.talk = says({"MessageType": "LibraryChanged", "Data": {"ItemsAdded": ["a" * 1000]}})
    with open_socket(address, WHO) as opened, pytest.raises(ServerUnreachable, match="1009"):
        heard_until_listening(opened)


def test_a_large_change_comes_whole(scripted: Scripted, address: str) -> None:
    ids = [f"{number:032x}" for number in range(100_000)]
    scripted.talk = says({"MessageType": "LibraryChanged", "Data": {"ItemsUpdated": ids}})
    with open_socket(address, WHO) as opened:
        assert heard_until_listening(opened) == [LibraryChanged(tuple(ids), ())]


# -- keeping it alive, and losing it ------------------------------------------------------


def test_keep_alive_is_sent_at_once_and_twice_as_often_as_asked_for(
    scripted: Scripted, address: str
) -> None:
    times: list[float] = []
    enough = threading.Event()

    def talk(connection: sync.ServerConnection) -> None:
        connection.send(json.dumps({"MessageType": "ForceKeepAlive", "Data": 1}))
        for message in connection:
            assert json.loads(message) == {"MessageType": "KeepAlive"}
            times.append(time.monotonic())
            connection.send(message)
            if len(times) == 5:
                enough.set()

    scripted.talk = talk
    with open_socket(address, WHO) as opened:
        ears = threading.Thread(target=hear_until_lost, args=[opened])
        ears.start()
        assert enough.wait(PROMPT)
        opened.close()
        ears.join()
    # The first two answer the opening and ForceKeepAlive; the others keep their beat.
    assert times[4] - times[1] >= 1.4


def test_a_server_that_falls_silent_is_lost(scripted: Scripted, address: str) -> None:
    scripted.talk = says({"MessageType": "ForceKeepAlive", "Data": 1})
    with open_socket(address, WHO) as opened, pytest.raises(ServerUnreachable, match="silent"):
        list(opened)


def test_a_connection_that_breaks_is_lost(scripted: Scripted, address: str) -> None:
    scripted.talk = lambda connection: connection.socket.shutdown(socket.SHUT_RDWR)
    with open_socket(address, WHO) as opened, pytest.raises(ServerUnreachable, match="closed"):
        list(opened)


def test_a_server_that_says_goodbye_is_lost(scripted: Scripted, address: str) -> None:
    scripted.talk = lambda connection: connection.close(1001)
    with open_socket(address, WHO) as opened, pytest.raises(ServerUnreachable, match="1001"):
        list(opened)


def test_another_thread_can_end_it_at_once(scripted: Scripted, address: str) -> None:
    scripted.talk = says()
    with open_socket(address, WHO) as opened:
        heard_until_listening(opened)
        began = time.monotonic()
        threading.Timer(0.05, opened.close).start()
        with pytest.raises(ServerUnreachable):
            list(opened)
        assert time.monotonic() - began < PROMPT


# -- with a playground --------------------------------------------------------------------


@FLAVOURS
def test_a_library_scan_is_heard_with_a_key(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    with jellyfin.socket() as opened:
        heard_until_listening(opened)
        server.scan()
        event = next(iter(opened))
    assert server.last_scan is not None
    assert event == ScanFinished(server.last_scan[1])


def test_a_scan_that_ended_before_is_not_heard(serve: Serve) -> None:
    server, jellyfin = serve()
    before = server.started_at - timedelta(seconds=5)
    server.last_scan = (before, before)
    with jellyfin.socket() as opened:
        heard_until_listening(opened)
        server.listeners.tell_tasks()  # as when another task ends
        server.play(named(jellyfin, "Film").id)
        assert isinstance(next(iter(opened)), Playing)


@pytest.mark.parametrize(
    ("flavour", "user"),
    [(V10_10, ADMIN), (V10_11, ADMIN), (V12, ADMIN), (V10_11, None), (V12, None)],
    ids=["10.10 admin", "10.11 admin", "12 admin", "10.11 key", "12 key"],
)
def test_playing_is_heard(
    serve: Serve, connect: Callable[..., Any], flavour: Flavour, user: User | None
) -> None:
    server, by_key = serve(flavour)
    film = named(by_key, "Film").id
    jellyfin = connect(server.url, sign_in(server, user)) if user else by_key
    with jellyfin.socket() as opened:
        heard_until_listening(opened)
        session = server.play(film, position=70_000_000)
        begun = next(iter(opened))
        assert isinstance(begun, Playing)
        (played,) = begun.sessions
        assert (played.session, played.item, played.position) == (session.id, film, 7.0)
        server.stop_playing(session)
        assert next(iter(opened)) == Playing(())


@FLAVOURS
def test_a_user_hears_what_changed(
    serve: Serve, connect: Callable[..., Any], flavour: Flavour
) -> None:
    server, by_key = serve(flavour)
    server.library_seconds = 0.05
    film = named(by_key, "Film").id
    with connect(server.url, sign_in(server, HELPER)).socket() as opened:
        heard_until_listening(opened)
        server.refresh_later(film, "FullRefresh")
        assert next(iter(opened)) == LibraryChanged((film,), ())


def test_a_server_that_stops_says_goodbye(serve: Serve) -> None:
    server, jellyfin = serve()
    with jellyfin.socket() as opened:
        heard_until_listening(opened)
        server.stop()
        ears = iter(opened)
        assert next(ears) == GoingDown(restarts=False)
        with pytest.raises(ServerUnreachable):
            next(ears)


def test_a_socket_that_10_11_forgot_is_noticed(serve: Serve) -> None:
    server, jellyfin = serve(V10_11)
    server.keep_alive_seconds = 1
    with jellyfin.socket() as opened:
        heard_until_listening(opened)
        server.forget_sockets()
        with pytest.raises(ServerUnreachable, match="silent for 1 s"):
            list(opened)


@pytest.mark.parametrize("flavour", [V10_11, V12], ids=["forgetting", "closing"])
def test_our_keep_alive_keeps_the_socket(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    server.keep_alive_seconds = 2
    with jellyfin.socket() as opened:
        heard_until_listening(opened)
        threading.Timer(2.6, server.scan).start()  # long after it would have been lost
        assert isinstance(next(iter(opened)), ScanFinished)
        assert not any(one.forgotten for one in server.listeners.open)


def test_a_wrong_key_is_refused_at_the_socket_too(serve: Serve) -> None:
    server, _ = serve()
    with pytest.raises(KeyRejected), open_socket(server.url, WHO):
        pass
