import threading
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from job_steps import add, claim, result_of
from structlog.testing import capture_logs

from clocks import Clock
from plans import TEXT
from storage_fixtures import pass_time
from subtide.errors import BeingWatched, NoUsableAudio, ServerUnreachable, Stopped
from subtide.jobs.child import Child
from subtide.jobs.lease import CHECK_SECONDS
from subtide.jobs.store import LEASE_SECONDS, JobStore
from subtide.jobs.task import JobState, Resource, Task, TaskKind, TaskState
from subtide.jobs.worker import Worker
from subtide.pipeline.stage import Result, Stage, Tools, Work
from subtide.storage.artifacts import Artifacts
from subtide.storage.database import Database
from subtide.storage.outcomes import Outcomes, OutcomeState

PREPARED = {"blocks": [{"key": "b0"}]}
IDLE_SECONDS = 300.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stopping() -> threading.Event:
    return threading.Event()


@pytest.fixture
def child(calls_for_tests: str) -> Iterator[Child]:
    child = Child(threads=1, calls=calls_for_tests)
    yield child
    child.close()


class Workplace:
    """Makes a worker whose only stage is the one that the test gives."""

    def __init__(
        self,
        store: JobStore,
        clock: Clock,
        stopping: threading.Event,
        child: Child,
        artifacts: Artifacts,
    ) -> None:
        self.store = store
        self.clock = clock
        self.stopping = stopping
        self.child = child
        self.artifacts = artifacts
        self.others_need_it = False
        """Whether others need the machine."""

    def worker(self, stage: Stage, resource: Resource = Resource.CPU) -> Worker:
        unused: dict[str, Any] = dict.fromkeys(field.name for field in fields(Tools))
        return Worker(
            "w1",
            resource,
            self.store,
            dict.fromkeys(TaskKind, stage),
            Tools(**(unused | {"threads": 1, "artifacts": self.artifacts})),
            idle_seconds=IDLE_SECONDS,
            stopping=self.stopping,
            clock=self.clock,
            child=self.child,
            paused=lambda: self.others_need_it,
        )

    def state(self, job: int) -> TaskState:
        return self.store.tasks(job)[0].state


@pytest.fixture
def workplace(  # noqa: PLR0913, PLR0917 - what a worker stands among
    store: JobStore,
    clock: Clock,
    stopping: threading.Event,
    child: Child,
    database: Database,
    tmp_path: Path,
) -> Workplace:
    return Workplace(store, clock, stopping, child, Artifacts(database, tmp_path / "artifacts"))


def succeed(_work: Work, _tools: Tools) -> Result:
    return PREPARED


def use_child(work: Work, _tools: Tools) -> Result:
    work.compute("answer", {})
    return PREPARED


def test_without_work_there_is_nothing_to_do(workplace: Workplace) -> None:
    assert not workplace.worker(succeed).step()


def test_a_result_finishes_the_task(workplace: Workplace) -> None:
    job = add(workplace.store)
    assert workplace.worker(succeed).step()
    done, following = workplace.store.tasks(job)
    assert (done.state, done.result) == (TaskState.DONE, PREPARED)
    assert following.kind is TaskKind.IDENTIFY


def test_the_stage_is_given_the_task_and_the_tools(workplace: Workplace) -> None:
    given: list[tuple[Work, Tools]] = []

    def look(work: Work, tools: Tools) -> Result:
        given.append((work, tools))
        return PREPARED

    job = add(workplace.store)
    workplace.worker(look).step()
    ((work, tools),) = given
    found = workplace.store.find(job)
    assert found
    assert (work.job, work.plan, work.part, work.payload) == (job, found.plan, "", {})
    assert tools.threads == 1


def test_only_tasks_of_its_resource_are_run(workplace: Workplace) -> None:
    add(workplace.store)
    worker = workplace.worker(succeed)
    assert worker.step()
    assert not worker.step(), "the successor needs another resource"


def test_an_error_that_may_pass_puts_the_task_back(workplace: Workplace) -> None:
    def fail(_work: Work, _tools: Tools) -> Result:
        raise ServerUnreachable("gone")

    job = add(workplace.store)
    worker = workplace.worker(fail)
    assert worker.step()
    (task,) = workplace.store.tasks(job)
    assert (task.state, task.failures, task.error) == (TaskState.READY, 1, "gone")
    assert not worker.step(), "its time has not come"


