"""From a posted event to a look."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from subtide.errors import BadPayload, DiskFull, SecretWrong
from subtide.signals.inbox import BATCH, Inbox
from subtide.signals.webhook import PROOF, Drain, Intake
from subtide.storage.database import Database
from subtide.storage.looks import Look, Looks, Priority
from subtide.storage.servers import Servers
from subtide.storage.webhooks import Webhooks

SERVER = "7858929768684d1784da2825047aff27"
OTHER = "0" * 32
ITEM = "663d1fe6869b2783ed78033e4856dbc7"
OURS = PROOF + "5" * 32


class Place:
    """An intake, what drains it, and what it leads to."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.now = 0.0
        self.looks = Looks(database)
        self.webhooks = Webhooks(database)
        self.servers = Servers(database)
        self.servers.meet("home", SERVER, "12.0.0")
        self.inbox = Inbox(folder)
        secrets = {"home": "right"}
        self.intake = Intake(self.inbox, lambda name: secrets.get(name, ""), lambda: self.now)

    def drain(self) -> Drain:
        return Drain(self.inbox, self.intake, self.servers, self.looks, self.webhooks)

    @contextmanager
    def draining(self) -> Iterator[None]:
        drain = self.drain()
        drain.start()
        try:
            yield
        finally:
            drain.stop(30)

    def taken(self, **changes: object) -> list[Look]:
        """Take one event and return the looks that it leads to."""
        self.intake.take("home", body(**changes))
        seen = threading.Event()
        kept = self.looks.ask_all

        def ask_all(asks: object) -> None:
            kept(list(asks))  # type: ignore[call-overload]
            seen.set()

        self.looks.ask_all = ask_all  # type: ignore[method-assign]
        with self.draining():
            assert seen.wait(30)
        self.looks.ask_all = kept  # type: ignore[method-assign]
        return [look for look, _ in self.looks.pending()]


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Place:
    return Place(database, tmp_path / "inbox")


def body(**changes: object) -> bytes:
    payload = {
        "ServerId": SERVER,
        "NotificationType": "ItemAdded",
        "ItemId": ITEM,
        "ItemType": "Movie",
        "RunTimeTicks": 1,
    }
    return json.dumps(payload | changes).encode()


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", "Basic right", "Bearer righ\xe9"])
def test_without_the_secret_nobody_is_admitted(place: Place, given: str) -> None:
    with pytest.raises(SecretWrong) as caught:
        place.intake.admit("home", given)
    assert "right" not in str(caught.value)
    assert place.intake.problem("home") == str(caught.value)


def test_a_server_that_does_not_exist_is_refused_in_the_same_words(place: Place) -> None:
    words = []
    for name in ("home", "nobody"):
        with pytest.raises(SecretWrong) as caught:
            place.intake.admit(name, "Bearer wrong")
        words.append(str(caught.value))
    assert words[0] == words[1]


def test_the_secret_admits(place: Place) -> None:
    place.intake.admit("home", "Bearer right")


@pytest.mark.parametrize(
    ("kind", "signal", "priority"),
    [
        ("ItemAdded", "webhook", Priority.NEW),
        ("ItemDeleted", "webhook", Priority.NEW),
        ("PlaybackStart", "playback", Priority.PLAYING),
    ],
)
def test_an_event_about_a_video_is_a_look_at_it(
    place: Place, kind: str, signal: str, priority: Priority
) -> None:
    looks = place.taken(NotificationType=kind)
    assert looks == [Look(SERVER, ITEM, signal, priority, 1)]
    assert place.looks.due() == tuple(looks)


def test_an_item_that_was_not_probed_yet_is_looked_at_later(place: Place) -> None:
    assert len(place.taken(RunTimeTicks=0)) == 1
    assert place.looks.due() == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"NotificationType": "PlaybackStop"},
        {"NotificationType": "UserDataSaved"},
        {"NotificationType": "SomethingNew"},
        {"ItemType": "Audio"},
        {"ItemType": "Season"},
        {"ItemId": None, "NotificationType": "UserCreated"},
    ],
    ids=str,
)
def test_other_events_are_heard_and_lead_to_nothing(place: Place, changes: dict[str, str]) -> None:
    assert place.taken(**changes) == []
    last = place.webhooks.last("home")
    assert last
    assert last.event == changes.get("NotificationType", "ItemAdded")


