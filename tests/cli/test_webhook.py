"""subtide webhook: one entry in the server's plugin, proved by an event; nothing else changes."""

import copy
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command import Home, Ran, Terminal

from subtide.cli.output import ExitCode
from subtide.daemon import Daemon
from subtide.house import locked, open_house
from subtide.jellyfin.destination import EVENTS
from subtide.observe import logging
from subtide.playground.auth import HELPER
from subtide.playground.server import Playground
from subtide.playground.webhooks import ADDED
from subtide.settings import load

Subtide = Callable[..., Ran]
LIGHTS = {"WebhookName": "lights", "WebhookUri": "http://127.0.0.1:9/lights", "Template": "e30="}


@pytest.fixture
def port() -> int:
    """A port that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def server(home: Home, port: int) -> Playground:
    """A server whose plugin sends to somebody's lights already."""
    home.configure(web={"port": port}, scan={"at_start": False})
    home.playground.install_webhook_plugin(LIGHTS)
    home.playground.plugins.configuration["DiscordOptions"] = [{"WebhookName": "chat", "X": 1}]
    return home.playground


@pytest.fixture
def running(server: Playground, home: Home) -> Iterator[Daemon]:
    """A daemon that runs."""
    assert server.url
    logging.set_up("warning", "lines")  # as in a process of its own: not to a command's output
    house = open_house(load(home.config).settings)
    with locked(house.data, serves=True):
        daemon = Daemon(house)
        daemon.start()
        yield daemon
        daemon.stop()
    house.close()


def entries(server: Playground) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.plugins.configuration["GenericOptions"]
    return found


def secret_file(home: Home) -> Path:
    return home.data / "secrets" / "subtide_servers__home__webhook_secret"


def written(server: Playground) -> int:
    return len(server.requests("POST", "Configuration"))


# -- registering ---------------------------------------------------------------------------


def test_it_registers_and_proves_that_events_arrive(
    server: Playground, home: Home, at_home: Subtide, port: int
) -> None:
    before = copy.deepcopy(server.plugins.configuration)
    ran = at_home("webhook")
    assert ran.code == 0, ran.err
    uri = f"http://127.0.0.1:{port}/webhook/home"
    assert f"home: registered at {uri}; an event was received after " in ran.out
    lights, ours = entries(server)
    identity = (home.data / "device-id").read_text()
    assert (ours["WebhookName"], ours["WebhookUri"]) == (f"Subtide {identity[:8]}", uri)
    assert ours["NotificationTypes"] == list(EVENTS)
    rest = {**server.plugins.configuration, "GenericOptions": [lights]}
    assert rest == before
    secret = secret_file(home).read_text()
    assert {"Key": "Authorization", "Value": f"Bearer {secret}"} in ours["Headers"]
    assert stat.S_IMODE(secret_file(home).stat().st_mode) == 0o600
    assert secret not in ran.out + ran.err
    shown = {row["setting"]: row for row in at_home("config", "show", "--json").json}
    assert shown["web.address"]["value"] == f"http://127.0.0.1:{port}"
    assert shown["web.address"]["from"] == "runtime override"
    server.webhooks.settle()
    assert ADDED in server.webhooks.runs


def test_a_second_time_changes_nothing(server: Playground, home: Home, at_home: Subtide) -> None:
    at_home("webhook")
    before, writes = copy.deepcopy(server.plugins.configuration), written(server)
    secret = secret_file(home).read_text()
    ran = at_home("webhook")
    assert ran.code == 0
    assert "home: already right at " in ran.out
    assert "an event was received" in ran.out
    assert (written(server), server.plugins.configuration) == (writes, before)
    assert secret_file(home).read_text() == secret


def test_its_own_entry_is_mended_where_it_stands(server: Playground, at_home: Subtide) -> None:
    at_home("webhook")
    right = copy.deepcopy(entries(server)[1])
    entries(server).reverse()
    entries(server)[0] |= {"EnableWebhook": False, "Headers": []}
    ran = at_home("webhook")
    assert (ran.code, "home: registered at" in ran.out) == (0, True)
    assert entries(server)[0] == right
    assert entries(server)[1]["WebhookName"] == "lights"


