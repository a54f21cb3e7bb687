"""Lease: it is kept while a stage waits for a server, and its loss is noticed."""

import threading
from collections.abc import Callable

import pytest
from job_steps import add, claim

from storage_fixtures import pass_time
from subtide.errors import Stopped
from subtide.jobs.lease import Lease
from subtide.jobs.store import LEASE_SECONDS, JobStore
from subtide.jobs.task import Resource, Task
from subtide.storage.database import Database


class Store(JobStore):
    """Tells when it was beaten."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.beaten = threading.Semaphore(0)

    def beat(self, task: Task, progress: float) -> None:
        try:
            super().beat(task, progress)
        finally:
            self.beaten.release()


def leased(store: Store, beat_seconds: float = 0.01) -> tuple[Task, Lease]:
    add(store)
    task = claim(store)
    return task, Lease(store, task, threading.Event(), beat_seconds=beat_seconds)


def beats(store: Store, count: int = 2) -> None:
    """Wait for beats from now on; the first of several may have begun before."""
    while store.beaten.acquire(blocking=False):
        pass
    for _ in range(count):
        assert store.beaten.acquire(timeout=30)


def test_a_stage_that_says_nothing_for_long_keeps_its_lease(database: Database) -> None:
    store = Store(database)
    _, lease = leased(store)
    with lease:
        pass_time(database, LEASE_SECONDS + 10.0)
        beats(store)
        assert store.claim("w2", [Resource.CPU]) is None
        lease.check()


def test_a_beat_writes_the_last_progress(database: Database) -> None:
    store = Store(database)
    task, lease = leased(store)
    with lease:
        lease.report(0.5)
        beats(store)
    assert store.tasks(task.job)[0].progress == 0.5


def test_a_lost_lease_is_told_at_the_next_tick(database: Database) -> None:
    store = Store(database)
    task, lease = leased(store)
    with lease:
        store.cancel(task.job)
        beats(store, 1)
        wait_for(lambda: _told(lease))


def test_nothing_beats_after_the_end(database: Database) -> None:
    store = Store(database)
    task, lease = leased(store)
    with lease:
        beats(store, 1)
    store.finish(task, {"blocks": []})
    assert not [t for t in threading.enumerate() if t.name == f"lease-{task.id}"]


def test_a_stopping_daemon_stops_the_stage(database: Database) -> None:
    store = Store(database)
    add(store)
    stopping = threading.Event()
    with Lease(store, claim(store), stopping) as lease:
        lease.tick()
        stopping.set()
        with pytest.raises(Stopped, match="stopping"):
            lease.tick()


def _told(lease: Lease) -> bool:
    try:
        lease.tick()
    except Stopped:
        return True
    return False


def wait_for(true: Callable[[], bool]) -> None:
    for _ in range(3000):
        if true():
            return
        threading.Event().wait(0.01)
    raise TimeoutError
