from datetime import UTC, datetime, timedelta

import pytest

from storage_fixtures import pass_time
from subtide.errors import ServerChanged
from subtide.storage.database import Database
from subtide.storage.servers import Servers

SEEN = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture
def servers(database: Database) -> Servers:
    return Servers(database)


def test_a_server_is_remembered_when_it_is_met(servers: Servers) -> None:
    met = servers.meet("home", "id1", "12.0.0")
    assert (met.id, met.name, met.version, met.watermark) == ("id1", "home", "12.0.0", None)
    assert servers.all() == (met,)


def test_a_server_met_again_may_have_another_version(servers: Servers, database: Database) -> None:
    servers.meet("home", "id1", "10.11.11")
    pass_time(database, 60.0)
    before = servers.all()[0]
    again = servers.meet("home", "id1", "12.0.0")
    assert again.version == "12.0.0"
    assert again.seen_at - before.seen_at >= timedelta(seconds=60)
    assert servers.all() == (again,)


def test_a_watermark_outlives_the_next_meeting(servers: Servers) -> None:
    servers.meet("home", "id1", "12.0.0")
    servers.set_watermark("id1", SEEN)
    assert servers.meet("home", "id1", "12.0.1").watermark == SEEN


def test_a_server_may_be_named_anew(servers: Servers) -> None:
    servers.meet("home", "id1", "12.0.0")
    servers.set_watermark("id1", SEEN)
    renamed = servers.meet("attic", "id1", "12.0.0")
    assert (renamed.name, renamed.watermark) == ("attic", SEEN)
    assert servers.all() == (renamed,)


def test_a_name_that_answers_as_another_server_stops_the_work(servers: Servers) -> None:
    met = servers.meet("home", "id1", "12.0.0")
    with pytest.raises(ServerChanged) as caught:
        servers.meet("home", "id2", "12.0.0")
    assert "id1" in caught.value.what
    assert "id2" in caught.value.what
    assert "--accept-server home" in caught.value.fix
    assert servers.all() == (met,)


def test_a_person_accepts_the_other_server_and_the_first_ones_history_stays(
    servers: Servers,
) -> None:
    servers.meet("home", "id1", "12.0.0")
    assert servers.forget_name("home")
    second = servers.meet("home", "id2", "12.0.0")
    assert second.id == "id2"
    assert {(known.id, known.name) for known in servers.all()} == {
        ("id2", "home"),
        ("id1", "home (before id1)"),
    }


def test_a_server_that_was_forgotten_may_come_back_any_number_of_times(servers: Servers) -> None:
    for server_id in ("id1", "id2", "id1", "id2"):
        assert servers.meet("home", server_id, "12.0.0").name == "home"
        assert servers.forget_name("home")
    assert len(servers.all()) == 2


def test_a_name_that_was_never_met_cannot_be_forgotten(servers: Servers) -> None:
    assert not servers.forget_name("home")


def test_servers_come_by_name(servers: Servers) -> None:
    servers.meet("home", "id1", "12.0.0")
    servers.meet("attic", "id2", "10.11.11")
    assert [known.name for known in servers.all()] == ["attic", "home"]