def test_a_secret_of_the_settings_is_used(
    server: Playground, home: Home, at_home: Subtide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTIDE_SERVERS__HOME__WEBHOOK_SECRET", "chosen")
    assert at_home("webhook").code == 0
    assert {"Key": "Authorization", "Value": "Bearer chosen"} in entries(server)[1]["Headers"]
    assert not secret_file(home).exists()


def test_a_running_daemon_takes_a_secret_that_is_made_now(
    server: Playground, running: Daemon, at_home: Subtide
) -> None:
    assert running.port
    ran = at_home("webhook", "--json")
    assert ran.code == 0, ran.out
    (row,) = ran.json
    assert (row["server"], row["state"]) == ("home", "registered")
    assert 0 <= row["received_after"] < 10
    assert len(entries(server)) == 2


# -- addresses -----------------------------------------------------------------------------


def test_an_address_that_works_takes_the_place_of_one_that_does_not(
    server: Playground, at_home: Subtide, port: int
) -> None:
    at_home("config", "set", "web.address", "http://127.0.0.1:9")
    ran = at_home("webhook")
    assert ran.code == 0, ran.err
    assert "home: nothing arrived through http://127.0.0.1:9\n" in ran.out
    assert entries(server)[1]["WebhookUri"] == f"http://127.0.0.1:{port}/webhook/home"
    shown = {row["setting"]: row["value"] for row in at_home("config", "show", "--json").json}
    assert shown["web.address"] == f"http://127.0.0.1:{port}"


def test_without_a_way_the_plugin_is_as_it_was(
    server: Playground, home: Home, at_home: Subtide, port: int
) -> None:
    home.configure(web={"port": port, "address": "http://127.0.0.1:9"})
    before = copy.deepcopy(server.plugins.configuration)
    ran = at_home("webhook")
    assert ran.code == ExitCode.SOME_FAILED
    assert "home does not reach Subtide at http://127.0.0.1:9" in ran.err
    assert "fix: on Jellyfin's machine, try: curl http://127.0.0.1:9/ping" in ran.err
    assert server.plugins.configuration == before


def test_an_address_in_config_yaml_goes_before_one_that_was_kept(
    server: Playground, home: Home, at_home: Subtide, port: int
) -> None:
    at_home("webhook")
    home.configure(web={"port": port, "address": f"http://localhost:{port}"})
    assert at_home("webhook").code == 0
    assert entries(server)[1]["WebhookUri"] == f"http://localhost:{port}/webhook/home"


def test_who_listens_on_the_loopback_alone_is_warned(
    server: Playground, at_home: Subtide, port: int
) -> None:
    assert server.url
    ran = at_home("webhook", "--address", "http://192.0.2.1:1", "--dry-run")
    assert "warning: web.host is 127.0.0.1, so only this machine reaches Subtide" in ran.err
    ran = at_home("webhook", "--address", f"http://127.0.0.1:{port}", "--dry-run")
    assert "warning" not in ran.err


def test_an_address_that_is_none_is_refused(at_home: Subtide, server: Playground) -> None:
    ran = at_home("webhook", "--address", "subtide:8765")
    assert ran.code == ExitCode.USAGE
    assert "write the address as http://host:8096" in ran.err
    assert not server.requests("GET", "Plugins")


def test_a_port_that_changes_cannot_be_given_away(
    server: Playground, home: Home, at_home: Subtide
) -> None:
    home.configure(web={"port": 0})
    ran = at_home("webhook")
    assert ran.code == ExitCode.SETTINGS
    assert "web.port is 0" in ran.err
    assert written(server) == 0


# -- the plugin ----------------------------------------------------------------------------


@pytest.fixture
def bare(home: Home, port: int) -> Playground:
    """A server without the plugin."""
    home.configure(web={"port": port})
    return home.playground


def test_without_the_plugin_it_says_what_to_do(bare: Playground, at_home: Subtide) -> None:
    ran = at_home("webhook")
    assert ran.code == ExitCode.SOME_FAILED
    assert "error: home has no Webhook plugin" in ran.err
    assert "fix: let it be installed: subtide webhook --install" in ran.err
    assert bare.plugins.status == ""


def test_it_installs_the_plugin_but_restarts_only_when_told(
    bare: Playground, at_home: Subtide
) -> None:
    ran = at_home("webhook", "--install")
    assert ran.code == ExitCode.SOME_FAILED
    assert "waits for a restart" in ran.err
    assert "subtide webhook --restart" in ran.err
    assert bare.plugins.status == "Restart"
    assert not bare.requests("POST", "System/Restart")
    ran = at_home("webhook", "--restart")
    assert ran.code == 0, ran.err
    assert "home: Jellyfin restarts ...\nhome: registered at " in ran.out


def test_a_script_does_it_all_at_once(bare: Playground, at_home: Subtide) -> None:
    ran = at_home("webhook", "home", "--install", "--yes", "--json")
    assert ran.code == 0, ran.out
    assert ran.json[0]["state"] == "registered"
    assert bare.plugins.active


def test_a_plugin_that_jellyfin_cannot_load_is_not_restarted_for(
    bare: Playground, at_home: Subtide
) -> None:
    bare.plugins.status = "NotSupported"
    ran = at_home("webhook", "--install", "--yes")
    assert ran.code == ExitCode.SOME_FAILED
    assert "Jellyfin says NotSupported" in ran.err
    assert not bare.requests("POST", "System/Restart")


def test_a_user_who_is_no_administrator_is_offered_the_fields(
    server: Playground, home: Home, at_home: Subtide, port: int
) -> None:
    words = {"client": "c", "device": "d", "deviceid": "d", "version": "1"}
    session = server.door.login(HELPER.name, HELPER.password, words)
    assert session is not None
    servers = {"home": {"url": server.url, "key": session.token}}
    home.configure(servers=servers, web={"port": port})
    ran = at_home("webhook")
    assert ran.code == ExitCode.SERVER
    assert "helper is no administrator of home" in ran.err
    assert "subtide webhook --print" in ran.err
    assert not server.requests("GET", "Plugins")
    assert at_home("webhook", "--print").code == 0


@pytest.mark.parametrize(("answer", "restarts"), [("y\n", 1), ("n\n", 0), ("\n", 0)])
def test_a_person_is_asked_before_a_restart(
    bare: Playground,
    at_home: Subtide,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    restarts: int,
) -> None:
    bare.plugins.install()
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    ran = at_home("webhook")
    assert "home has to restart to load the plugin; what plays there stops. Now?" in ran.err
    assert len(bare.requests("POST", "System/Restart")) == restarts
    assert ran.code == (0 if restarts else ExitCode.SOME_FAILED)


def test_a_person_is_asked_when_there_are_several_addresses(
    server: Playground, at_home: Subtide, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    guesses = ("http://4f2a:1", f"http://127.0.0.1:{port}")
    monkeypatch.setattr("subtide.cli.receiver.candidates", lambda *_: guesses)
    monkeypatch.setattr("sys.stdin", Terminal(f"http://localhost:{port}\n"))
    ran = at_home("webhook")
    assert f"at http://4f2a:1 or http://127.0.0.1:{port}." in ran.err
    assert (ran.code, len(entries(server))) == (0, 2)
    assert entries(server)[1]["WebhookUri"] == f"http://localhost:{port}/webhook/home"


# -- looking, typing in, taking out --------------------------------------------------------


def test_a_dry_run_shows_the_change_without_secrets_and_changes_nothing(
    server: Playground, home: Home, at_home: Subtide, port: int
) -> None:
    before = copy.deepcopy(server.plugins.configuration)
    ran = at_home("webhook", "--dry-run")
    assert ran.code == 0
    assert f'+  "WebhookUri": "http://127.0.0.1:{port}/webhook/home"' in ran.out
    assert "*** (the secret)" in ran.out
    assert "Bearer" not in ran.out
    assert "lights" not in ran.out
    assert (written(server), server.plugins.configuration) == (0, before)
    assert not secret_file(home).exists()


def test_a_dry_run_tells_a_wrong_secret_from_the_right_one(
    server: Playground, at_home: Subtide
) -> None:
    at_home("webhook")
    assert "already right, nothing to change" in at_home("webhook", "--dry-run").out
    proxy = {"Key": "X-Proxy", "Value": "open sesame"}
    entries(server)[1]["Headers"] = [proxy, {"Key": "Authorization", "Value": "Bearer stolen"}]
    (row,) = at_home("webhook", "--dry-run", "--json").json
    assert row["state"] == "would change"
    text = "\n".join(row["diff"])
    assert "sesame" not in text
    assert "stolen" not in text
    assert '-      "Value": "*** (another value)"' in text
    assert '+      "Value": "*** (the secret)"' in text


def test_a_dry_run_without_the_plugin_says_what_would_come_first(
    bare: Playground, at_home: Subtide
) -> None:
    ran = at_home("webhook", "--dry-run", "--install")
    assert (ran.code, bare.plugins.status) == (0, "")
    assert "the plugin would be installed, and Jellyfin restarted" in ran.out


def test_every_field_is_printed_to_be_typed_in(
    bare: Playground, home: Home, at_home: Subtide, port: int
) -> None:
    ran = at_home("webhook", "--print")
    assert ran.code == 0
    secret = secret_file(home).read_text()
    assert f"http://127.0.0.1:{port}/webhook/home" in ran.out
    assert f"Authorization: Bearer {secret}" in ran.out
    assert "Content-Type: application/json" in ran.out
    assert "Item Added, Item Deleted, Playback Start, Playback Stop, Session Start" in ran.out
    assert secret not in ran.err
    assert not bare.requests()


def test_its_entry_is_taken_out_again(server: Playground, at_home: Subtide) -> None:
    before = copy.deepcopy(server.plugins.configuration)
    assert "there is no entry of Subtide's" in at_home("webhook", "--remove").out
    at_home("webhook")
    ran = at_home("webhook", "--remove")
    assert (ran.code, server.plugins.configuration) == (0, before)
    assert "taken out" in ran.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["hoem"], "hoem is no server here; there is: home"),
        (["--print", "--remove"], "use one of --print, --remove and --dry-run"),
    ],
)
def test_a_wrong_command_line_is_explained(
    home: Home, at_home: Subtide, words: list[str], says: str
) -> None:
    ran = at_home("webhook", *words)
    assert ran.code == ExitCode.USAGE
    assert says in ran.err
    assert not home.playground.requests("POST")


