"""Joining: a new plan for a source whose job waits."""

import pytest
import sqlalchemy as sa
from job_steps import ANY, DE, EN, add, begin, claim, finish_all, result_of

from plans import SERVER, TEXT, make_plan
from storage_fixtures import pass_time
from subtide.errors import ServerUnreachable
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, Resource, TaskKind
from subtide.storage.database import Database
from subtide.storage.looks import Priority
from subtide.storage.tables import tasks


def test_new_gaps_join_the_job_that_waits(store: JobStore) -> None:
    job = add(store, "f1", languages=("en",))
    plan = make_plan("f1", languages=("en", "de"))
    assert store.add(plan, priority=50, signal="poll") == job
    (found,) = store.list()
    assert (found.id, found.state, found.plan) == (job, JobState.QUEUED, plan)
    finish_all(store)
    made = {task.part for task in store.tasks(job) if task.kind is TaskKind.PUBLISH}
    assert made == {EN, DE}


def test_a_better_origin_replaces_the_one_of_the_job_that_waits(store: JobStore) -> None:
    job = add(store, "f1")
    assert store.add(make_plan("f1", origin=TEXT), priority=50, signal="poll") == job
    (task,) = store.tasks(job)
    assert (task.kind, task.resource, task.plan.origin) == (
        TaskKind.PREPARE,
        Resource.NET,
        TEXT,
    )


def test_a_joined_job_keeps_its_age_and_the_more_urgent_priority(
    store: JobStore, database: Database
) -> None:
    job = add(store, "f1", languages=("en",), priority=Priority.NEW)
    pass_time(database, 3600)
    (before,) = store.list()
    store.add(make_plan("f1"), priority=Priority.NIGHTLY, signal="schedule")
    (found,) = store.list()
    assert (found.priority, found.created_at) == (Priority.NEW, before.created_at)
    store.add(make_plan("f1", languages=("de",)), priority=Priority.PERSON, signal="person")
    assert store.list()[0].priority == Priority.PERSON
    with database.read() as connection:
        rows = connection.execute(sa.select(tasks.c.job, tasks.c.priority)).all()
    assert [tuple(row) for row in rows] == [(job, Priority.PERSON)]


def test_the_same_plan_again_changes_nothing(store: JobStore) -> None:
    add(store, "f1")
    before = store.list()
    assert store.add(make_plan("f1"), priority=50, signal="poll") is None
    assert store.list() == before


def test_the_order_of_targets_makes_no_other_plan(store: JobStore) -> None:
    add(store, "f1", languages=("en", "de"))
    assert store.add(make_plan("f1", languages=("de", "en")), priority=50, signal="poll") is None


@pytest.mark.parametrize("put_back", [False, True], ids=["runs", "was put back"])
def test_new_gaps_wait_for_the_end_of_a_job_that_has_begun(
    store: JobStore, *, put_back: bool
) -> None:
    task = begin(store, "f1", languages=("en",))
    if put_back:
        store.fail(task, ServerUnreachable("gone"))
    assert store.add(make_plan("f1"), priority=Priority.PERSON, signal="person") is None
    (found,) = store.list()
    assert [target.key for target in found.plan.targets] == [EN]
    assert found.priority == Priority.PERSON
    if not put_back:
        store.finish(task, result_of(task))


def test_the_job_of_another_server_is_not_joined(store: JobStore) -> None:
    first = add(store, "f1", languages=("en",))
    assert store.add(make_plan("f1", server="other"), priority=50, signal="poll") != first
    found = store.find(first)
    assert found
    assert [target.key for target in found.plan.targets] == [EN]


def test_a_joined_job_is_worked_off_once(store: JobStore) -> None:
    add(store, "f1", languages=("en",))
    for languages in (("en", "de"), ("de",), ("en", "de")):
        store.add(make_plan("f1", languages=languages), priority=50, signal="poll")
    assert len(store.open_tasks()) == 1
    claim(store)
    assert store.claim("w2", ANY) is None
    assert store.open_plans(SERVER, ["f1"])["f1"].targets == make_plan("f1").targets
