"""What comes first: wishes, age, and the hours in which work may begin."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from job_steps import ANY, EN, add, advance_to, claim, finish_all, result_of

from plans import SERVER, TEXT, make_plan
from storage_fixtures import Place, pass_time
from subtide.jobs.store import DAY_SECONDS, JobStore
from subtide.jobs.task import OPEN_TASKS, Resource, TaskKind
from subtide.jobs.urgency import FRONT_OF_NEW
from subtide.storage.database import Database
from subtide.storage.looks import Priority
from subtide.storage.tables import jobs, tasks


def priorities(database: Database, job: int) -> tuple[int, set[int]]:
    """A job's priority, and those of its open tasks."""
    mine = (tasks.c.job == job) & tasks.c.state.in_(list(OPEN_TASKS))
    with database.read() as connection:
        own = connection.execute(sa.select(jobs.c.priority).where(jobs.c.id == job)).scalar_one()
        return own, set(connection.execute(sa.select(tasks.c.priority).where(mine)).scalars())


# -- hastening ------------------------------------------------------------------------------


def test_a_hastened_job_is_worked_on_before_the_others(store: JobStore, database: Database) -> None:
    add(store, "f1", priority=Priority.NEW)
    late = add(store, "f2", priority=Priority.NIGHTLY)
    assert store.hasten(SERVER, "f2", Priority.PLAYING)
    assert priorities(database, late) == (Priority.PLAYING, {Priority.PLAYING})
    assert claim(store).job == late


def test_a_hastened_job_s_further_tasks_are_as_urgent(store: JobStore, database: Database) -> None:
    job = add(store, "f1", priority=Priority.NIGHTLY)
    task = advance_to(store, TaskKind.TRANSCRIBE)
    assert store.hasten(SERVER, "f1", Priority.PERSON)
    store.finish(task, result_of(task))
    assert priorities(database, job) == (Priority.PERSON, {Priority.PERSON})
    finish_all(store)
    assert {t.attempt for t in store.tasks(job)} == {1}


@pytest.mark.parametrize("priority", [Priority.NEW, Priority.NIGHTLY])
def test_a_job_is_never_made_less_urgent(
    store: JobStore, database: Database, priority: Priority
) -> None:
    job = add(store, "f1", priority=Priority.NEW)
    assert not store.hasten(SERVER, "f1", priority)
    assert store.add(make_plan("f1"), priority=priority, signal="poll") is None
    assert priorities(database, job) == (Priority.NEW, {Priority.NEW})


def test_without_an_open_job_there_is_nothing_to_hasten(store: JobStore) -> None:
    add(store, "f1")
    finish_all(store)
    assert not store.hasten(SERVER, "f1", Priority.PERSON)
    assert not store.hasten("another", "f1", Priority.PERSON)


def test_a_new_wish_for_the_same_hastens_the_open_job(store: JobStore, database: Database) -> None:
    job = add(store, "f1", priority=Priority.NIGHTLY)
    assert store.add(make_plan("f1"), priority=Priority.PERSON, signal="person") is None
    assert priorities(database, job) == (Priority.PERSON, {Priority.PERSON})


# -- age ------------------------------------------------------------------------------------


def test_the_job_that_waited_longest_comes_before_all_new_ones(
    store: JobStore, database: Database
) -> None:
    old = add(store, "f1", priority=Priority.NIGHTLY)
    pass_time(database, 60)
    add(store, "f2", priority=Priority.NIGHTLY)
    pass_time(database, DAY_SECONDS)
    add(store, "f3", priority=Priority.NEW)
    watched = add(store, "f4", priority=Priority.NEXT_UP)
    assert store.age() == old
    assert priorities(database, old) == (FRONT_OF_NEW, {FRONT_OF_NEW})
    assert [claim(store).job, claim(store).job] == [watched, old]


def test_one_job_ages_at_a_time_each_once(store: JobStore, database: Database) -> None:
    waiting = [add(store, f"f{number}", priority=Priority.NIGHTLY) for number in range(3)]
    pass_time(database, DAY_SECONDS + 1)
    assert [store.age() for _ in range(4)] == [*waiting, None]


def test_what_is_young_asked_for_or_over_does_not_age(store: JobStore, database: Database) -> None:
    add(store, "f1")
    finish_all(store)
    add(store, "f2", priority=Priority.PERSON)
    pass_time(database, DAY_SECONDS + 1)
    add(store, "f3", priority=Priority.NEW)
    assert store.age() is None


def test_a_job_that_has_begun_ages_too(store: JobStore, database: Database) -> None:
    job = add(store, "f1", priority=Priority.NIGHTLY)
    task = advance_to(store, TaskKind.TRANSCRIBE)
    pass_time(database, DAY_SECONDS + 1)
    assert store.age() == job
    assert priorities(database, job) == (FRONT_OF_NEW, {FRONT_OF_NEW})
    assert task.id in {t.id for t in store.open_tasks()}