def test_an_error_that_will_not_pass_ends_the_job(workplace: Workplace, database: Database) -> None:
    def fail(_work: Work, _tools: Tools) -> Result:
        raise NoUsableAudio("none")

    job = add(workplace.store, languages=("en",))
    workplace.worker(fail).step()
    assert workplace.state(job) is TaskState.FAILED
    (outcome,) = Outcomes(database).all()
    assert (outcome.state, outcome.reason) == (OutcomeState.FAILED, "none")


def test_an_unexpected_exception_fails_the_task_for_now(
    workplace: Workplace, database: Database
) -> None:
    def fail(_work: Work, _tools: Tools) -> Result:
        raise ZeroDivisionError

    job = add(workplace.store, languages=("en",))
    assert workplace.worker(fail).step()
    assert workplace.state(job) is TaskState.FAILED
    (outcome,) = Outcomes(database).all()
    assert outcome.state is OutcomeState.FAILED_UNTIL
    assert outcome.reason == "unexpected ZeroDivisionError in prepare"


def test_a_database_that_does_not_answer_is_no_failure_of_the_task(
    workplace: Workplace, database: Database
) -> None:
    def fail(_work: Work, _tools: Tools) -> Result:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("the server closed"))

    job = add(workplace.store)
    worker = workplace.worker(fail)
    with pytest.raises(sa.exc.OperationalError):
        worker.step()
    assert workplace.state(job) is TaskState.LEASED
    pass_time(database, LEASE_SECONDS + 1.0)
    assert workplace.worker(succeed).step()
    assert workplace.state(job) is TaskState.DONE


def test_a_task_that_is_stopped_is_left_as_it_is(workplace: Workplace, database: Database) -> None:
    def stop(_work: Work, _tools: Tools) -> Result:
        raise Stopped("not ours")

    job = add(workplace.store)
    assert workplace.worker(stop).step()
    (task,) = workplace.store.tasks(job)
    assert (task.state, task.failures, task.error) == (TaskState.LEASED, 0, None)
    assert Outcomes(database).all() == ()


def test_a_result_for_a_job_that_was_cancelled_is_dropped(workplace: Workplace) -> None:
    def cancelled_meanwhile(work: Work, _tools: Tools) -> Result:
        workplace.store.cancel(work.job)
        return PREPARED

    job = add(workplace.store)
    assert workplace.worker(cancelled_meanwhile).step()
    found = workplace.store.find(job)
    assert found
    assert found.state is JobState.CANCELLED
    assert workplace.state(job) is TaskState.CANCELLED


def test_an_error_of_a_job_that_was_cancelled_is_dropped(workplace: Workplace) -> None:
    def cancelled_meanwhile(work: Work, _tools: Tools) -> Result:
        workplace.store.cancel(work.job)
        raise NoUsableAudio("none")

    job = add(workplace.store)
    assert workplace.worker(cancelled_meanwhile).step()
    assert workplace.state(job) is TaskState.CANCELLED


def test_a_cancelled_stage_is_told_within_a_second_of_work(
    workplace: Workplace, clock: Clock
) -> None:
    told: list[str] = []

    def cancelled_meanwhile(work: Work, _tools: Tools) -> Result:
        workplace.store.cancel(work.job)
        work.report(0.1)
        told.append("not yet")
        clock.now += CHECK_SECONDS
        work.report(0.2)
        raise AssertionError

    add(workplace.store)
    workplace.worker(cancelled_meanwhile).step()
    assert told == ["not yet"]


def test_a_stage_that_asks_before_it_writes_is_told_at_once(workplace: Workplace) -> None:
    asked: list[str] = []

    def cancelled_meanwhile(work: Work, _tools: Tools) -> Result:
        work.still_ours()
        asked.append("ours")
        workplace.store.cancel(work.job)
        work.still_ours()
        raise AssertionError

    job = add(workplace.store)
    workplace.worker(cancelled_meanwhile).step()
    assert asked == ["ours"]
    assert workplace.state(job) is TaskState.CANCELLED


def test_a_stage_computes_in_the_child(workplace: Workplace) -> None:
    answers: list[Result] = []

    def compute(work: Work, _tools: Tools) -> Result:
        answers.append(work.compute("answer", {"a": 1}))
        answers.append(work.compute("read_all", {"piece": 9}, read=lambda at, _size: b"xy"[at:]))
        return PREPARED

    add(workplace.store)
    workplace.worker(compute).step()
    assert answers[0]["request"] == {"a": 1}
    assert answers[1] == {"data": b"xy"}


