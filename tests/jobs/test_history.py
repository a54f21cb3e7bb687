"""History: how much work the last finished jobs were."""

from datetime import timedelta

import pytest

from plans import SERVER, SPEECH, TEXT, make_plan
from storage_fixtures import pass_time
from subtide.jobs.history import finished, jobs_of
from subtide.jobs.rows import insert_job
from subtide.jobs.task import JobState, TaskKind
from subtide.pipeline.plan import AudioOrigin, TextOrigin
from subtide.storage.database import Database
from subtide.storage.tables import jobs, tasks


def add_job(
    database: Database,
    source: str,
    origin: AudioOrigin | TextOrigin = SPEECH,
    state: JobState = JobState.DONE,
    **seconds: float,
) -> int:
    """Add a job whose tasks, by kind, took so long."""
    with database.write() as connection:
        now = database.now(connection)
        plan = make_plan(source, origin=origin)
        job = insert_job(connection, plan, priority=50, signal="test", now=now)
        connection.execute(jobs.update().where(jobs.c.id == job).values(state=state))
        rows = [
            {
                "job": job,
                "kind": TaskKind(kind.rstrip("0123456789")),
                "part": kind,
                "resource": "cpu",
                "state": "done",
                "priority": 50,
                "attempt": 1,
                "failures": 0,
                "not_before": now,
                "payload": {},
                "progress": 1.0,
                "started_at": now,
                "ended_at": now + timedelta(seconds=taken),
            }
            for kind, taken in seconds.items()
        ]
        connection.execute(tasks.insert(), rows)
        return job


def test_the_work_of_a_job_is_that_of_its_tasks_but_not_of_publishing(database: Database) -> None:
    add_job(database, "f1", prepare=10.0, transcribe1=30.0, transcribe2=20.5, publish=600.0)
    (one,) = finished(database, "audio")
    assert (one.plan, one.work) == (make_plan("f1"), 60.5)


def test_only_jobs_of_that_origin_that_are_done_tell(database: Database) -> None:
    add_job(database, "f1", prepare=1.0)
    add_job(database, "f2", TEXT, prepare=2.0)
    add_job(database, "f3", state=JobState.FAILED, prepare=4.0)
    add_job(database, "f4", state=JobState.RUNNING, prepare=8.0)
    assert [(one.plan.source, one.work) for one in finished(database, "text")] == [("f2", 2.0)]
    assert [one.plan.source for one in finished(database, "audio")] == ["f1"]


def test_the_last_ones_come_first_and_no_more_than_wanted(database: Database) -> None:
    for number in range(4):
        add_job(database, f"f{number}", prepare=1.0)
    assert [one.plan.source for one in finished(database, "audio", 2)] == ["f3", "f2"]


def test_without_a_finished_job_there_is_no_history(database: Database) -> None:
    assert finished(database, "audio") == ()


@pytest.mark.parametrize(("item", "count"), [("f1", 2), ("f2", 1), ("f3", 0)])
def test_the_jobs_of_an_item_are_its_own(database: Database, item: str, count: int) -> None:
    for source in ("f1", "f2", "f1"):
        add_job(database, source, prepare=1.0)
    pass_time(database, 10.0)
    found = jobs_of(database, SERVER, item)
    assert [job.item for job in found] == [item] * count
    assert [job.id for job in found] == sorted((job.id for job in found), reverse=True)
