from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from job_steps import ANY, add, advance_to, begin, claim, result_of

from plans import TEXT
from storage_fixtures import pass_time
from subtide.errors import ServerUnreachable, Stopped
from subtide.jobs.store import LEASE_SECONDS, JobStore
from subtide.jobs.task import JobState, Resource, Task, TaskKind, TaskState
from subtide.storage.database import Database


def expire(database: Database) -> None:
    pass_time(database, LEASE_SECONDS + 1.0)


def speaks(store: JobStore, task: Task) -> list[str]:
    """Return what of all that a worker can say about a task is refused."""
    refused = []
    for word, say in {
        "check": lambda: store.check(task),
        "beat": lambda: store.beat(task, 0.5),
        "finish": lambda: store.finish(task, result_of(task)),
        "fail": lambda: store.fail(task, ServerUnreachable("gone")),
    }.items():
        try:
            say()
        except Stopped:
            refused.append(word)
    return refused


ALL_WORDS = ["check", "beat", "finish", "fail"]


def test_a_claimed_task_is_leased_to_its_worker(store: JobStore) -> None:
    job = add(store)
    task = store.claim("w1", ANY)
    assert task
    assert (task.job, task.kind, task.state) == (job, TaskKind.PREPARE, TaskState.LEASED)
    assert (task.attempt, task.lease_owner) == (1, "w1")
    assert store.claim("w2", ANY) is None
    found = store.find(job)
    assert found
    assert found.state is JobState.RUNNING


def test_only_tasks_of_the_asked_resources_are_claimed(store: JobStore) -> None:
    add(store, "speech")
    add(store, "text", origin=TEXT)
    assert store.claim("w1", [Resource.ASR, Resource.MT]) is None
    net = store.claim("w1", [Resource.NET])
    assert net
    assert net.plan.source == "text"


def test_the_most_urgent_job_comes_first_then_the_oldest(store: JobStore) -> None:
    for source, priority in (("nightly", 90), ("new", 50), ("newer", 50), ("asked", 10)):
        add(store, source, priority=priority)
    claimed = [claim(store).plan.source for _ in range(4)]
    assert claimed == ["asked", "new", "newer", "nightly"]


def test_blocks_of_an_older_job_come_first_and_in_their_order(store: JobStore) -> None:
    add(store, "old")
    advance_to(store, TaskKind.TRANSCRIBE, blocks=4)
    add(store, "new")
    claimed = [claim(store) for _ in range(4)]
    assert [(task.plan.source, task.part) for task in claimed] == [
        ("old", "0001"),
        ("old", "0002"),
        ("old", "0003"),
        ("new", ""),
    ]


def test_successors_have_the_priority_of_their_job(store: JobStore) -> None:
    add(store, "new", priority=50)
    first = claim(store)
    add(store, "nightly", priority=90)
    store.finish(first, result_of(first))
    assert claim(store).plan.source == "new"


def test_every_task_is_claimed_exactly_once(store: JobStore) -> None:
    for number in range(200):
        add(store, f"f{number}")
    together = Barrier(8)

    def claim_all(owner: str) -> list[int]:
        together.wait()
        mine = []
        while task := store.claim(owner, ANY):
            assert task.lease_owner == owner
            mine.append(task.id)
        return mine

    with ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(claim_all, (f"w{n}" for n in range(8))))
    ids = [task for mine in claimed for task in mine]
    assert sorted(ids) == sorted(task.id for task in store.open_tasks())
    assert len(ids) == 200
    assert {task.attempt for task in store.open_tasks()} == {1}
    assert store.counts() == {JobState.RUNNING: 200}


def test_a_lease_that_runs_out_is_claimed_again(store: JobStore, database: Database) -> None:
    add(store)
    old = claim(store, "w1")
    pass_time(database, LEASE_SECONDS - 10.0)
    assert store.claim("w2", ANY) is None
    expire(database)
    new = claim(store, "w2")
    assert (new.id, new.attempt, new.lease_owner) == (old.id, 2, "w2")


@pytest.mark.parametrize("owner", ["w1", "w2"])
def test_the_older_attempt_is_refused_whoever_has_the_newer(
    store: JobStore, database: Database, owner: str
) -> None:
    add(store)
    old = claim(store, "w1")
    expire(database)
    new = claim(store, owner)
    assert speaks(store, old) == ALL_WORDS
    assert speaks(store, new) == ["fail"], "after it has finished"


def test_a_worker_that_was_late_but_not_replaced_may_go_on(
    store: JobStore, database: Database
) -> None:
    add(store)
    task = claim(store)
    expire(database)
    store.beat(task, 0.5)
    assert store.claim("w2", ANY) is None


def test_a_beat_lengthens_the_lease_and_notes_the_progress(
    store: JobStore, database: Database
) -> None:
    add(store)
    task = claim(store)
    for _ in range(3):
        pass_time(database, LEASE_SECONDS - 10.0)
        store.beat(task, 0.25)
    assert store.claim("w2", ANY) is None
    (now,) = store.tasks(task.job)
    assert now.progress == 0.25


def test_a_new_attempt_starts_from_no_progress(store: JobStore, database: Database) -> None:
    add(store)
    store.beat(claim(store), 0.9)
    expire(database)
    assert claim(store).progress == 0.0


def test_a_check_says_nothing_while_the_task_is_ours(store: JobStore) -> None:
    add(store)
    store.check(claim(store))


def test_a_worker_that_starts_anew_gives_its_own_leases_back(store: JobStore) -> None:
    for source in ("f1", "f2", "f3"):
        add(store, source)
    mine, _, theirs = claim(store, "w1"), claim(store, "w1"), claim(store, "w2")
    store.beat(mine, 0.9)
    assert store.give_back("w1") == 2
    assert store.give_back("w1") == 0
    store.check(theirs)
    given = {task.id: task for task in store.open_tasks()}[mine.id]
    assert (given.state, given.lease_owner, given.progress) == (TaskState.READY, None, 0.0)
    assert speaks(store, mine) == ALL_WORDS
    again = claim(store, "w1")
    assert (again.id, again.attempt, again.failures) == (mine.id, 2, 0)
    assert speaks(store, mine) == ALL_WORDS


def test_a_cancelled_job_has_nothing_to_claim_and_its_workers_are_stopped(
    store: JobStore,
) -> None:
    task = begin(store)
    assert store.cancel(task.job)
    assert speaks(store, task) == ALL_WORDS
    assert store.claim("w1", ANY) is None
    assert store.open_tasks() == ()
    found = store.find(task.job)
    assert found
    assert (found.state, found.error) == (JobState.CANCELLED, "a person cancelled it")
    assert found.ended_at is not None


def test_only_an_open_job_can_be_cancelled(store: JobStore) -> None:
    job = add(store)
    assert store.cancel(job, "the reason")
    assert not store.cancel(job, "another")
    found = store.find(job)
    assert found
    assert found.error == "the reason"
    assert not store.cancel(99)


def test_a_job_can_be_cancelled_while_its_first_task_is_claimed(store: JobStore) -> None:
    def cancel(job: int) -> None:
        together.wait()
        assert store.cancel(job)

    def claim_one() -> Task | None:
        together.wait()
        return store.claim("w1", ANY)

    together = Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        for number in range(40):
            job = add(store, f"f{number}")
            cancelled, claimed = threads.submit(cancel, job), threads.submit(claim_one)
            cancelled.result()
            task = claimed.result()
            assert task is None or speaks(store, task) == ALL_WORDS
            assert store.open_tasks() == ()
    assert store.counts() == {JobState.CANCELLED: 40}