def test_the_daemons_stop_ends_a_running_computation_and_leaves_the_task(
    workplace: Workplace, stopping: threading.Event
) -> None:
    def hang(work: Work, _tools: Tools) -> Result:
        stopping.set()
        return work.compute("hang", {})

    job = add(workplace.store)
    assert workplace.worker(hang).step()
    assert workplace.child.pid is None
    (task,) = workplace.store.tasks(job)
    assert (task.state, task.failures) == (TaskState.LEASED, 0)
    assert workplace.store.give_back("w1") == 1
    assert claim(workplace.store).id == task.id


def test_a_cancel_ends_a_running_computation(workplace: Workplace, clock: Clock) -> None:
    def hang(work: Work, _tools: Tools) -> Result:
        workplace.store.cancel(work.job)
        clock.now += CHECK_SECONDS
        return work.compute("hang", {})

    add(workplace.store)
    assert workplace.worker(hang).step()
    assert workplace.child.pid is None


def test_a_child_stays_warm_between_tasks_and_ends_when_idle(
    workplace: Workplace, clock: Clock
) -> None:
    worker = workplace.worker(use_child)
    pids = set()
    for source in ("f1", "f2"):
        add(workplace.store, source)
        assert worker.step()
        pids.add(workplace.child.pid)
    assert len(pids) == 1
    clock.now += IDLE_SECONDS
    worker.step()
    assert workplace.child.pid in pids, "not longer than it may"
    clock.now += 1.0
    worker.step()
    assert workplace.child.pid is None


def test_a_worker_that_closes_ends_its_child(workplace: Workplace) -> None:
    worker = workplace.worker(use_child)
    add(workplace.store)
    worker.step()
    assert workplace.child.pid
    worker.close()
    assert workplace.child.pid is None


def test_the_audio_of_a_closed_job_goes_and_its_words_stay(workplace: Workplace) -> None:
    for key in ("b0", "heard"):
        workplace.artifacts.write(key, "block", "audio/flac", b"sound")
    job = add(workplace.store)
    workplace.worker(succeed).step()
    assert workplace.artifacts.has("b0")
    workplace.store.cancel(job)
    other = add(workplace.store, "f2")
    workplace.worker(succeed).step()
    workplace.artifacts.drop(workplace.store.unheard(job))
    assert not workplace.artifacts.has("b0")
    assert workplace.artifacts.has("heard")
    assert workplace.store.unheard(other) == frozenset(), "it is open"


# -- while others need the machine --------------------------------------------------------


def ready(workplace: Workplace, job: int) -> list[Task]:
    return [task for task in workplace.store.tasks(job) if task.state is TaskState.READY]


@pytest.mark.parametrize("resource", [Resource.CPU, Resource.ASR, Resource.MT])
def test_nothing_that_computes_begins_while_others_need_the_machine(
    workplace: Workplace, resource: Resource
) -> None:
    def stop(_work: Work, _tools: Tools) -> Result:
        raise Stopped("it began")

    job = add(workplace.store)
    while not any(task.resource is resource for task in ready(workplace, job)):
        task = claim(workplace.store)
        workplace.store.finish(task, result_of(task))
    before = workplace.store.tasks(job)
    worker = workplace.worker(stop, resource)
    workplace.others_need_it = True
    assert not worker.step()
    assert workplace.store.tasks(job) == before
    workplace.others_need_it = False
    assert worker.step()


def test_what_only_asks_a_server_goes_on_while_others_need_the_machine(
    workplace: Workplace,
) -> None:
    workplace.others_need_it = True
    job = add(workplace.store, origin=TEXT)
    assert workplace.worker(succeed, Resource.NET).step()
    assert workplace.state(job) is TaskState.DONE


def test_an_idle_child_gives_its_memory_back_while_others_need_the_machine(
    workplace: Workplace, clock: Clock
) -> None:
    worker = workplace.worker(use_child)
    add(workplace.store)
    worker.step()
    workplace.others_need_it = True
    clock.now += IDLE_SECONDS + 1.0
    worker.step()
    assert workplace.child.pid is None


def test_waiting_for_viewers_is_no_failure_and_is_told_once(
    workplace: Workplace, database: Database
) -> None:
    waits: list[float] = []

    def wait(work: Work, _tools: Tools) -> Result:
        waits.append(work.waited)
        raise BeingWatched("Film is being watched")

    job = add(workplace.store)
    worker = workplace.worker(wait)
    with capture_logs() as logs:
        for _ in range(12):
            assert worker.step()
            pass_time(database, BeingWatched.delay)
    assert waits == [BeingWatched.delay * number for number in range(12)]
    assert workplace.state(job) is TaskState.READY
    assert [line["log_level"] for line in logs if line["event"] == "task waits"] == [
        "info",
        *["debug"] * 11,
    ]
    assert not [line for line in logs if line["log_level"] == "warning"]