def test_nothing_starves_while_new_jobs_go_on_coming(store: JobStore, database: Database) -> None:
    nightly = [add(store, f"n{number}", priority=Priority.NIGHTLY) for number in range(3)]
    begun: list[int] = []
    for hour in range(40):
        add(store, f"new{hour}", priority=Priority.NEW, origin=TEXT)
        task = claim(store)  # one job an hour, as many as come
        begun.append(task.job)
        store.cancel(task.job)
        pass_time(database, 3600)
        store.age()
    assert set(nightly) < set(begun)
    assert begun.index(nightly[0]) < begun.index(nightly[1]) < begun.index(nightly[2])


# -- how many -------------------------------------------------------------------------------


def test_jobs_that_nobody_asked_for_are_counted_by_their_time(
    store: JobStore, database: Database
) -> None:
    add(store, "f1", priority=Priority.NEW)
    pass_time(database, DAY_SECONDS)
    add(store, "f2", priority=Priority.NEW)
    add(store, "f3", priority=Priority.NIGHTLY)
    add(store, "f4", priority=Priority.NEXT_UP)
    add(store, "f5", priority=Priority.PERSON)
    with database.read() as connection:
        now = database.now(connection)
    assert store.planned_since(now - timedelta(hours=23)) == 2
    assert store.planned_since(now - timedelta(hours=25)) == 3


# -- the window -----------------------------------------------------------------------------


def test_outside_the_window_only_what_a_person_asked_for_begins(store: JobStore) -> None:
    add(store, "f1", priority=Priority.PLAYING)
    add(store, "f2", priority=Priority.NEW)
    asked = add(store, "f3", priority=Priority.PERSON)
    task = store.claim("w1", ANY, at_most=Priority.PERSON)
    assert task
    assert task.job == asked
    assert store.claim("w1", ANY, at_most=Priority.PERSON) is None
    assert store.claim("w1", ANY) is not None


def test_outside_the_window_what_runs_is_finished_and_nothing_follows_it(store: JobStore) -> None:
    add(store, "f1", priority=Priority.NEW)
    task = advance_to(store, TaskKind.TRANSCRIBE)
    store.finish(task, result_of(task))
    assert store.claim("w1", [Resource.ASR], at_most=Priority.PERSON) is None
    assert store.claim("w1", [Resource.ASR]) is not None


def test_outside_the_window_what_is_finished_is_published(store: JobStore) -> None:
    add(store, "f1", languages=("en",), priority=Priority.NEW)
    while (task := claim(store)).kind is not TaskKind.COMPOSE:
        store.finish(task, result_of(task))
    store.finish(task, result_of(task))
    publish = store.claim("w1", [Resource.NET], at_most=Priority.PERSON)
    assert publish
    assert (publish.kind, publish.part) == (TaskKind.PUBLISH, EN)


def test_a_text_that_nobody_asked_for_is_not_read_outside_the_window(store: JobStore) -> None:
    add(store, "f1", origin=TEXT, priority=Priority.NEW)
    assert store.claim("w1", [Resource.NET], at_most=Priority.PERSON) is None


# -- several at once ------------------------------------------------------------------------


def test_workers_and_wishes_at_once_do_no_task_twice_and_leave_no_job_unmarked(
    place: Place,
) -> None:
    """Two workers claim and finish while others hasten, join and age the same jobs."""
    opened = place.open()
    store = JobStore(opened)
    sources = [f"f{number}" for number in range(6)]
    for source in sources:
        add(store, source, origin=TEXT, languages=("en",), priority=Priority.NIGHTLY)
    pass_time(opened, DAY_SECONDS + 1)
    working = threading.Event()

    def work(owner: str) -> list[int]:
        done: list[int] = []
        while task := store.claim(owner, ANY):
            done.append(task.id)
            store.finish(task, result_of(task))
        return done

    def wish(_number: int) -> None:
        working.wait(10)
        for source in sources:
            store.hasten(SERVER, source, Priority.PERSON)
            plan = make_plan(source, origin=TEXT, languages=("en", "de"))
            store.add(plan, priority=Priority.NEW, signal="poll")
            store.age()

    with ThreadPoolExecutor(4) as threads:
        wishes = [threads.submit(wish, number) for number in range(2)]
        workers = [threads.submit(work, owner) for owner in ("w1", "w2")]
        working.set()
        done = [task for worker in workers for task in worker.result(60)]
        for one in wishes:
            one.result(60)
    done += work("w1")
    assert len(done) == len(set(done))
    assert {task.attempt for job in store.list() for task in store.tasks(job.id)} == {1}
    assert all(job.ended_at for job in store.list())
    opened.close()