def test_one_server_s_trouble_hides_no_other(
    server: Playground, home: Home, at_home: Subtide, port: int
) -> None:
    there = {"url": server.url, "key": server.key}
    home.configure(
        servers={"away": {"url": "http://127.0.0.1:9", "key": "k"}, "home": there},
        web={"port": port},
    )
    ran = at_home("webhook", "--json")
    assert ran.code == ExitCode.SERVER
    away, here = ran.json
    assert (away["server"], away["error"]["code"]) == ("away", "server-unreachable")
    assert (here["server"], here["state"]) == ("home", "registered")


# -- doctor --------------------------------------------------------------------------------


def doctor(at_home: Subtide) -> dict[str, Any]:
    rows = at_home("doctor", "--json").json
    return next(row for row in rows if row["name"] == "webhook home")


def test_doctor_knows_the_plugin_s_state(bare: Playground, at_home: Subtide) -> None:
    row = doctor(at_home)
    assert (row["health"], row["fix"]) == ("note", "subtide webhook --install")
    assert "asks every 300 s" in row["what"]
    bare.plugins.status = "Restart"
    assert "waits for a restart" in doctor(at_home)["what"]


def test_doctor_notes_that_there_is_no_entry(server: Playground, at_home: Subtide) -> None:
    assert len(entries(server)) == 1
    row = doctor(at_home)
    assert (row["health"], row["fix"]) == ("note", "subtide webhook")
    at_home("webhook")
    at_home("webhook", "--remove")
    assert doctor(at_home)["health"] == "note"


