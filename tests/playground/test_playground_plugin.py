"""The Webhook plugin in the playground: installed, loaded, set, and sending as the real one."""

import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from playground_client import Client, Open

from subtide.playground.auth import HELPER
from subtide.playground.plugins import OFFICIAL, WEBHOOK_ID, destination
from subtide.playground.server import Playground
from subtide.playground.webhooks import ADDED, DELETED, FIRST_SECONDS, send
from webhook_ear import Ear

CONFIGURATION = f"/Plugins/{WEBHOOK_ID}/Configuration"
INSTALL = f"/Packages/Installed/Webhook?assemblyGuid={WEBHOOK_ID}"
PERSON = {"Username": "admin", "Pw": "pw"}


def status(client: Client) -> list[str]:
    rows = client.ask("GET", "/Plugins").json()
    return [row["Status"] for row in rows if row["Id"] == WEBHOOK_ID]


def wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def restart(client: Client) -> None:
    """Restart the server and wait until it is back."""
    server, before = client.server, client.server.started_at
    assert client.ask("POST", "/System/Restart").status_code == 204
    wait(lambda: server.started_at != before and not server.starting)


def from_device(client: Client, device: str) -> requests.Response:
    header = f'MediaBrowser Token="{client.token}", Client="x", Device="d", DeviceId="{device}"'
    header += ', Version="1"'
    path = "/Sessions/Capabilities/Full"
    return client.ask("POST", path, json={}, headers={"Authorization": header})


def generic(ear: Ear, *events: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"WebhookUri": ear.url, "NotificationTypes": list(events), **more}


@pytest.fixture
def server(playground: Open, root: Path) -> Playground:
    return playground(root)


@pytest.fixture
def client(server: Playground) -> Client:
    return Client(server, server.key)


def add_film(server: Playground, made: Path, name: str) -> None:
    shutil.copy(made, server.catalogue.libraries[0].folder / f"{name}.mkv")
    server.scan()


# -- installed and loaded ------------------------------------------------------------------


def test_it_is_absent_until_it_is_installed_and_works_after_a_restart(client: Client) -> None:
    assert status(client) == []
    assert client.ask("GET", CONFIGURATION).status_code == 404
    assert [p["guid"] for p in client.ask("GET", "/Packages").json()] == [WEBHOOK_ID]
    assert client.ask("POST", INSTALL).status_code == 204
    assert status(client) == ["Restart"]
    assert client.ask("GET", CONFIGURATION).status_code == 404
    assert client.ask("GET", "/System/Info").json()["HasPendingRestart"] is True
    restart(client)
    assert status(client) == ["Active"]
    assert client.ask("GET", CONFIGURATION).json()["GenericOptions"] == []


def test_without_its_repository_it_cannot_be_installed(client: Client) -> None:
    there = client.ask("GET", "/Repositories").json()
    assert [one["Url"] for one in there] == [OFFICIAL]
    off = [{**one, "Enabled": False} for one in there]
    assert client.ask("POST", "/Repositories", json=off).status_code == 204
    assert client.ask("GET", "/Packages").json() == []
    assert client.ask("POST", INSTALL).status_code == 404


def test_a_restart_cuts_connections_and_answers_as_a_server_that_starts(
    server: Playground, client: Client
) -> None:
    server.restart_seconds = 20.0
    with requests.Session() as kept:
        info = f"{server.url}/System/Info/Public"
        assert "Version" in kept.get(info, timeout=10).json()
        client.ask("POST", "/System/Restart")
        wait(lambda: server.starting)
        assert "version" in requests.get(info, timeout=10).json()
    assert client.ask("GET", "/Plugins").status_code == 503
    server.stop()  # a stop does not wait for the restart's end


def test_only_an_administrator_may(server: Playground) -> None:
    helper = server.door.login(HELPER.name, HELPER.password, {"deviceid": "d"})
    assert helper is not None
    client = Client(server, helper.token)
    for method, path in [
        ("GET", "/Plugins"),
        ("POST", INSTALL),
        ("GET", CONFIGURATION),
        ("GET", "/Repositories"),
        ("POST", "/System/Restart"),
    ]:
        assert client.ask(method, path).status_code == 403


# -- its configuration ---------------------------------------------------------------------


def test_a_posted_configuration_replaces_everything_by_its_capitals(
    server: Playground, client: Client
) -> None:
    server.install_webhook_plugin({"WebhookName": "old"})
    discord = {"WebhookName": "chat", "AvatarUrl": "x"}
    body = {
        "DiscordOptions": [discord],
        "gotifyOptions": [{"WebhookName": "lost"}],
        "GenericOptions": [
            {"WebhookName": "new", "EnableMovies": True, "unknown": 1, "webhookUri": "http://x"}
        ],
    }
    assert client.ask("POST", CONFIGURATION, data=json.dumps(body)).status_code == 204
    kept = client.ask("GET", CONFIGURATION).json()
    assert kept["DiscordOptions"] == [discord]
    assert kept["GotifyOptions"] == []
    (entry,) = kept["GenericOptions"]
    assert (entry["WebhookName"], entry["WebhookUri"]) == ("new", "")
    assert (entry["EnableMovies"], entry["EnableEpisodes"]) == (True, False)
    assert entry["EnableWebhook"] is True
    assert "unknown" not in entry


# -- what it sends -------------------------------------------------------------------------