@pytest.mark.parametrize("device", ["television", "", "a\0b", "\ud800", OURS + "\0"], ids=ascii)
def test_a_session_of_ours_is_the_proof_and_those_of_others_leave_it(
    place: Place, device: str
) -> None:
    for one in (OURS, device):
        place.intake.take("home", body(NotificationType="SessionStart", ItemId=None, DeviceId=one))
    place.taken()
    last = place.webhooks.last("home")
    assert last
    assert (last.event, last.device) == ("ItemAdded", OURS)


def test_the_same_event_twice_is_one_look(place: Place) -> None:
    place.intake.take("home", body())
    (look,) = place.taken()
    assert look.generation == 2


def test_an_event_of_another_server_is_counted_and_leads_to_nothing(place: Place) -> None:
    assert place.taken(ServerId=OTHER) == []
    assert place.webhooks.last("home") is None
    assert place.intake.counts() == {"taken": 1, "from another server": 1}


def test_an_event_of_a_server_that_was_not_met_yet_is_taken_on_its_secret(place: Place) -> None:
    place.intake.take("cabin", body(ServerId=OTHER))
    assert place.taken(NotificationType="PlaybackStop") == [
        Look(OTHER, ITEM, "webhook", Priority.NEW, 1)
    ]
    assert place.webhooks.last("cabin")


def test_a_notice_of_another_form_does_not_stop_those_behind_it(place: Place) -> None:
    place.inbox.put("{}")
    place.inbox.put('{"name": "home", "event": {"old": 1}}')
    assert len(place.taken()) == 1


def test_notices_wait_for_a_database_that_does_not_take_them(place: Place) -> None:
    class Away(Looks):
        def ask_all(self, asks: object) -> None:
            del asks
            tried.set()
            raise OSError("the database is away")

    tried = threading.Event()
    place.intake.take("home", body())
    there, place.looks = place.looks, Away.__new__(Away)
    with place.draining():
        assert tried.wait(30)
    place.looks = there
    assert place.taken(NotificationType="PlaybackStop") == [
        Look(SERVER, ITEM, "webhook", Priority.NEW, 1)
    ]


def test_a_stop_waits_for_the_batch_in_hand_alone(place: Place) -> None:
    entered, leave = threading.Event(), threading.Event()
    batches = []

    class Slow(Looks):
        def ask_all(self, asks: object) -> None:
            batches.append(asks)
            entered.set()
            assert leave.wait(30)

    for _ in range(2 * BATCH):
        place.intake.take("home", body())
    place.looks = Slow.__new__(Slow)
    drain = place.drain()
    drain.start()
    assert entered.wait(30)
    drain.stop(0)
    leave.set()
    drain.stop(30)
    assert len(batches) == 1
    assert place.inbox.waiting()


def test_what_cannot_be_kept_is_counted_and_shown(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subtide.signals.inbox.LARGEST", 10)
    with pytest.raises(DiskFull) as caught:
        place.intake.take("home", body())
    assert place.intake.counts() == {caught.value.what: 1}
    assert place.intake.problem("home") == str(caught.value)


def test_a_bad_payload_is_counted_and_told_at_most_once_a_minute(place: Place) -> None:
    with structlog.testing.capture_logs() as logs:
        for second in (0, 30, 59, 61):
            place.now = second
            with pytest.raises(BadPayload):
                place.intake.take("home", b"secret words that are no JSON")
    assert place.intake.counts() == {"not JSON": 4}
    assert [entry["count"] for entry in logs] == [1, 4]
    assert "secret words" not in repr(logs)
    assert place.intake.problem("home").startswith("not JSON")
    place.intake.take("home", body())
    assert place.intake.problem("home") == ""
