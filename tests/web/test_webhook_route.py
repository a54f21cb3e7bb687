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
    expected: dict[str, str] = {}
    statuses: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
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
            statuses[answer.status_code] += 1
            event = parsed(row["body"])
            if event is None:
                assert answer.status_code == 400, row
                kinds[answer.json()["title"]] += 1
                continue
            assert answer.status_code == 202, row
            kinds[event["NotificationType"]] += 1
            signal = {"ItemAdded": "webhook", "ItemDeleted": "webhook", "PlaybackStart": "playback"}
            video = event.get("ItemType") in {"Movie", "Episode"}
            if video and event["NotificationType"] in signal:
                # The more urgent signal stays when the same item is asked for again.
                old, new = expected.get(event["ItemId"]), signal[event["NotificationType"]]
                expected[event["ItemId"]] = "playback" if "playback" in {old, new} else new
    assert statuses == {202: 150, 400: 48}
    assert kinds["ItemAdded"] == 48
    assert kinds["PlaybackStart"] == 13
    assert kinds["ItemDeleted"] == 8
    assert (kinds["not JSON"], kinds["no NotificationType"]) == (32, 16)
    refused = dict(place.intake.counts())
    assert refused == {"taken": 150, "not JSON": 32, "no NotificationType": 16}
    assert place.drained() == expected


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
