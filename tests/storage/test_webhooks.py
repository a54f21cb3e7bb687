"""When a webhook was last heard."""

from datetime import UTC, datetime

from subtide.storage.database import Database
from subtide.storage.webhooks import Webhooks


def test_before_the_first_event_nothing_is_known(database: Database) -> None:
    assert Webhooks(database).last("home") is None


def test_the_last_event_is_remembered_for_each_server(database: Database) -> None:
    webhooks = Webhooks(database)
    before = datetime.now(UTC)
    webhooks.heard("home", "ItemAdded")
    webhooks.heard("cabin", "SessionStart", "d1")
    home, cabin = webhooks.last("home"), webhooks.last("cabin")
    assert home
    assert cabin
    assert (home.event, home.device, cabin.event, cabin.device) == (
        "ItemAdded",
        "",
        "SessionStart",
        "d1",
    )
    assert abs((home.heard_at - before).total_seconds()) < 60


def test_the_device_of_the_last_session_outlives_other_events(database: Database) -> None:
    webhooks = Webhooks(database)
    webhooks.heard("home", "SessionStart", "d1")
    webhooks.heard("home", "ItemAdded")
    last = webhooks.last("home")
    assert last
    assert (last.event, last.device) == ("ItemAdded", "d1")
    webhooks.heard("home", "SessionStart", "d2")
    last = webhooks.last("home")
    assert last
    assert last.device == "d2"
