"""Work for a server that is away is paused, however long that lasts; no job fails of it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from job_steps import add

from clocks import Clock
from storage_fixtures import pass_time
from subtide.errors import RetryLater
from subtide.jellyfin.breaker import FAILURES
from subtide.jellyfin.client import Jellyfin
from subtide.jobs.child import Child
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, Resource, Task, TaskKind, TaskState
from subtide.jobs.worker import Worker
from subtide.pipeline.stage import Result, Tools, Work
from subtide.playground.server import Playground
from subtide.storage.artifacts import Artifacts
from subtide.storage.database import Database

ITEM = "a" * 32
HOUR = 3600.0
STEP = 20.0
"""Seconds that pass between two looks for work."""
AWAY = 1_000_000
"""More answers than a test waits for."""

Call = Callable[[Jellyfin], object]


def read(server: Jellyfin) -> object:
    """A GET, which is tried again by itself."""
    return server.libraries()


def write(server: Jellyfin) -> None:
    """A POST, which leaves once."""
    server.transport.send("POST", "Library/Refresh")


class Workplace:
    """A server, its client, and a worker whose stages make one call to it."""

    def __init__(
        self, server: Playground, store: JobStore, database: Database, artifacts: Artifacts
    ) -> None:
        self.server, self.store, self.database = server, store, database
        self.clock = Clock()
        self.client = Jellyfin(
            server.url,
            server.key,
            device_id="0" * 32,
            device_name="test",
            version="0",
            sleep=lambda _seconds: None,
            clock=self.clock,
        )
        unused: dict[str, Any] = dict.fromkeys(field.name for field in fields(Tools))
        known = {"artifacts": artifacts, "server": lambda _id: self.client}
        self._tools = Tools(**(unused | known))

    def worker(self, call: Call) -> Worker:
        def stage(work: Work, tools: Tools) -> Result:
            call(tools.server(work.plan.server))
            return {"blocks": [{"key": "b0"}]}

        return Worker(
            "w1",
            Resource.CPU,
            self.store,
            dict.fromkeys(TaskKind, stage),
            self._tools,
            idle_seconds=HOUR,
            stopping=threading.Event(),
            clock=self.clock,
            child=Child(threads=1),
        )

    def first_task(self, job: int) -> Task:
        return self.store.tasks(job)[0]

    def pass_by(self, seconds: float) -> None:
        self.clock.now += seconds
        pass_time(self.database, seconds)


@pytest.fixture
def workplace(
    playground: Callable[..., Playground], store: JobStore, database: Database, tmp_path: Path
) -> Iterator[Workplace]:
    (tmp_path / "media/movies").mkdir(parents=True)
    server = playground(tmp_path / "media")
    workplace = Workplace(server, store, database, Artifacts(database, tmp_path / "artifacts"))
    yield workplace
    workplace.client.close()


def test_a_task_that_meets_an_open_breaker_is_put_back_without_a_request(
    workplace: Workplace,
) -> None:
    workplace.server.fail("GET", "/", status=502, times=AWAY)
    with pytest.raises(RetryLater):
        workplace.client.libraries()
    asked = len(workplace.server.requests())
    assert asked == FAILURES
    job = add(workplace.store)
    assert workplace.worker(read).step()
    task = workplace.first_task(job)
    assert (task.state, task.failures) == (TaskState.READY, 1)
    assert "calls are paused after 5 failures in a row" in (task.error or "")
    assert len(workplace.server.requests()) == asked


@pytest.mark.parametrize("call", [read, pytest.param(write, marks=pytest.mark.slow)])
def test_a_proxy_that_answers_502_for_an_hour_fails_no_job(
    workplace: Workplace, call: Call
) -> None:
    for method in ("GET", "POST"):
        workplace.server.fail(method, "/", status=502, times=AWAY)
    jobs = [add(workplace.store, source) for source in ("f1", "f2")]
    worker = workplace.worker(call)
    for _ in range(round(HOUR / STEP)):
        while worker.step():
            pass
        workplace.pass_by(STEP)
    assert {workplace.first_task(job).state for job in jobs} == {TaskState.READY}
    asked = len(workplace.server.requests())
    assert asked < HOUR / 30, "a server that is away is asked about once a minute, not more"

    workplace.server.faults.clear()
    for _ in range(round(HOUR / STEP)):
        while worker.step():
            pass
        workplace.pass_by(STEP)
    assert {workplace.first_task(job).state for job in jobs} == {TaskState.DONE}
    assert {job.state for job in workplace.store.list()} == {JobState.RUNNING}