def test_a_new_film_waits_for_the_task(
    server: Playground, client: Client, made: Path, ear: Ear
) -> None:
    server.install_webhook_plugin(generic(ear, "ItemAdded"))
    add_film(server, made, "New (2021)")
    assert FIRST_SECONDS == 3600
    server.webhooks.settle()
    assert ear.heard.empty()
    tasks = {task["Key"]: task for task in client.ask("GET", "/ScheduledTasks").json()}
    assert {ADDED, DELETED} <= tasks.keys()
    assert "LastExecutionResult" not in tasks[ADDED]
    run = client.ask("POST", f"/ScheduledTasks/Running/{tasks[ADDED]['Id']}")
    assert run.status_code == 204
    assert ear.next()[1]["Name"].startswith("New")
    server.webhooks.settle()
    tasks = {task["Key"]: task for task in client.ask("GET", "/ScheduledTasks").json()}
    assert tasks[ADDED]["LastExecutionResult"]["Status"] == "Completed"


def test_the_task_runs_by_itself_again_and_again(server: Playground, made: Path, ear: Ear) -> None:
    server.webhooks.first_seconds = server.webhooks.every_seconds = 0.05
    server.install_webhook_plugin(generic(ear, "ItemAdded"))
    for number in range(2):
        add_film(server, made, f"New {number}")
        assert ear.next()[1]["Name"] == f"New {number}"


def test_its_tasks_are_there_only_when_it_is(client: Client) -> None:
    assert ADDED not in {task["Key"] for task in client.ask("GET", "/ScheduledTasks").json()}


def test_what_was_not_sent_is_lost_in_a_restart(
    server: Playground, client: Client, made: Path, ear: Ear
) -> None:
    server.install_webhook_plugin(generic(ear, "ItemAdded"))
    add_film(server, made, "Lost")
    restart(client)
    add_film(server, made, "Kept")
    server.webhooks.run(ADDED)
    assert ear.next()[1]["Name"] == "Kept"


def test_a_film_that_came_before_the_plugin_is_never_told(
    server: Playground, made: Path, ear: Ear
) -> None:
    add_film(server, made, "Before")
    server.install_webhook_plugin(generic(ear, "ItemAdded"))
    server.webhooks.run(ADDED)
    server.webhooks.settle()
    assert ear.heard.empty()


@pytest.mark.parametrize(
    "off",
    [
        {"EnableWebhook": False},
        {"EnableMovies": False},
        {"NotificationTypes": ["ItemDeleted"]},
        {"SendAllProperties": False, "Template": "e30="},
        {"Headers": [{"Key": "Content-Type", "Value": "application/json; charset=utf-8"}]},
    ],
    ids=lambda off: next(iter(off)),
)
def test_a_destination_that_does_not_fit_gets_nothing(
    server: Playground, made: Path, ear: Ear, off: dict[str, Any]
) -> None:
    wanted = generic(ear, "ItemAdded", WebhookUri=f"{ear.url}/fits")
    server.install_webhook_plugin({**generic(ear, "ItemAdded"), **off}, wanted)
    add_film(server, made, "New")
    server.webhooks.run(ADDED)
    ear.next()
    assert ear.paths == ["/hook/fits"]


def test_headers_arrive_and_fields_leak_into_later_destinations(
    server: Playground, made: Path, ear: Ear
) -> None:
    kind = {"Key": "Content-Type", "Value": "application/json"}
    secret = {"Key": "Authorization", "Value": "Bearer x"}
    field = {"Key": "House", "Value": "mine"}
    server.install_webhook_plugin(
        generic(ear, "ItemAdded", Headers=[kind, secret]),
        generic(ear, "ItemAdded", Fields=[field]),
        generic(ear, "ItemAdded"),
    )
    add_film(server, made, "New")
    server.webhooks.run(ADDED)
    first, second, third = (ear.next() for _ in range(3))
    assert first[0]["Content-Type"] == "application/json; charset=utf-8"
    assert first[0]["Authorization"] == "Bearer x"
    assert second[0]["Content-Type"] == "text/plain; charset=utf-8"
    assert [body.get("House") for _, body in (first, second, third)] == [None, "mine", "mine"]


def test_playback_waits_for_the_receiver(playground: Open, root: Path, ear: Ear) -> None:
    server = playground(root, request_check=None)  # a player's request, which we never send
    client = Client(server, server.key)
    server.install_webhook_plugin(generic(ear, "PlaybackStart"))
    film = client.id_of("Film")
    words = 'MediaBrowser Client="c", Device="d", DeviceId="tv", Version="1"'
    login = client.ask(
        "POST", "/Users/AuthenticateByName", json=PERSON, headers={"Authorization": words}
    ).json()
    person = Client(server, login["AccessToken"])
    ear.open.clear()
    with ThreadPoolExecutor(1) as players:
        plays = players.submit(person.ask, "POST", "/Sessions/Playing", json={"ItemId": film})
        assert ear.next()[1]["DeviceId"] == "tv"
        assert not plays.done()
        ear.open.set()
        assert plays.result().status_code == 204


def test_a_device_that_was_never_seen_starts_a_session_once(
    server: Playground, client: Client, ear: Ear
) -> None:
    server.install_webhook_plugin(generic(ear, "SessionStart"))
    assert [from_device(client, d).status_code for d in ("one", "one", "two")] == [204, 204, 204]
    told = [ear.next()[1] for _ in range(2)]
    assert [body["DeviceId"] for body in told] == ["one", "two"]
    assert told[0]["Client"] == "Playground"
    assert "Timestamp" not in told[0]
    assert ear.heard.empty()


def test_a_plain_request_starts_no_session(server: Playground, client: Client, ear: Ear) -> None:
    server.install_webhook_plugin(generic(ear, "SessionStart"))
    client.items()
    from_device(client, "one")
    assert ear.next()[1]["DeviceId"] == "one"
    assert ear.heard.empty()


def test_an_address_that_is_none_is_ignored() -> None:
    assert send(destination(WebhookUri="no address"), b"{}") is None
