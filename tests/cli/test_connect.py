"""subtide connect: sign in once, and be let in from then on."""

import io
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import Home, Ran

from subtide.cli.output import ExitCode
from subtide.house import locked
from subtide.playground.auth import ADMIN, HELPER, User
from subtide.playground.flavour import V10_11, V10_11_7, V12, Flavour
from subtide.playground.server import Playground
from subtide.settings import keep_secret, load, secret_file

QUIET = User("quiet", "pw")
PASSWORD = "d0a1b2c3secret"
OWNER = User("owner", PASSWORD, admin=True)
URL, KEY = ("servers", "home", "url"), ("servers", "home", "key")
Subtide = Callable[..., Ran]
FLAVOURS = pytest.mark.parametrize("flavour", [V12, V10_11], ids=lambda one: one.version)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one thing that is set: where Subtide keeps its things."""
    folder = tmp_path / "data"
    monkeypatch.setenv("SUBTIDE_DATA", str(folder))
    return folder


@pytest.fixture
def serve(tmp_path: Path, playground: Callable[..., Playground]) -> Callable[..., Playground]:
    """Start servers with an empty library."""
    (tmp_path / "media" / "Movies").mkdir(parents=True)
    users = (ADMIN, HELPER, QUIET, OWNER)
    return lambda flavour=V12, **options: playground(
        tmp_path / "media", flavour, users=users, **options
    )


@pytest.fixture
def server(serve: Callable[..., Playground]) -> Playground:
    return serve()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a text on standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.fixture
def connect(subtide: Subtide, typed: Callable[[str], None], data: Path) -> Callable[..., Ran]:
    """Connect as a script does: ``connect(server, "--as-user", user="helper")``."""

    def run(server: Playground, *words: str, user: str = "admin", word: str = "pw") -> Ran:
        typed(f"{word}\n")
        return subtide("connect", server.url, "--user", user, "--password-stdin", *words)

    return run


Connect = Callable[..., Ran]


def kept(data: Path, path: tuple[str, ...] = KEY) -> str:
    return secret_file(data, path).read_text()


def apps(server: Playground) -> list[str]:
    return [key.app for key in server.door.keys]


def tokens(server: Playground) -> list[str]:
    return [key.token for key in server.door.keys]


@contextmanager
def someone_approves(server: Playground, user: User = ADMIN) -> Iterator[None]:
    """Approve the first code, before the first question whether it was."""
    gate = threading.Event()
    server.fail("GET", "/QuickConnect/Connect", gate=gate)

    def approve() -> None:
        server.wait_for("POST", "/QuickConnect/Initiate")
        server.approve(server.door.codes.shown[0], user)
        gate.set()

    person = threading.Thread(target=approve)
    person.start()
    yield
    person.join()


# an API key


@FLAVOURS
def test_an_administrator_s_password_becomes_a_key_that_is_kept(
    serve: Callable[..., Playground], connect: Connect, data: Path, flavour: Flavour
) -> None:
    server = serve(flavour)
    ran = connect(server)
    assert ran.code == 0, ran.err
    assert (kept(data, URL), kept(data)) == (server.url, tokens(server)[-1])
    assert apps(server) == ["Playground", f"Subtide {(data / 'device-id').read_text()[:8]}"]
    assert server.door.sessions == []
    assert f'home is connected: Jellyfin {flavour.version} "playground"' in ran.out
    assert "library Movies: 0 items" in ran.out
    assert "subtide doctor" in ran.out
    assert "subtide webhook" in ran.out


def test_what_an_api_key_is_is_said_before_anyone_signs_in(
    server: Playground, connect: Connect
) -> None:
    ran = connect(server, word="wrong")
    assert "administrator's right to everything" in ran.err
    assert "--as-user" in ran.err
    assert ran.err.index("everything") < ran.err.index("no user admin")


def test_connected_commands_need_no_settings_file(
    server: Playground, connect: Connect, subtide: Subtide
) -> None:
    connect(server)
    assert "the key is accepted" in subtide("doctor").out
    assert subtide("scan", "--dry-run").code == 0
    shown = subtide("config", "show").out
    assert re.search(r"servers.home.key +\*+ +secret file +\S+/secrets/subtide_servers__", shown)


def test_it_tells_as_json(server: Playground, connect: Connect, data: Path) -> None:
    report = connect(server, "--json").json
    assert report["server"] == {"id": server.id, "name": "playground", "version": "12.0.0"}
    assert (report["admin"], report["user"], report["notes"]) == (True, None, [])
    assert report["libraries"] == [{"name": "Movies", "items": 0}]
    assert report["kept"] == [str(secret_file(data, path)) for path in (URL, KEY)]


def test_the_libraries_are_counted(home: Home, at_home: Subtide) -> None:
    home.add_covered_film("One (2001)")
    home.add_covered_film("Two (2002)")
    home.configure(servers={})
    with someone_approves(home.playground):
        ran = at_home("connect", home.playground.url, "--quick-connect", "--json")
    assert ran.json["libraries"] == [{"name": "Movies", "items": 2}]


def test_password_and_key_are_told_nowhere(
    server: Playground, connect: Connect, data: Path
) -> None:
    for password in (PASSWORD, "wrong"):
        ran = connect(server, user="owner", word=password)
        assert PASSWORD not in ran.out + ran.err
        assert kept(data) not in ran.out + ran.err


@FLAVOURS
def test_a_code_that_someone_approves_becomes_a_key(
    serve: Callable[..., Playground], subtide: Subtide, data: Path, flavour: Flavour
) -> None:
    server = serve(flavour)
    with someone_approves(server):
        ran = subtide("connect", server.url, "--quick-connect")
    assert ran.code == 0, ran.err
    assert re.search(r"Quick Connect code: \d{6}\n.* an administrator, .*user menu", ran.err)
    assert kept(data) == tokens(server)[-1]
    assert server.door.sessions == []


def test_a_code_that_is_approved_by_the_wrong_person_makes_no_key(
    server: Playground, subtide: Subtide, data: Path
) -> None:
    with someone_approves(server, HELPER):
        ran = subtide("connect", server.url, "--quick-connect", "--json")
    assert ran.code == ExitCode.SERVER
    assert ran.json["error"]["code"] == "forbidden"
    assert "helper is no administrator" in ran.json["error"]["what"]
    assert server.door.sessions == []
    assert not secret_file(data, KEY).exists()


def test_a_key_of_one_s_own_is_tried_and_kept(
    server: Playground, subtide: Subtide, typed: Callable[[str], None], data: Path
) -> None:
    typed("wrong\n")
    assert subtide("connect", server.url, "--key-stdin").code == ExitCode.SERVER
    assert not secret_file(data, KEY).exists()
    typed(f" {server.key}\n")
    assert subtide("connect", server.url, "--key-stdin").code == 0
    assert kept(data) == server.key
    typed("\n")
    ran = subtide("connect", server.url, "--key-stdin")
    assert (ran.code, "no key on standard input" in ran.err) == (ExitCode.SETTINGS, True)


# again


def test_a_new_key_takes_the_place_of_the_one_that_was_made_before(
    server: Playground, connect: Connect, data: Path
) -> None:
    connect(server)
    ran = connect(server)
    assert "the key that was kept before is removed from the server" in ran.out
    assert (len(tokens(server)), kept(data)) == (2, tokens(server)[-1])


def test_keys_of_other_people_stay(
    server: Playground, subtide: Subtide, connect: Connect, typed: Callable[[str], None]
) -> None:
    mine, other = (server.door.make_key("Subtide").token for _ in range(2))
    typed(mine)
    subtide("connect", server.url, "--key-stdin")
    ran = connect(server)
    assert "was not made by Subtide: it stays" in ran.out
    assert {mine, other, server.key} < set(tokens(server))


def test_a_key_that_is_given_again_stays(
    server: Playground, subtide: Subtide, connect: Connect, typed: Callable[[str], None], data: Path
) -> None:
    connect(server)
    typed(kept(data))
    ran = subtide("connect", server.url, "--key-stdin", "--json")
    assert (ran.code, ran.json["notes"]) == (0, [])
    assert kept(data) in tokens(server)


def test_a_former_key_that_is_dead_is_no_trouble(
    server: Playground, connect: Connect, data: Path
) -> None:
    connect(server)
    server.door.keys = server.door.keys[:1]
    ran = connect(server, "--json")
    assert (ran.code, ran.json["notes"]) == (0, [])


def test_a_former_server_that_is_gone_is_no_trouble(
    server: Playground, connect: Connect, data: Path
) -> None:
    keep_secret(data_made(data), URL, "http://127.0.0.1:1")
    keep_secret(data, KEY, "k1")
    ran = connect(server, "--json")
    assert ran.code == 0
    assert "could not be ended at the server: no connection" in ran.json["notes"][0]
    assert kept(data, URL) == server.url


def data_made(data: Path) -> Path:
    data.mkdir()
    return data


def test_a_running_daemon_is_to_be_restarted(
    server: Playground, connect: Connect, data: Path
) -> None:
    with locked(data, serves=True):
        assert any("restart it" in note for note in connect(server, "--json").json["notes"])


def test_the_key_that_a_running_daemon_uses_is_left_to_it(
    server: Playground, connect: Connect, data: Path
) -> None:
    connect(server)
    former = kept(data)
    with locked(data, serves=True):
        notes = connect(server, "--json").json["notes"]
    assert "the running daemon still uses the key" in notes[0]
    assert {former, kept(data)} <= set(tokens(server))


# a user


@FLAVOURS
def test_a_user_who_manages_subtitles_is_kept_signed_in(
    serve: Callable[..., Playground],
    connect: Connect,
    subtide: Subtide,
    data: Path,
    flavour: Flavour,
) -> None:
    server = serve(flavour)
    ran = connect(server, "--as-user", user="helper")
    assert ran.code == 0, ran.err
    (session,) = server.door.sessions
    assert kept(data) == session.token
    assert session.client["deviceid"] == (data / "device-id").read_text()
    assert "cannot delete" in ran.err
    assert "webhook" not in ran.out
    assert apps(server) == ["Playground"]
    assert "the key is accepted" in subtide("doctor").out


def test_connecting_as_that_user_again_ends_the_older_sign_in(
    server: Playground, connect: Connect, data: Path
) -> None:
    connect(server, "--as-user", user="helper")
    ran = connect(server, "--as-user", "--json", user="helper")
    assert (ran.code, ran.json["notes"], ran.json["user"]) == (0, [], "helper")
    assert kept(data) == server.door.sessions[0].token
    assert len(server.door.sessions) == 1


def test_making_a_key_leaves_the_kept_sign_in_alone_until_it_is_replaced(
    server: Playground, connect: Connect, data: Path
) -> None:
    connect(server, "--as-user", user="helper")
    token = kept(data)
    assert connect(server, user="helper").code == ExitCode.SERVER
    assert kept(data) == token == server.door.sessions[0].token
    ran = connect(server)
    assert "end it in Jellyfin (Dashboard, Devices)" in ran.out
    assert kept(data) == tokens(server)[-1]


def test_a_user_takes_the_place_of_a_key(server: Playground, connect: Connect) -> None:
    connect(server)
    assert len(tokens(server)) == 2
    connect(server, "--as-user", user="helper")
    assert tokens(server) == [server.key]


def test_a_user_without_the_right_is_refused_and_signed_out(
    server: Playground, connect: Connect, data: Path
) -> None:
    ran = connect(server, "--as-user", user="quiet")
    assert ran.code == ExitCode.SERVER
    assert "quiet may not manage subtitles" in ran.err
    assert "Dashboard, Users, quiet" in ran.err
    assert server.door.sessions == []
    assert not secret_file(data, KEY).exists()


def test_a_token_of_a_user_without_the_right_is_refused(
    server: Playground, subtide: Subtide, typed: Callable[[str], None], data: Path
) -> None:
    typed(server.door.open_session(QUIET, {"deviceid": "x"}).token)
    ran = subtide("connect", server.url, "--key-stdin")
    assert (ran.code, "quiet may not" in ran.err) == (ExitCode.SERVER, True)


# what is set elsewhere


def test_a_key_in_another_place_is_named(home: Home, at_home: Subtide) -> None:
    before = home.config.read_text()
    ran = at_home("connect", home.playground.url, "--quick-connect")
    assert ran.code == ExitCode.SETTINGS
    assert f"servers.home.key is set already, by {home.config}:1" in ran.err
    assert "--name" in ran.err
    assert home.config.read_text() == before
    assert not home.playground.requests("POST")


def test_an_address_in_another_place_is_named(
    server: Playground, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTIDE_SERVERS__HOME__URL", "http://other:8096")
    ran = connect(server)
    assert ran.code == ExitCode.SETTINGS
    assert "servers.home.url is set already, by SUBTIDE_SERVERS__HOME__URL" in ran.err


def test_the_same_address_in_another_place_stays_the_only_one(
    server: Playground, connect: Connect, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTIDE_SERVERS__HOME__URL", f"{server.url}/")
    monkeypatch.setenv("SUBTIDE_SERVERS__HOME__KEY", "")
    assert connect(server).code == 0
    assert not secret_file(data, URL).exists()
    assert load(default_config=Path("/nowhere")).settings.servers["home"].url == server.url


def test_a_mounted_secret_is_named_even_if_it_is_empty(
    server: Playground, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mounted").mkdir()
    file = tmp_path / "mounted" / "subtide_servers__home__key"
    file.write_text("")
    monkeypatch.setenv("SUBTIDE_SECRETS", str(file.parent))
    monkeypatch.setenv("SUBTIDE_SERVERS__HOME__URL", server.url)
    ran = connect(server)
    assert (ran.code, f"by {file}" in ran.err) == (ExitCode.SETTINGS, True)


def test_the_settings_write_the_name(home: Home, at_home: Subtide) -> None:
    home.configure(servers={"Home": {"url": home.playground.url}})
    with someone_approves(home.playground):
        ran = at_home("connect", home.playground.url, "--quick-connect")
    assert ran.code == 0, ran.err
    assert f"subtide --config {home.config} doctor" in ran.out
    assert kept(home.data) == tokens(home.playground)[-1]
    assert "the key is accepted" in at_home("doctor").out


# which server


def test_another_server_under_the_same_name_is_confirmed_first(
    server: Playground, connect: Connect, data: Path
) -> None:
    connect(server)
    before = kept(data)
    server.id = "f" * 32
    ran = connect(server)
    assert (ran.code, "--accept-server" in ran.err) == (ExitCode.SERVER, True)
    assert kept(data) == before
    assert len(server.requests("POST", "Authenticate")) == 1
    assert connect(server, "--accept-server").code == 0
    assert kept(data) != before
    assert connect(server).code == 0


def test_one_server_has_one_name(server: Playground, connect: Connect) -> None:
    connect(server)
    ran = connect(server, "--name", "nas")
    assert ran.code == ExitCode.SETTINGS
    assert "servers.nas and servers.home are the same server" in ran.err


def test_a_server_of_another_name_stands_beside_it(
    server: Playground, connect: Connect, playground: Callable[..., Playground], data: Path
) -> None:
    connect(server)
    other = playground(server.catalogue.libraries[0].folder.parent, name="other")
    assert connect(other, "--name", "nas-2").code == 0
    assert kept(data, ("servers", "nas-2", "url")) == other.url


def test_a_failed_sign_in_leaves_no_trace_of_the_server(
    server: Playground, connect: Connect, playground: Callable[..., Playground]
) -> None:
    assert connect(server, word="wrong").code == ExitCode.SERVER
    other = playground(server.catalogue.libraries[0].folder.parent, name="other")
    assert connect(other).code == 0


def test_the_version_that_refuses_uploads_is_told(
    serve: Callable[..., Playground], connect: Connect
) -> None:
    assert "note: Jellyfin 10.11.7 refuses" in connect(serve(V10_11_7)).out


@pytest.mark.parametrize("tail", ["/", "/web/", "/web/#/home.html", "/web/index.html#!/home", " "])
def test_an_address_may_be_pasted_from_a_browser(
    serve: Callable[..., Playground], connect: Connect, data: Path, tail: str
) -> None:
    server = serve(base="/jellyfin")
    url = server.url
    ran = connect(Pasted(url + tail))  # type: ignore[arg-type] - it has an url
    assert ran.code == 0, ran.err
    assert kept(data, URL) == url


def test_an_address_may_lack_its_scheme_as_browsers_show_it(
    serve: Callable[..., Playground], connect: Connect, data: Path
) -> None:
    url = serve().url
    assert connect(Pasted(url.removeprefix("http://"))).code == 0  # type: ignore[arg-type] - it has an url
    assert kept(data, URL) == url


class Pasted:
    """Something with an address."""

    def __init__(self, url: str) -> None:
        self.url = url


# what goes wrong


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "no terminal to ask at"),
        (["--user", "admin"], "no terminal to ask at"),
        (["--password-stdin"], "--password-stdin needs --user"),
        (["--user", "admin", "--quick-connect"], "choose one"),
        (["--key-stdin", "--quick-connect"], "choose one"),
        (["--key-stdin", "--as-user"], "--as-user signs in"),
        (["--quick-connect", "--name", "My NAS"], "small letters"),
    ],
)
def test_options_that_do_not_go_together_are_told(
    subtide: Subtide, typed: Callable[[str], None], data: Path, words: list[str], says: str
) -> None:
    typed("")
    ran = subtide("connect", "http://127.0.0.1:1", *words)
    assert (ran.code, says in ran.err) == (ExitCode.USAGE, True), ran.err


def test_a_name_that_no_file_can_have_is_told(subtide: Subtide, data: Path) -> None:
    ran = subtide("connect", "http://127.0.0.1:1", "--quick-connect", "--name", "a__b")
    assert (ran.code, "choose a name" in ran.err) == (ExitCode.SETTINGS, True)


@pytest.mark.parametrize("url", ["nas or so", "http://me:pw@nas", "ftp://nas"])
def test_an_address_that_is_none_is_told(subtide: Subtide, data: Path, url: str) -> None:
    ran = subtide("connect", url, "--quick-connect")
    assert (ran.code, "write the address as http" in ran.err) == (ExitCode.USAGE, True)


def test_a_server_that_is_away_or_starting_is_told_with_its_address(
    server: Playground, connect: Connect
) -> None:
    server.starting = True
    ran = connect(server, "--json")
    assert ran.code == ExitCode.SERVER
    assert ran.json["error"]["code"] == "server-starting"
    assert ran.json["error"]["what"].startswith(server.url)
    server.starting = False
    server.stop()
    assert connect(server, "--json").json["error"]["code"] == "server-unreachable"
    server.start()


def test_quick_connect_that_is_off_is_told(
    server: Playground, subtide: Subtide, data: Path
) -> None:
    server.quick_connect = False
    ran = subtide("connect", server.url, "--quick-connect")
    assert (ran.code, "switched off" in ran.err) == (ExitCode.SERVER, True)


def test_a_data_folder_that_cannot_be_is_told_before_anyone_signs_in(
    server: Playground, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SUBTIDE_DATA", str(tmp_path / "file" / "data"))
    ran = connect(server)
    assert (ran.code, "SUBTIDE_DATA" in ran.err) == (ExitCode.SETTINGS, True)
    assert not server.requests("POST")


def test_a_key_that_cannot_be_kept_is_removed_again(
    server: Playground, connect: Connect, data: Path
) -> None:
    secret_file(data_made(data), KEY).parent.mkdir()
    secret_file(data, URL).write_text(server.url)
    (data / "secrets" / "subtide_servers__home__key").mkdir()
    ran = connect(server)
    assert (ran.code, "cannot be written" in ran.err) == (ExitCode.SETTINGS, True)
    assert tokens(server) == [server.key]
    assert server.door.sessions == []


def test_a_sign_in_that_cannot_be_ended_is_told_and_does_no_harm(
    server: Playground, connect: Connect, data: Path
) -> None:
    server.fail("POST", "/Sessions/Logout", status=500)
    ran = connect(server)
    assert (ran.code, kept(data)) == (0, tokens(server)[-1])
    assert "remove the device in Jellyfin" in ran.err


# a person at a terminal


def at_terminal(words: list[str], *talk: tuple[str, Callable[[str], bytes]]) -> tuple[int, str]:
    """Run a command at a terminal: when it shows a text, something happens and is typed in."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from subtide.cli import main; main()", *words]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        shown, waiting = "", list(talk)
        while piece := _read(ours):
            shown += piece
            if waiting and waiting[0][0] in shown:
                os.write(ours, waiting.pop(0)[1](shown))
        code = process.wait(60)
    os.close(ours)
    return code, shown.replace("\r\n", "\n")


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # the other end is closed
        return ""


def test_a_person_is_asked_for_a_password_that_does_not_show(
    server: Playground, data: Path
) -> None:
    server.quick_connect = False
    code, shown = at_terminal(
        ["connect", server.url],
        ("User name", lambda _shown: b"owner\n"),
        ("Password of owner", lambda _shown: f"{PASSWORD}\n".encode()),
    )
    assert (code, PASSWORD in shown) == (0, False), shown
    assert kept(data) == tokens(server)[-1]


def test_a_person_is_shown_a_code_and_the_time_that_is_left(server: Playground, data: Path) -> None:
    def approve(shown: str) -> bytes:
        found = re.search(r"code: (\d{6})", shown)
        assert found
        server.approve(found[1])
        return b""

    code, shown = at_terminal(["connect", server.url], ("Waiting for it, 10:00", approve))
    assert code == 0, shown
    assert kept(data) == tokens(server)[-1]
