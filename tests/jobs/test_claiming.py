"""Claiming: some tasks wait for others, though they are due."""

from job_steps import DE, EN, add, claim, result_of

from plans import TEXT
from storage_fixtures import pass_time
from subtide.jobs.claiming import MOST_AHEAD
from subtide.jobs.store import LEASE_SECONDS, JobStore
from subtide.jobs.task import Resource, Task, TaskKind
from subtide.storage.database import Database
from subtide.storage.looks import Priority


def to_publish(store: JobStore, source: str) -> None:
    """Work a text job off until both of its targets may be published."""
    add(store, source, origin=TEXT, languages=("en", "de"))
    for kind in (TaskKind.PREPARE, TaskKind.COMPOSE, TaskKind.TRANSLATE):
        task = claim_kind(store, kind)
        store.finish(task, result_of(task))


def claim_kind(store: JobStore, kind: TaskKind) -> Task:
    resources = {TaskKind.COMPOSE: Resource.CPU, TaskKind.TRANSLATE: Resource.MT}
    task = store.claim("w1", [resources.get(kind, Resource.NET)])
    assert task
    assert task.kind is kind
    return task


def test_the_targets_of_a_job_are_published_one_after_another(store: JobStore) -> None:
    to_publish(store, "f1")
    first = claim_kind(store, TaskKind.PUBLISH)
    assert store.claim("w2", [Resource.NET]) is None
    store.finish(first, result_of(first))
    second = claim_kind(store, TaskKind.PUBLISH)
    assert {first.part, second.part} == {DE, EN}


def test_the_targets_of_two_jobs_are_published_side_by_side(store: JobStore) -> None:
    to_publish(store, "f1")
    first = claim_kind(store, TaskKind.PUBLISH)
    add(store, "f2", origin=TEXT, languages=("de",))
    assert claim_kind(store, TaskKind.PREPARE).job != first.job


def test_a_publish_that_was_lost_holds_nobody_up(store: JobStore, database: Database) -> None:
    to_publish(store, "f1")
    lost = claim_kind(store, TaskKind.PUBLISH)
    pass_time(database, LEASE_SECONDS + 1)
    again = claim_kind(store, TaskKind.PUBLISH)
    assert (again.id, again.attempt) == (lost.id, 2)


def test_audio_is_not_prepared_far_ahead_of_the_ears(store: JobStore) -> None:
    _prepare_ahead(store, Priority.NIGHTLY)
    add(store, "next", priority=Priority.NIGHTLY)
    assert store.claim("w1", [Resource.CPU]) is None
    _hear_all(store, claim(store))
    prepare = store.claim("w1", [Resource.CPU])
    assert prepare


def test_what_is_watched_is_prepared_ahead_of_what_is_heard_at_night(store: JobStore) -> None:
    _prepare_ahead(store, Priority.NIGHTLY)
    add(store, "watched", priority=Priority.PLAYING)
    task = store.claim("w1", [Resource.CPU])
    assert task
    assert task.plan.source == "watched"


def test_a_persons_wish_begins_while_what_was_prepared_waits_for_its_window(
    store: JobStore,
) -> None:
    _prepare_ahead(store, Priority.NIGHTLY)
    add(store, "wish", priority=Priority.PERSON)
    task = store.claim("w1", list(Resource), at_most=Priority.PERSON)
    assert task
    assert task.plan.source == "wish"


def _prepare_ahead(store: JobStore, priority: Priority) -> None:
    """Let as much audio lie ready to be heard as may."""
    for number in range(MOST_AHEAD):
        add(store, f"f{number}", priority=priority)
    for _ in range(MOST_AHEAD):
        task = store.claim("w1", [Resource.CPU])
        assert task
        store.finish(task, result_of(task))


def _hear_all(store: JobStore, task: Task) -> None:
    job = task.job
    while True:
        store.finish(task, result_of(task))
        again = store.claim("w1", [Resource.ASR])
        if again is None or again.job != job:
            return
        task = again
