from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from job_steps import ANY, DE, EN, add, advance_to, begin, claim, finish_all

from plans import SERVER, TEXT, make_plan
from subtide.errors import LanguageUnknown, NoUsableAudio, ServerUnreachable
from subtide.jobs.store import JobStore
from subtide.jobs.task import OPEN_JOBS, JobState, Resource, TaskKind, TaskState
from subtide.storage.database import Database
from subtide.storage.tables import jobs


def test_a_job_is_added_with_its_first_task(store: JobStore) -> None:
    plan = make_plan("f1", origin=TEXT)
    number = store.add(plan, priority=10, signal="person")
    assert number
    job = store.find(number)
    assert job
    assert (job.plan, job.priority, job.signal, job.state) == (plan, 10, "person", JobState.QUEUED)
    assert (job.server, job.item, job.source, job.title) == (SERVER, "f1", "f1", "Film f1")
    assert (job.ended_at, job.error, job.progress) == (None, None, 0.0)
    (task,) = store.tasks(number)
    assert (task.kind, task.resource, task.state) == (
        TaskKind.PREPARE,
        Resource.NET,
        TaskState.READY,
    )
    assert (task.plan, task.attempt, task.failures, task.payload) == (plan, 0, 0, {})


def test_a_source_has_one_open_job_at_most(store: JobStore) -> None:
    assert store.add(make_plan("f1"), priority=50, signal="poll")
    assert store.add(make_plan("f1"), priority=10, signal="person") is None
    claim(store)
    assert store.add(make_plan("f1"), priority=10, signal="person") is None
    assert len(store.list()) == 1


def test_the_same_source_of_another_server_is_another(store: JobStore) -> None:
    assert store.add(make_plan("f1"), priority=50, signal="poll")
    assert store.add(make_plan("f1", server="other"), priority=50, signal="poll")


def test_a_source_whose_job_has_ended_may_have_a_new_one(store: JobStore) -> None:
    first = add(store, "f1")
    finish_all(store)
    assert store.add(make_plan("f1"), priority=50, signal="poll") not in {None, first}


def test_of_many_that_add_a_job_for_one_source_at_once_one_succeeds(store: JobStore) -> None:
    def add_one(_number: int) -> int | None:
        return store.add(make_plan("f1"), priority=50, signal="poll")

    with ThreadPoolExecutor(8) as threads:
        added = list(threads.map(add_one, range(24)))
    assert len([job for job in added if job]) == 1
    assert len(store.list()) == len(store.open_tasks()) == 1


def test_the_database_itself_refuses_a_second_open_job(store: JobStore, database: Database) -> None:
    job = add(store, "f1")
    finish_all(store)
    add(store, "f1")
    reopened = jobs.update().where(jobs.c.id == job).values(state=JobState.RUNNING)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(reopened)


def test_the_plans_of_open_jobs_are_known(store: JobStore) -> None:
    assert store.open_plans(SERVER, ["f1"]) == {}
    job = add(store, "f1", languages=("en", "de"))
    add(store, "f2")
    found = store.open_plans(SERVER, ["f1", "f3"])
    assert {source: {t.key for t in plan.targets} for source, plan in found.items()} == {
        "f1": {EN, DE}
    }
    assert store.open_plans("other", ["f1"]) == {}
    store.cancel(job)
    assert store.open_plans(SERVER, ["f1"]) == {}


def test_jobs_are_listed_newest_first(store: JobStore) -> None:
    added = [add(store, f"f{n}") for n in range(5)]
    assert [job.id for job in store.list()] == added[::-1]
    assert [job.id for job in store.list(limit=2)] == [added[4], added[3]]


def test_jobs_are_listed_and_counted_by_state(store: JobStore) -> None:
    store.fail(begin(store, "failed"), NoUsableAudio("none"))
    store.fail(begin(store, "held"), LanguageUnknown("unclear"))
    store.fail(begin(store, "waiting"), ServerUnreachable("gone"))
    add(store, "queued")
    assert {job.source: job.state for job in store.list()} == {
        "failed": JobState.FAILED,
        "held": JobState.HELD,
        "waiting": JobState.RUNNING,
        "queued": JobState.QUEUED,
    }
    assert [job.source for job in store.list(OPEN_JOBS)] == ["queued", "waiting"]
    assert [job.source for job in store.list([JobState.HELD])] == ["held"]
    assert store.list([]) == ()
    assert store.counts() == dict.fromkeys(
        (JobState.FAILED, JobState.HELD, JobState.RUNNING, JobState.QUEUED), 1
    )


def test_what_is_not_there_is_not_found(store: JobStore) -> None:
    assert store.find(1) is None
    assert store.tasks(1) == ()
    assert store.list() == ()
    assert store.counts() == {}
    assert store.open_tasks() == ()
    assert store.claim("w1", ANY) is None


def test_progress_is_the_share_of_the_known_tasks(store: JobStore) -> None:
    job = add(store, "f1")

    def progress() -> float:
        found = store.find(job)
        assert found
        return found.progress

    task = claim(store)
    store.beat(task, 0.5)
    assert progress() == pytest.approx(0.5)
    store.finish(task, {"blocks": [{}, {}]})
    assert progress() == pytest.approx(1 / 2)
    store.finish(claim(store), {"language": "en"})
    assert progress() == pytest.approx(2 / 4)
    store.beat(claim(store), 0.5)
    assert progress() == pytest.approx(2.5 / 4)


def test_a_job_that_succeeded_has_done_all(store: JobStore) -> None:
    job = add(store, "f1")
    finish_all(store)
    found = store.find(job)
    assert found
    assert (found.state, found.progress) == (JobState.DONE, 1.0)
    assert found.ended_at is not None
    assert found.ended_at >= found.created_at


def test_open_tasks_are_those_ready_or_leased(store: JobStore) -> None:
    add(store, "f1", languages=("en", "de"))
    task = advance_to(store, TaskKind.TRANSCRIBE)
    assert {(t.kind, t.part, t.state) for t in store.open_tasks()} == {
        (TaskKind.TRANSCRIBE, task.part, TaskState.LEASED),
        (TaskKind.TRANSCRIBE, "0001", TaskState.READY),
    }
