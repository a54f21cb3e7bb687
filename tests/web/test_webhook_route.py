"""The webhook over real HTTP: what a real plugin sent, and what others may send."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests

from subtide.signals.inbox import Inbox
from subtide.signals.webhook import Drain, Intake
from subtide.storage.database import SQLITE_FILE, Database, open_database
from subtide.storage.looks import Looks
from subtide.storage.servers import Servers
from subtide.storage.webhooks import Webhooks
from subtide.web.app import Readiness, make_app
from subtide.web.server import WebServer
from subtide.web.webhook import LARGEST_BODY

RECORDED = Path(__file__).parents[1] / "data/jellyfin/recorded/webhook-12.jsonl"
SERVER = "7858929768684d1784da2825047aff27"
ITEM = "663d1fe6869b2783ed78033e4856dbc7"
SECRET = {"Authorization": "Bearer right"}
HEARD = {
    "ItemAdded": 48,
    "UserDataSaved": 24,
    "PlaybackStart": 13,
    "PlaybackProgress": 12,
    "ItemDeleted": 8,
    "PlaybackStop": 8,
    "AuthenticationFailure": 7,
    "UserPasswordChanged": 5,
    "AuthenticationSuccess": 4,
    "PluginInstalling": 4,
    "SessionStart": 4,
    "UserCreated": 3,
    "PluginInstallationFailed": 2,
    "PluginInstalled": 2,
    "PluginUninstalled": 2,
    "UserLockedOut": 2,
    "UserDeleted": 1,
    "UserUpdated": 1,
}
"""The recorded events, one kind after another: 150 of the 198 requests."""
LOOKED_AT = {"ItemAdded": 29, "ItemDeleted": 7, "PlaybackStart": 3}
"""How many films and episodes those are about that lead to looks; some are in two lines."""
REFUSED = {"not JSON": 32, "no NotificationType": 16}
"""Templates of other receivers, forms, empty bodies, and GETs after a redirect."""
EVENT = {
    "ServerId": SERVER,
    "NotificationType": "ItemAdded",
    "ItemId": ITEM,
    "ItemType": "Movie",
    "RunTimeTicks": 1,
}
DIES = """
import os, sys
from pathlib import Path
from subtide.signals.inbox import Inbox
from subtide.signals.webhook import Intake
from subtide.web.app import Readiness, make_app
from subtide.web.server import WebServer
intake = Intake(Inbox(Path(sys.argv[1]) / "inbox"), lambda name: "right", lambda: 0.0)
server = WebServer(make_app(lambda: Readiness(True, {}), intake), "127.0.0.1", 0)
server.start()
print(server.port, flush=True)
sys.stdin.read()
"""


@dataclass
class Place:
    """A served intake over a database of its own."""

    url: str
    port: int
    folder: Path
    database: Database
    intake: Intake
    inbox: Inbox

    def drained(self) -> dict[str, str]:
        """Turn all that was taken into looks; return the items with their signal."""
        looks = Looks(self.database)
        drain = Drain(
            self.inbox, self.intake, Servers(self.database), looks, Webhooks(self.database)
        )
        drain.start()
        wait_for_empty(self.inbox)
        drain.stop(30)
        return {look.item: look.signal for look, _ in looks.pending()}


def wait_for_empty(inbox: Inbox) -> None:
    """Wait until a drain has taken everything."""
    deadline = time.monotonic() + 60
    while inbox.waiting() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not inbox.waiting()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    database = open_database("", tmp_path)
    Servers(database).meet("home", SERVER, "12.0.0")
    inbox = Inbox(tmp_path / "inbox")
    intake = Intake(inbox, lambda name: "right" if name == "home" else "", time.monotonic)
    server = WebServer(make_app(lambda: Readiness(ready=True, parts={}), intake), "127.0.0.1", 0)
    server.start()
    url = f"http://127.0.0.1:{server.port}/webhook/home"
    yield Place(url, server.port, tmp_path, database, intake, inbox)
    server.stop()
    database.close()


def test_every_request_of_a_real_plugin_gives_the_right_item_or_a_counted_refusal(
    place: Place,
) -> None:
    heard: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    items: dict[str, set[str]] = {kind: set() for kind in LOOKED_AT}
    with requests.Session() as session:
        for row in map(json.loads, RECORDED.read_text("utf-8").splitlines()):
            headers = {
                name: value
                for name, value in row["headers"]
                if name not in {"Host", "Content-Length", "Transfer-Encoding", "Authorization"}
            }
            answer = session.post(
                place.url, row["body"].encode(), headers={**headers, **SECRET}, timeout=30
            )
            event = parsed(row["body"])
            assert answer.status_code == (202 if event else 400), row
            if event is None:
                refused[answer.json()["title"]] += 1
                continue
            kind = event["NotificationType"]
            heard[kind] += 1
            if kind in items and event["ItemType"] in {"Movie", "Episode"}:
                items[kind].add(event["ItemId"])
    assert heard == HEARD
    assert refused == REFUSED
    assert place.intake.counts() == {"taken": sum(HEARD.values()), **REFUSED}
    assert {kind: len(ids) for kind, ids in items.items()} == LOOKED_AT
    played = items["PlaybackStart"]
    told = items["ItemAdded"] | items["ItemDeleted"]
    assert place.drained() == dict.fromkeys(told, "webhook") | dict.fromkeys(played, "playback")


def parsed(body: str) -> dict[str, str] | None:
    """Read a recorded body apart from our own reader; None for what is no event."""
    try:
        event = json.loads(body)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "NotificationType" in event else None


@pytest.mark.parametrize(
    "kind", ["text/plain; charset=utf-8", "application/json", "application/x-www-form-urlencoded"]
)
def test_any_content_type_will_do(place: Place, kind: str) -> None:
    headers = {**SECRET, "Content-Type": kind}
    answer = requests.post(place.url, json.dumps(EVENT), headers=headers, timeout=30)
    assert (answer.status_code, answer.content) == (202, b"")
    assert place.drained() == {ITEM: "webhook"}


def test_without_the_secret_it_says_no_more_than_for_a_server_that_is_not_there(
    place: Place,
) -> None:
    answers = [
        requests.post(url, json=EVENT, headers=headers, timeout=30)
        for url, headers in (
            (place.url, {}),
            (place.url, {"Authorization": "Bearer wrong"}),
            (place.url.replace("home", "cabin"), SECRET),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["Content-Type"] == "application/problem+json"
    assert answers[0].json()["code"] == "secret-wrong"
    assert place.drained() == {}


def test_a_body_is_not_read_before_the_secret_was_seen(place: Place) -> None:
    with closing(HTTPConnection("127.0.0.1", place.port, timeout=30)) as connection:
        connection.putrequest("POST", "/webhook/home")
        connection.putheader("Content-Length", "1000")
        connection.endheaders()
        assert connection.getresponse().status == 401


def test_a_body_beyond_all_measure_is_refused(place: Place) -> None:
    answer = requests.post(place.url, b" " * (LARGEST_BODY + 1), headers=SECRET, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload-too-large")
    assert place.intake.counts() == {answer.json()["title"]: 1}


def test_a_full_inbox_is_a_problem_of_the_moment(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subtide.signals.inbox.LARGEST", 10)
    answer = requests.post(place.url, json=EVENT, headers=SECRET, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (503, "disk-full")
    assert int(answer.headers["Retry-After"]) > 0


def test_it_answers_while_another_holds_the_database(place: Place) -> None:
    with closing(sqlite3.connect(place.folder / SQLITE_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = requests.post(place.url, json=EVENT, headers=SECRET, timeout=20)
        assert answer.status_code == 202
        assert Looks(place.database).pending() == ()
        other.execute("ROLLBACK")
    assert place.drained() == {ITEM: "webhook"}


def test_what_was_answered_outlives_the_process(place: Place) -> None:
    command = [sys.executable, "-c", DIES, str(place.folder / "other")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 - ourselves
        assert process.stdout
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/webhook/home"
        answer = requests.post(url, json=EVENT, headers=SECRET, timeout=30)
        process.kill()
    assert answer.status_code == 202
    place.inbox = Inbox(place.folder / "other" / "inbox")
    assert place.drained() == {ITEM: "webhook"}
