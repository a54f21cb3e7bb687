"""How a person's yes becomes a key: by password, by Quick Connect, and what can go wrong."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from scripted import PUBLIC, Reply, Script, ok, page, plain
from served import FLAVOURS, Serve

from subtide.errors import (
    BrokenAnswer,
    Forbidden,
    KeyRejected,
    ServerFailed,
    ServerStarting,
    ServerUnreachable,
    SubtideError,
    WrongAddress,
)
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.login import Login, MayNotUpload, NoAdministrator, connector, remove_own
from subtide.jellyfin.signin import CodeExpired, QuickConnectOff, SignIn, WrongPassword
from subtide.playground.auth import ADMIN, HELPER, User
from subtide.playground.flavour import Flavour
from subtide.playground.server import Playground

QUIET = User("quiet", "pw")
PASSWORD = "d0a1b2c3secret"
TOKEN = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
SIGNED_IN = ok(
    {
        "User": {"Id": "u" * 32, "Name": "anna", "Policy": {"IsAdministrator": True}},
        "AccessToken": TOKEN,
    }
)
NOBODY = SIGNED_IN.body.replace(TOKEN.encode(), b"")
CODE = ok({"Code": "123456", "Secret": "s" * 64, "Authenticated": False})


class Time:
    """A clock that only sleeping moves on; ``then`` happens at the next sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.then: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.then()

    def clock(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def door(time: Time) -> Iterator[Callable[..., SignIn]]:
    """Make the doors of servers."""
    with ExitStack() as stack:

        def make(url: str, device: str = "") -> SignIn:
            identity = Identity("", device or uuid.uuid4().hex, "the box", "0.1.0")
            made = SignIn(url, identity, sleep=time.sleep, clock=time.clock)
            stack.callback(made.close)
            return made

        yield make


Door = Callable[..., SignIn]


def alive(server: Playground, token: str) -> bool:
    headers = {"Authorization": f'MediaBrowser Token="{token}"'}
    return requests.get(f"{server.url}/System/Info", headers=headers, timeout=10).ok


def tokens(server: Playground) -> list[str]:
    return [session.token for session in server.door.sessions]


def apps(server: Playground) -> list[str]:
    return [key.app for key in server.door.keys]


# by password


@FLAVOURS
def test_an_administrator_s_sign_in_becomes_a_key_and_ends(
    serve: Serve, door: Door, flavour: Flavour
) -> None:
    server, _ = serve(flavour)
    login = door(server.url).by_password("admin", "pw")
    assert login.rights.name == "admin"
    token = tokens(server)[0]
    key = login.make_key()
    login.sign_out()
    assert alive(server, key)
    assert not alive(server, token)
    assert apps(server) == ["Playground", "Subtide"]


def test_the_key_is_the_new_one_among_others_of_its_name(serve: Serve, door: Door) -> None:
    server, _ = serve()
    older = [server.door.make_key("Subtide").token for _ in range(3)]
    server.door.make_key("Other")
    login = door(server.url).by_password("admin", "pw")
    assert login.make_key() not in older
    login.sign_out()
    assert apps(server).count("Subtide") == 4


def test_a_key_is_removed_and_nothing_else(serve: Serve, door: Door) -> None:
    server, _ = serve()
    login = door(server.url).by_password("admin", "pw")
    login.remove_key(login.make_key())
    login.sign_out()
    assert apps(server) == ["Playground"]


def test_a_device_of_its_own_leaves_other_sign_ins_alone(serve: Serve, door: Door) -> None:
    server, _ = serve()
    kept = door(server.url, "house").by_password("admin", "pw").keep()
    login = door(server.url).by_password("admin", "pw")
    login.sign_out()
    assert alive(server, kept)
    again = door(server.url, "house").by_password("admin", "pw").keep()
    assert (alive(server, kept), alive(server, again)) == (False, True)


@FLAVOURS
def test_a_wrong_password_is_told_without_it(serve: Serve, door: Door, flavour: Flavour) -> None:
    server, _ = serve(flavour)
    with pytest.raises(WrongPassword, match="no user admin with this password") as caught:
        door(server.url).by_password("admin", PASSWORD)
    assert caught.value.code == "key-rejected"
    assert PASSWORD not in repr(caught.value)


def test_a_user_who_may_not_sign_in_now_is_told_where_to_look(script: Script, door: Door) -> None:
    script.says(Reply(403))
    with pytest.raises(Forbidden, match="does not let anna sign in") as caught:
        door(script.url).by_password("anna", PASSWORD)
    assert "is it disabled?" in caught.value.fix


def test_nobody_but_an_administrator_makes_a_key(serve: Serve, door: Door) -> None:
    server, _ = serve()
    login = door(server.url).by_password("helper", "pw")
    with pytest.raises(NoAdministrator, match="helper is no administrator") as caught:
        login.make_key()
    assert "--as-user" in caught.value.fix
    login.sign_out()
    assert (tokens(server), apps(server)) == ([], ["Playground"])


@FLAVOURS
def test_a_user_who_manages_subtitles_may_be_kept(
    serve: Serve, door: Door, flavour: Flavour
) -> None:
    server, _ = serve(flavour, users=(ADMIN, HELPER, QUIET))
    token = door(server.url, "house").by_password("helper", "pw").keep()
    assert alive(server, token)
    login = door(server.url, "house").by_password("quiet", "pw")
    with pytest.raises(MayNotUpload, match="quiet may not manage subtitles") as caught:
        login.keep()
    assert "Dashboard, Users, quiet" in caught.value.fix
    login.sign_out()
    assert tokens(server) == [token]


# by Quick Connect


@FLAVOURS
def test_an_approved_code_signs_in(serve: Serve, door: Door, time: Time, flavour: Flavour) -> None:
    server, _ = serve(flavour)
    there = door(server.url)
    assert there.gives_codes()
    code = there.code()
    told: list[float] = []

    def approve() -> None:
        if time.now >= 1006.0:
            server.approve(code.text)

    time.then = approve
    login = there.by_code(code, told.append)
    assert login.rights.name == "admin"
    assert told == [600.0, 598.0, 596.0]
    login.sign_out()


def test_a_code_that_nobody_approves_expires(serve: Serve, door: Door, time: Time) -> None:
    server, _ = serve()
    there = door(server.url)
    code = there.code()
    with pytest.raises(CodeExpired, match=f"{code.text} in time"):
        there.by_code(code, lambda _left: None)
    assert time.now == 1600.0


def test_a_code_that_the_server_forgot_has_expired(script: Script, door: Door) -> None:
    script.says(CODE, Reply(404))
    there = door(script.url)
    code = there.code()
    with pytest.raises(CodeExpired):
        there.by_code(code, lambda _left: None)


def test_a_code_that_expires_at_the_last_moment_has_expired(script: Script, door: Door) -> None:
    script.says(CODE, ok({"Authenticated": True}), plain(404))
    there = door(script.url)
    code = there.code()
    with pytest.raises(CodeExpired):
        there.by_code(code, lambda _left: None)


def test_without_quick_connect_the_other_way_is_told(serve: Serve, door: Door) -> None:
    server, _ = serve()
    there = door(server.url)
    code = there.code()
    server.quick_connect = False
    assert not there.gives_codes()
    for ask in (there.code, lambda: there.by_code(code, lambda _left: None)):
        with pytest.raises(QuickConnectOff, match="switched off") as caught:
            ask()
        assert "--user" in caught.value.fix


def test_a_server_that_is_away_for_a_moment_is_asked_again(
    script: Script, door: Door, time: Time
) -> None:
    away = [Reply(503)] * 5
    script.says(CODE, *away, ok({"Authenticated": True}), SIGNED_IN)
    there = door(script.url)
    assert there.by_code(there.code(), lambda _left: None).rights.name == "anna"
    assert time.now > 1000.0


def test_a_server_that_stays_away_is_told_in_the_end(script: Script, door: Door) -> None:
    script.says(CODE, Reply(500))
    there = door(script.url)
    with pytest.raises(ServerFailed):
        there.by_code(there.code(), lambda _left: None)


def test_a_key_whose_making_was_not_answered_does_not_stay(serve: Serve, door: Door) -> None:
    server, _ = serve()
    login = door(server.url).by_password(ADMIN.name, ADMIN.password)
    before = [key.token for key in server.door.keys]
    server.fail("POST", "Auth/Keys", status=None, after=True)
    with pytest.raises(ServerUnreachable):
        login.make_key()
    assert [key.token for key in server.door.keys] == before


# what answers


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (page(302), WrongAddress),
        (page(), WrongAddress),
        (Reply(404), WrongAddress),
        (ok({"hello": 1}), WrongAddress),
        (Reply(503), ServerStarting),
        (ok({"version": "12.0.0", "startupWizardCompleted": False}), ServerStarting),
        (ok(PUBLIC | {"StartupWizardCompleted": False}), ServerStarting),
    ],
)
def test_whom_nobody_can_sign_in_to_is_told_first(
    script: Script, door: Door, reply: Reply, error: type[SubtideError]
) -> None:
    script.says(reply)
    with pytest.raises(error):
        door(script.url).server()


