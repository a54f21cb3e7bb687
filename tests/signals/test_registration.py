"""Registration: one address proved by an event, or the plugin as it was before."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from subtide.errors import Forbidden, ServerFailed
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.destination import Destination
from subtide.jellyfin.plugins import WebhookPlugin
from subtide.playground.server import Playground
from subtide.signals.registration import GRACE_SECONDS, PATIENCE_SECONDS, prove, register
from subtide.storage.database import open_database
from subtide.storage.webhooks import Webhooks
from webhook_ear import Ear

BAD, GOOD = (Destination(f"http://{host}:1", "home", "s", "Subtide 1") for host in ("bad", "good"))
LIGHTS = {"WebhookName": "lights", "WebhookUri": "http://127.0.0.1:9/lights"}


@pytest.fixture
def server(playground: Callable[..., Playground], tmp_path: Path) -> Playground:
    (tmp_path / "media").mkdir()
    server = playground(tmp_path / "media")
    server.install_webhook_plugin(LIGHTS)
    return server


@pytest.fixture
def plugin(server: Playground) -> Iterator[WebhookPlugin]:
    client = Jellyfin(
        server.url, server.key, device_id="d", device_name="here", version="0", sleep=lambda _: None
    )
    yield WebhookPlugin(client.transport)
    client.close()


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Webhooks]:
    database = open_database("", tmp_path)
    yield Webhooks(database)
    database.close()


def uris(server: Playground) -> list[str]:
    return [entry["WebhookUri"] for entry in server.plugins.configuration["GenericOptions"]]


# -- which address stays -------------------------------------------------------------------


def test_the_first_address_that_an_event_comes_through_stays(
    server: Playground, plugin: WebhookPlugin
) -> None:
    missed: list[Destination] = []

    def proof() -> float | None:
        return 0.1 if uris(server)[-1] == GOOD.uri else None

    done = register(plugin, [BAD, GOOD, BAD], proof, missed.append)
    assert done is not None
    assert (done.destination, done.after, done.changed) == (GOOD, 0.1, True)
    assert missed == [BAD]
    assert uris(server) == [LIGHTS["WebhookUri"], GOOD.uri]


def test_without_a_proof_all_is_as_it_was(server: Playground, plugin: WebhookPlugin) -> None:
    before = plugin.configuration()
    assert register(plugin, [BAD, GOOD], lambda: None, lambda _: None) is None
    assert plugin.configuration() == before
    plugin.configure(GOOD.put_into(before))
    assert register(plugin, [GOOD, BAD], lambda: None, lambda _: None) is None
    assert uris(server)[-1] == GOOD.uri


def test_what_is_right_is_proved_and_not_written_again(
    server: Playground, plugin: WebhookPlugin
) -> None:
    plugin.configure(GOOD.put_into(plugin.configuration()))
    writes = len(server.requests("POST", "Configuration"))
    done = register(plugin, [GOOD, BAD], lambda: 0.1, lambda _: None)
    assert done is not None
    assert not done.changed
    assert len(server.requests("POST", "Configuration")) == writes


def test_after_a_wrong_address_the_one_that_was_there_is_put_back(
    server: Playground, plugin: WebhookPlugin
) -> None:
    plugin.configure(GOOD.put_into(plugin.configuration()))

    def proof() -> float | None:
        return 0.1 if uris(server)[-1] == GOOD.uri else None

    done = register(plugin, [BAD, GOOD], proof, lambda _: None)
    assert done is not None
    assert not done.changed
    assert uris(server)[-1] == GOOD.uri


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), ServerFailed("it broke")])
def test_an_interruption_leaves_no_address_that_is_unproved(
    server: Playground, plugin: WebhookPlugin, interruption: BaseException
) -> None:
    def proof() -> float | None:
        assert uris(server)[-1] == BAD.uri
        raise interruption

    with pytest.raises(type(interruption)):
        register(plugin, [BAD], proof, lambda _: None)
    assert uris(server) == [LIGHTS["WebhookUri"]]


# -- the proof -----------------------------------------------------------------------------


def listen(server: Playground, ear: Ear, told: Callable[[dict[str, Any]], object]) -> None:
    ear.told = told
    server.install_webhook_plugin(
        {"WebhookUri": ear.url, "NotificationTypes": ["SessionStart"]},
    )


def test_an_event_of_a_device_never_used_before_proves_the_way(
    server: Playground, plugin: WebhookPlugin, heard: Webhooks, ear: Ear
) -> None:
    listen(server, ear, lambda body: heard.heard("home", "SessionStart", body["DeviceId"]))
    after = [prove(plugin, heard, "home") for _ in range(2)]
    assert all(seconds is not None and seconds < PATIENCE_SECONDS for seconds in after)
    devices = [ear.next()[1]["DeviceId"] for _ in range(2)]
    assert len(set(devices)) == 2


def test_another_device_s_event_is_no_proof(
    server: Playground, plugin: WebhookPlugin, heard: Webhooks, ear: Ear
) -> None:
    listen(server, ear, lambda _body: heard.heard("home", "SessionStart", "another"))
    assert prove(plugin, heard, "home", patience=0.5) is None


def test_once_the_server_has_answered_the_wait_is_short(
    plugin: WebhookPlugin, heard: Webhooks
) -> None:
    """Nobody listens for SessionStart here, so the server answers and nothing comes."""
    now = [0.0]
    answered = threading.Event()
    ask = plugin.open_session

    def open_session(device: str) -> None:
        ask(device)
        answered.set()

    plugin.open_session = open_session  # type: ignore[method-assign]

    def sleep(_: float) -> None:
        assert answered.wait(30)
        now[0] += 0.5

    assert prove(plugin, heard, "home", sleep=sleep, clock=lambda: now[0]) is None
    assert GRACE_SECONDS <= now[0] <= GRACE_SECONDS + 2
    assert now[0] < PATIENCE_SECONDS


def test_a_server_that_waits_for_an_address_is_not_waited_for(
    server: Playground, plugin: WebhookPlugin, heard: Webhooks, ear: Ear
) -> None:
    listen(server, ear, lambda _body: None)
    ear.open.clear()
    assert prove(plugin, heard, "home", patience=0.2) is None
    assert ear.next()[1]["NotificationType"] == "SessionStart"
    ear.open.set()
    server.wait_for("POST", "Capabilities")


def test_a_refusal_is_raised(server: Playground, plugin: WebhookPlugin, heard: Webhooks) -> None:
    server.fail("POST", "Capabilities", status=403)
    with pytest.raises(Forbidden):
        prove(plugin, heard, "home")
