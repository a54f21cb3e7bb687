from concurrent.futures import ThreadPoolExecutor

import pytest

from storage_fixtures import pass_time
from subtide.storage.database import Database
from subtide.storage.looks import EVERYTHING, Look, Looks, Priority


@pytest.fixture
def looks(database: Database) -> Looks:
    return Looks(database)


def ask(looks: Looks, item: str = "i1", **changes: object) -> None:
    values: dict[str, object] = {"signal": "poll", "priority": Priority.NEW, "delay": 0.0}
    looks.ask("s1", item, **(values | changes))  # type: ignore[arg-type]


def test_a_look_is_due_with_what_was_asked_for(looks: Looks) -> None:
    ask(looks, signal="webhook", priority=Priority.NEW)
    assert looks.due() == (Look("s1", "i1", "webhook", Priority.NEW, 1),)


def test_a_look_is_not_due_before_its_delay_is_over(looks: Looks, database: Database) -> None:
    ask(looks, delay=60.0)
    assert looks.due() == ()
    pass_time(database, 61.0)
    assert [look.item for look in looks.due()] == ["i1"]


def test_the_most_urgent_look_comes_first_and_among_equals_the_oldest(
    looks: Looks, database: Database
) -> None:
    ask(looks, "old")
    pass_time(database, 10.0)
    ask(looks, "new")
    ask(looks, EVERYTHING, priority=Priority.NIGHTLY)
    ask(looks, "asked", priority=Priority.PERSON)
    assert [look.item for look in looks.due()] == ["asked", "old", "new", EVERYTHING]
    assert [look.item for look in looks.due(limit=2)] == ["asked", "old"]


def test_asked_again_the_more_urgent_priority_wins_with_its_signal(looks: Looks) -> None:
    ask(looks, signal="poll", priority=Priority.NEW)
    ask(looks, signal="person", priority=Priority.PERSON)
    ask(looks, signal="schedule", priority=Priority.NIGHTLY)
    assert looks.due() == (Look("s1", "i1", "person", Priority.PERSON, 3),)


@pytest.mark.parametrize("delays", [(600.0, 0.0), (0.0, 600.0)])
def test_asked_again_the_sooner_time_wins(looks: Looks, delays: tuple[float, float]) -> None:
    for delay in delays:
        ask(looks, delay=delay)
    assert len(looks.due()) == 1


def test_looks_of_two_servers_at_the_same_id_are_two(looks: Looks) -> None:
    ask(looks)
    looks.ask("s2", "i1", signal="poll", priority=Priority.NEW)
    assert {look.server for look in looks.due()} == {"s1", "s2"}


def test_a_look_that_was_followed_is_gone(looks: Looks) -> None:
    ask(looks)
    looks.done(looks.due()[0])
    assert looks.pending() == ()


def test_a_look_asked_for_again_while_it_is_followed_stays(looks: Looks) -> None:
    ask(looks)
    followed = looks.due()[0]
    ask(looks)
    looks.done(followed)
    assert [look.generation for look in looks.due()] == [2]


def test_a_postponed_look_waits_and_says_why(looks: Looks, database: Database) -> None:
    ask(looks)
    look = looks.due()[0]
    looks.postpone(look, 30.0, "the server sleeps")
    assert looks.due() == ()
    assert looks.pending() == ((look, "the server sleeps"),)
    pass_time(database, 31.0)
    assert looks.due() == (look,)


def test_a_look_asked_for_again_while_it_is_followed_is_not_postponed(looks: Looks) -> None:
    ask(looks)
    followed = looks.due()[0]
    ask(looks)
    looks.postpone(followed, 600.0, "the server sleeps")
    assert len(looks.due()) == 1


def test_a_look_that_is_put_off_outlives_its_following(looks: Looks, database: Database) -> None:
    ask(looks)
    followed = looks.due()[0]
    assert looks.put_off(followed, 30.0, Priority.NIGHTLY)
    looks.done(followed)
    assert looks.due() == ()
    pass_time(database, 31.0)
    assert looks.due() == (Look("s1", "i1", "poll", Priority.NIGHTLY, 2),)


def test_a_look_asked_for_again_while_it_is_followed_is_not_put_off(looks: Looks) -> None:
    ask(looks)
    followed = looks.due()[0]
    ask(looks)
    assert not looks.put_off(followed, 600.0, Priority.NIGHTLY)
    assert [look.priority for look in looks.due()] == [Priority.NEW]


def test_what_is_not_on_the_list_is_not_put_off(looks: Looks) -> None:
    assert not looks.put_off(Look("s1", "i1", "poll", Priority.NEW, 1), 600.0, Priority.NIGHTLY)
    assert looks.pending() == ()


def test_everyone_who_asks_at_once_is_heard(looks: Looks) -> None:
    with ThreadPoolExecutor(8) as threads:
        for _ in range(10):
            list(threads.map(lambda _: ask(looks), range(8)))
            look = looks.due()[0]
            assert look.generation == 8
            looks.done(look)