def test_who_answers_is_known_before_anyone_signs_in(serve: Serve, door: Door) -> None:
    server, _ = serve()
    found = door(server.url).server()
    assert (found.id, found.name, found.version_text) == (server.id, "playground", "12.0.0")


def test_a_device_without_a_key_says_who_it_is_and_no_token(script: Script, door: Door) -> None:
    script.says(SIGNED_IN)
    door(script.url, "house").by_password("anna", PASSWORD)
    header = script.requests[0].headers["authorization"]
    assert header == (
        'MediaBrowser Client="Subtide", Device="the%20box", DeviceId="house", Version="0.1.0"'
    )


@pytest.mark.parametrize("body", [b"[]", b"{}", NOBODY])
def test_a_sign_in_without_a_token_is_a_broken_answer(
    script: Script, door: Door, body: bytes
) -> None:
    script.says(Reply(body=body, headers={"Content-Type": "application/json"}))
    with pytest.raises(BrokenAnswer):
        door(script.url).by_password("anna", PASSWORD)


# keys


def anna(script: Script, door: Door) -> Login:
    script.says(SIGNED_IN)
    login = door(script.url).by_password("anna", PASSWORD)
    script.requests.clear()
    return login


def keys(*named: tuple[str, str]) -> Reply:
    rows = [
        {"AccessToken": token, "AppName": "Subtide", "DateCreated": f"2026-11-21T08:00:0{when}Z"}
        for token, when in named
    ]
    return ok({"Items": rows})