@pytest.mark.parametrize(
    ("spoilt", "names"),
    [
        ({"Headers": []}, "Headers"),
        ({"WebhookUri": "http://127.0.0.1:9/elsewhere"}, "WebhookUri"),
        ({"NotificationTypes": ["ItemAdded"]}, "NotificationTypes"),
    ],
)
def test_doctor_names_what_is_wrong_in_the_entry_and_changes_nothing(
    server: Playground, at_home: Subtide, spoilt: dict[str, Any], names: str
) -> None:
    at_home("webhook")
    entries(server)[1] |= spoilt
    before, writes = copy.deepcopy(server.plugins.configuration), written(server)
    row = doctor(at_home)
    assert (row["health"], row["fix"]) == ("wrong", "subtide webhook")
    assert row["what"].endswith(f"is not right: {names}")
    assert (written(server), server.plugins.configuration) == (writes, before)


def test_doctor_proves_the_way_while_the_daemon_runs(
    server: Playground, running: Daemon, at_home: Subtide
) -> None:
    assert running.port
    at_home("webhook")
    writes = written(server)
    row = doctor(at_home)
    assert row["health"] == "ok", row
    assert row["what"].startswith("an event was received after 0.")
    assert written(server) == writes


def test_doctor_does_not_wait_for_a_daemon_that_is_not_there(
    server: Playground, at_home: Subtide
) -> None:
    at_home("webhook")
    asked = len(server.requests("POST", "Capabilities"))
    row = doctor(at_home)
    assert row["health"] == "note"
    assert "only while the daemon runs" in row["what"]
    assert len(server.requests("POST", "Capabilities")) == asked


def test_doctor_says_when_no_event_arrives(
    server: Playground, running: Daemon, at_home: Subtide
) -> None:
    assert running.port
    at_home("webhook")
    entries(server)[1]["WebhookUri"] = "http://127.0.0.1:9/webhook/home"
    row = doctor(at_home)
    assert row["health"] == "wrong"
    assert "no event arrived at http://127.0.0.1:9" in row["what"]
