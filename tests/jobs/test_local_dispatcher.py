import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from subtide.jobs.dispatchers.local import WORKERS, LocalDispatcher
from subtide.jobs.task import Resource

HANGS = """
import threading
from subtide.jobs.dispatchers.local import LocalDispatcher

class Hangs:
    def step(self):
        threading.Event().wait()

    def close(self):
        pass

stopping = threading.Event()
dispatcher = LocalDispatcher(lambda resource, number: Hangs(), stopping, stop_seconds=0.05)
dispatcher.start()
stopping.set()
dispatcher.join()
"""
DEADLINE = 30.0
"""Seconds after which a wait is a hang."""


class Steps:
    """A worker that counts; ``enough`` is set once it has done so many steps."""

    def __init__(self, steps: int = 3, *, raises: bool = False) -> None:
        self.left = steps
        self.raises = raises
        self.enough = threading.Event()
        self.closed = threading.Event()
        self.thread = ""

    def step(self) -> bool:
        self.thread = threading.current_thread().name
        self.left -= 1
        if self.left == 0:
            self.enough.set()
        if self.raises and self.left > 0:
            raise ZeroDivisionError
        return self.left > 0

    def close(self) -> None:
        self.closed.set()


class Hangs(Steps):
    """A worker whose step does not come back until the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def step(self) -> bool:
        self.enough.set()
        return not self.go.wait(DEADLINE)


@contextmanager
def running(workers: Iterator[Steps], stop_seconds: float = 8.0) -> Iterator[list[Steps]]:
    """Run a dispatcher with these workers, then stop it."""
    made: list[Steps] = []

    def make(_resource: Resource, _number: int) -> Steps:
        made.append(next(workers))
        return made[-1]

    stopping = threading.Event()
    dispatcher = LocalDispatcher(make, stopping, stop_seconds)
    dispatcher.start()
    try:
        yield made
    finally:
        stopping.set()
        dispatcher.join()


def workers(steps: int = 3, *, raises: bool = False) -> Iterator[Steps]:
    while True:
        yield Steps(steps, raises=raises)


def test_every_resource_has_its_threads_and_all_are_closed_at_the_end() -> None:
    with running(workers()) as made:
        assert all(worker.enough.wait(DEADLINE) for worker in made)
    assert all(worker.closed.is_set() for worker in made)
    names = Counter(worker.thread.split("-")[0] for worker in made)
    assert names == {str(resource): count for resource, count in WORKERS.items()}
    assert set(WORKERS) == set(Resource)


def test_a_worker_is_made_for_each_resource_and_number() -> None:
    made: list[tuple[Resource, int]] = []

    def make(resource: Resource, number: int) -> Steps:
        made.append((resource, number))
        return Steps()

    LocalDispatcher(make, threading.Event())
    assert made == [(resource, n) for resource in WORKERS for n in range(WORKERS[resource])]


def test_a_step_that_raises_does_not_end_the_loop() -> None:
    with running(workers(2, raises=True)) as made:
        assert all(worker.enough.wait(DEADLINE) for worker in made)
    assert all(worker.closed.is_set() for worker in made)


def test_a_stop_does_not_wait_for_workers_that_hang() -> None:
    hanging = [Hangs() for _ in range(sum(WORKERS.values()))]
    with running(iter(hanging), stop_seconds=0.05) as made:
        assert all(worker.enough.wait(DEADLINE) for worker in made)
    assert not any(worker.closed.is_set() for worker in made), "the stop was not waited for"
    for worker in hanging:
        worker.go.set()
    assert all(worker.closed.wait(DEADLINE) for worker in made)


def test_workers_that_hang_do_not_keep_the_process() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], timeout=DEADLINE, check=False)  # noqa: S603 - ourselves
    assert ended.returncode == 0