def test_the_newest_of_several_new_keys_is_taken(script: Script, door: Door) -> None:
    login = anna(script, door)
    found = keys(("new", "0.14975"), ("newest", "0.149751"), ("old", "9"))
    script.says(keys(("old", "9")), Reply(204), found, ok({}))
    assert login.make_key() == "newest"
    assert 'Token="newest"' in script.requests[-1].headers["authorization"]


def test_a_server_that_makes_no_key_is_told(script: Script, door: Door) -> None:
    login = anna(script, door)
    script.says(keys(), Reply(204), keys())
    with pytest.raises(BrokenAnswer, match="made no API key named Subtide") as caught:
        login.make_key()
    assert "--key-stdin" in caught.value.fix


def test_a_key_that_does_not_work_is_removed_again(script: Script, door: Door) -> None:
    login = anna(script, door)
    script.says(keys(), Reply(204), keys(("bad", "1")), Reply(401), Reply(204))
    with pytest.raises(KeyRejected):
        login.make_key()
    last = script.requests[-1]
    assert (last.method, last.path) == ("DELETE", "/Auth/Keys/bad")
    assert TOKEN in last.headers["authorization"]


@FLAVOURS
def test_a_key_removes_itself_when_it_has_our_name(serve: Serve, flavour: Flavour) -> None:
    server, _ = serve(flavour)
    connect = connector(server.url, Identity("", "d", "the box", "0.1.0"))
    ours, other = (server.door.make_key(app).token for app in ("Subtide", "Other"))
    assert remove_own(connect, ours, "Subtide") is True
    assert remove_own(connect, other, "Subtide") is False
    assert apps(server) == ["Playground", "Other"]
    with pytest.raises(KeyRejected):
        remove_own(connect, ours, "Subtide")


# secrets


def test_password_token_and_key_are_in_no_log_and_no_error(
    script: Script, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    login = anna(script, door)
    told = [repr(login), repr(login.rights)]
    for reply in (
        Reply(401),
        Reply(403),
        page(302),
        plain(500),
        Reply(promised=9),
        Reply(503),
    ):
        script.says(reply)
        for call in (
            lambda: door(script.url).by_password("anna", PASSWORD),
            login.make_key,
            lambda: login.remove_key(TOKEN),
            login.sign_out,
        ):
            with pytest.raises(SubtideError) as caught:
                call()
            told.append(f"{caught.value!r}")
    assert len(told) > 20
    assert PASSWORD not in "".join(told)
    assert TOKEN not in "".join(told)
    ours = [record for record in caplog.records if record.name.startswith("subtide")]
    assert not [record for record in ours if TOKEN in record.getMessage()]
    assert PASSWORD not in caplog.text


def test_a_server_that_is_gone_is_unreachable(door: Door, tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable):
        door("http://127.0.0.1:1").server()
