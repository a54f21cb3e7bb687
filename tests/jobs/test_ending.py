from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from job_steps import ANY, DE, EN, add, advance_to, begin, claim, finish_all, result_of

from plans import SERVER, TEXT
from storage_fixtures import pass_time
from subtide.errors import (
    CheckFailed,
    ChildDied,
    ItemGone,
    KeyRejected,
    LanguageUnknown,
    ModelMissing,
    NoForeignSpeech,
    NoUsableAudio,
    ServerUnreachable,
    Stopped,
    SubtideError,
    UploadRefused,
    UploadUnseen,
)
from subtide.jobs.retry import Again, GiveUp
from subtide.jobs.store import JobStore
from subtide.jobs.task import Job, JobState, Task, TaskKind, TaskState
from subtide.storage.database import Database
from subtide.storage.outcomes import Outcome, Outcomes, OutcomeState

DAY = timedelta(days=1)


def job_of(store: JobStore, task: Task) -> Job:
    job = store.find(task.job)
    assert job
    return job


def now(store: JobStore, task: Task) -> Task:
    return next(t for t in store.tasks(task.job) if t.id == task.id)


def endings(database: Database) -> dict[str, Outcome]:
    return {outcome.target: outcome for outcome in Outcomes(database).all()}


def kinds(store: JobStore, job: int) -> list[TaskKind]:
    return [task.kind for task in store.tasks(job)]


def test_a_finished_task_keeps_its_result_and_adds_what_follows(store: JobStore) -> None:
    task = begin(store)
    result = result_of(task)
    store.finish(task, result)
    prepare, identify = store.tasks(task.job)
    assert (prepare.state, prepare.result, prepare.progress) == (TaskState.DONE, result, 1.0)
    assert (identify.kind, identify.state) == (TaskKind.IDENTIFY, TaskState.READY)
    assert identify.payload == {"audio": result}


def test_a_task_is_finished_once(store: JobStore) -> None:
    task = begin(store)
    store.finish(task, result_of(task))
    with pytest.raises(Stopped, match="prepare of job 1"):
        store.finish(task, {"blocks": []})
    assert kinds(store, task.job) == [TaskKind.PREPARE, TaskKind.IDENTIFY]


def test_a_job_goes_from_speech_to_published_targets(store: JobStore, database: Database) -> None:
    job = add(store, languages=("en", "de"))
    finish_all(store)
    assert sorted(kinds(store, job)) == sorted(
        [
            TaskKind.PREPARE,
            TaskKind.IDENTIFY,
            TaskKind.TRANSCRIBE,
            TaskKind.TRANSCRIBE,
            TaskKind.COMPOSE,
            TaskKind.TRANSLATE,
            TaskKind.PUBLISH,
            TaskKind.PUBLISH,
        ]
    )
    found = store.find(job)
    assert found
    assert (found.state, found.error) == (JobState.DONE, None)
    assert {target: o.state for target, o in endings(database).items()} == {
        EN: OutcomeState.PUBLISHED,
        DE: OutcomeState.PUBLISHED,
    }


def test_a_published_target_is_recorded_with_what_it_was_true_for(
    store: JobStore, database: Database
) -> None:
    task = begin(store, languages=("en",), basis="b7")
    store.finish(task, result_of(task))
    publish = advance_to(store, TaskKind.PUBLISH, EN)
    assert endings(database) == {}
    store.finish(publish, result_of(publish))
    (outcome,) = endings(database).values()
    assert (outcome.state, outcome.target, outcome.basis) == (OutcomeState.PUBLISHED, EN, "b7")
    assert (outcome.server, outcome.source, outcome.item) == (task.plan.server, "f1", "f1")
    assert (outcome.title, outcome.job) == ("Film f1", task.job)
    assert (outcome.reason, outcome.fix, outcome.retry_at) == ("", "", None)


def test_a_result_from_which_nothing_can_follow_is_not_half_recorded(store: JobStore) -> None:
    task = begin(store)
    store.finish(task, {"no": "blocks"})
    identify = claim(store)
    with pytest.raises(KeyError):
        store.finish(identify, result_of(identify))
    store.check(identify)
    assert kinds(store, task.job) == [TaskKind.PREPARE, TaskKind.IDENTIFY]


def test_the_last_blocks_that_end_at_once_are_composed_once(store: JobStore) -> None:
    together = Barrier(2)

    def finish(task: Task) -> None:
        together.wait()
        store.finish(task, result_of(task))

    with ThreadPoolExecutor(2) as threads:
        for number in range(15):
            add(store, f"f{number}")
            last = advance_to(store, TaskKind.TRANSCRIBE), claim(store, "w2")
            list(threads.map(finish, last))
            composed = [t for t in store.tasks(last[0].job) if t.kind is TaskKind.COMPOSE]
            assert len(composed) == 1
            assert len(composed[0].payload["transcripts"]) == 2
            assert store.cancel(last[0].job)


def test_the_last_targets_that_end_at_once_close_the_job(store: JobStore) -> None:
    together = Barrier(2)

    def end(task: Task) -> None:
        together.wait()
        if task.part == EN:
            store.finish(task, result_of(task))
        else:
            store.fail(task, CheckFailed("odd"))

    with ThreadPoolExecutor(2) as threads:
        for number in range(15):
            job = add(store, f"f{number}", origin=TEXT)
            first = advance_to(store, TaskKind.TRANSLATE, DE)
            list(threads.map(end, (first, claim(store, "w2"))))
            found = store.find(job)
            assert found
            assert found.state is JobState.HELD


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ServerUnreachable("no answer", "is it up?"), 15.0),
        (ServerUnreachable("busy", after=90.0), 90.0),
        (ChildDied("killed"), 10.0),
        (KeyRejected("401"), 600.0),
        (ModelMissing("no model"), 600.0),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_what_may_pass_puts_the_task_back(
    store: JobStore, database: Database, error: SubtideError, seconds: float
) -> None:
    task = begin(store)
    store.beat(task, 0.9)
    assert store.fail(task, error) == Again(seconds)
    back = now(store, task)
    assert (back.state, back.failures, back.lease_owner) == (TaskState.READY, 1, None)
    assert (back.error, back.progress) == (str(error), 0.0)
    assert endings(database) == {}
    assert job_of(store, task).state is JobState.RUNNING
    pass_time(database, seconds - 5.0)
    assert store.claim("w1", ANY) is None
    pass_time(database, 6.0)
    again = claim(store)
    assert (again.id, again.attempt) == (task.id, 2)
    store.finish(again, result_of(again))
    assert now(store, task).error is None


def test_each_failure_makes_the_wait_longer(store: JobStore, database: Database) -> None:
    add(store)
    waits = []
    for _ in range(7):
        verdict = store.fail(claim(store), ServerUnreachable("gone"))
        assert isinstance(verdict, Again)
        waits.append(verdict.seconds)
        pass_time(database, verdict.seconds)
    assert waits == [15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 600.0]


@pytest.mark.parametrize(
    ("error", "task_state", "job_state", "outcome_state", "again_after"),
    [
        (NoUsableAudio("none", "add one"), "failed", "failed", OutcomeState.FAILED, None),
        (LanguageUnknown("unclear", "tag it"), "held", "held", OutcomeState.HELD, None),
        (SubtideError("odd", "look"), "failed", "failed", OutcomeState.FAILED_UNTIL, DAY),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_what_will_not_pass_ends_every_target_of_the_job(  # noqa: PLR0913, PLR0917 - a table
    store: JobStore,
    database: Database,
    error: SubtideError,
    task_state: str,
    job_state: str,
    outcome_state: OutcomeState,
    again_after: timedelta | None,
) -> None:
    task = begin(store, languages=("en", "de"))
    assert isinstance(store.fail(task, error), GiveUp)
    assert (now(store, task).state, now(store, task).error) == (task_state, str(error))
    job = job_of(store, task)
    assert (job.state, job.error) == (job_state, str(error))
    assert job.ended_at is not None
    assert set(endings(database)) == {EN, DE}
    for outcome in endings(database).values():
        assert (outcome.state, outcome.basis, outcome.job) == (outcome_state, "b1", task.job)
        assert (outcome.reason, outcome.fix) == (error.what, error.fix)
        wait = outcome.retry_at - outcome.at if outcome.retry_at else None
        assert wait == again_after
    assert store.claim("w1", ANY) is None


def test_a_child_that_dies_again_and_again_ends_the_targets_for_now(
    store: JobStore, database: Database
) -> None:
    add(store, languages=("en",))
    verdicts = []
    for _ in range(3):
        verdicts.append(store.fail(claim(store), ChildDied("killed", "a smaller model")))
        pass_time(database, 100.0)
    assert [type(verdict) for verdict in verdicts] == [Again, Again, GiveUp]
    assert endings(database)[EN].state is OutcomeState.FAILED_UNTIL
    assert endings(database)[EN].fix == "a smaller model"


def test_a_block_that_fails_for_good_cancels_the_others(
    store: JobStore, database: Database
) -> None:
    add(store, languages=("en", "de"))
    failing = advance_to(store, TaskKind.TRANSCRIBE, blocks=3)
    running = claim(store, "w2")
    store.fail(failing, NoUsableAudio("broken"))
    states = [t.state for t in store.tasks(failing.job) if t.kind is TaskKind.TRANSCRIBE]
    assert states == [TaskState.FAILED, TaskState.CANCELLED, TaskState.CANCELLED]
    with pytest.raises(Stopped):
        store.finish(running, result_of(running))
    assert job_of(store, failing).state is JobState.FAILED
    assert set(endings(database)) == {EN, DE}


@pytest.mark.parametrize(
    ("error", "outcome_state", "job_state"),
    [
        (CheckFailed("too fast", "look at it"), OutcomeState.HELD, JobState.HELD),
        (NoUsableAudio("never"), OutcomeState.FAILED, JobState.FAILED),
        (SubtideError("odd"), OutcomeState.FAILED_UNTIL, JobState.FAILED),
        (NoForeignSpeech("all English"), OutcomeState.NEEDLESS, JobState.DONE),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_a_translation_that_ends_badly_does_not_block_the_other_targets(
    store: JobStore,
    database: Database,
    error: SubtideError,
    outcome_state: OutcomeState,
    job_state: JobState,
) -> None:
    add(store, languages=("en", "de"), origin=TEXT)
    translate = advance_to(store, TaskKind.TRANSLATE)
    store.fail(translate, error)
    finish_all(store)
    assert {target: o.state for target, o in endings(database).items()} == {
        EN: OutcomeState.PUBLISHED,
        DE: outcome_state,
    }
    job = job_of(store, translate)
    assert (job.state, job.error) == (job_state, str(error))


def test_a_target_that_ends_badly_first_leaves_the_job_open_for_the_others(
    store: JobStore, database: Database
) -> None:
    add(store, languages=("de", "fr"), origin=TEXT)
    translate = advance_to(store, TaskKind.TRANSLATE, DE)
    store.fail(translate, CheckFailed("too fast"))
    job = job_of(store, translate)
    assert (job.state, job.error, job.ended_at) == (JobState.RUNNING, "too fast", None)
    finish_all(store)
    assert job_of(store, translate).state is JobState.HELD
    assert len(endings(database)) == 2


def test_an_upload_that_is_refused_concerns_its_target_alone(
    store: JobStore, database: Database
) -> None:
    add(store, languages=("en", "de"), origin=TEXT)
    publish = advance_to(store, TaskKind.PUBLISH, DE)
    store.fail(publish, UploadRefused("no", "ask the admin"))
    finish_all(store)
    assert endings(database)[DE].state is OutcomeState.FAILED
    assert endings(database)[EN].state is OutcomeState.PUBLISHED
    assert job_of(store, publish).state is JobState.FAILED


def test_a_failed_target_weighs_more_than_a_held_one(store: JobStore) -> None:
    add(store, languages=("de", "fr"), origin=TEXT)
    held = advance_to(store, TaskKind.TRANSLATE)
    store.fail(held, CheckFailed("too fast"))
    store.fail(claim(store), NoUsableAudio("never"))
    assert job_of(store, held).state is JobState.FAILED


def test_an_upload_that_never_shows_ends_its_target_for_now(
    store: JobStore, database: Database
) -> None:
    add(store, languages=("en",), origin=TEXT)
    publish = advance_to(store, TaskKind.PUBLISH)
    for _ in range(4):
        assert isinstance(store.fail(publish, UploadUnseen("unseen")), Again)
        pass_time(database, 1000.0)
        publish = claim(store)
    assert isinstance(store.fail(publish, UploadUnseen("unseen")), GiveUp)
    assert endings(database)[EN].state is OutcomeState.FAILED_UNTIL


def test_an_item_that_is_gone_cancels_the_job_and_records_nothing(
    store: JobStore, database: Database
) -> None:
    add(store, languages=("en", "de"))
    task = advance_to(store, TaskKind.TRANSCRIBE)
    store.fail(task, ItemGone("the film was deleted"))
    job = job_of(store, task)
    assert (job.state, job.error) == (JobState.CANCELLED, "the film was deleted")
    assert store.open_tasks() == ()
    assert endings(database) == {}


def test_the_outcome_of_a_later_job_replaces_the_first(store: JobStore, database: Database) -> None:
    store.fail(begin(store, languages=("en",)), LanguageUnknown("unclear"))
    job = add(store, languages=("en",))
    finish_all(store)
    (outcome,) = endings(database).values()
    assert (outcome.state, outcome.job, outcome.reason) == (OutcomeState.PUBLISHED, job, "")


def test_failures_of_another_kind_are_counted_anew(store: JobStore, database: Database) -> None:
    add(store)
    for _ in range(4):
        store.fail(claim(store), ServerUnreachable("no answer"))
        pass_time(database, 1000.0)
    assert isinstance(store.fail(claim(store), ChildDied("killed")), Again)
    pass_time(database, 1000.0)
    assert claim(store).failures == 1


def test_what_a_person_cancelled_is_refused_until_it_is_opened_again(
    store: JobStore, database: Database
) -> None:
    job = add(store, origin=TEXT)
    assert store.cancel(job)
    found = Outcomes(database).all()
    assert {o.target for o in found} == {EN, DE}
    assert {o.state for o in found} == {OutcomeState.REFUSED}
    assert not store.cancel(job)


def test_the_jobs_of_a_server_that_was_replaced_end_without_outcomes(
    store: JobStore, database: Database
) -> None:
    job = add(store)
    assert store.abandon("another") == 0
    assert store.abandon(SERVER) == 1
    found = store.find(job)
    assert found
    assert found.state is JobState.CANCELLED
    assert Outcomes(database).all() == ()


def test_a_job_that_was_planned_for_another_basis_makes_way(store: JobStore) -> None:
    job = add(store)
    assert not store.supersede(SERVER, "f1", "b1"), "its basis is the same"
    task = claim(store)
    assert not store.supersede(SERVER, "f1", "b2"), "it runs"
    store.fail(task, ServerUnreachable("no answer"))
    assert store.supersede(SERVER, "f1", "b2")
    assert add(store) != job


def test_a_job_for_what_is_no_longer_lacking_goes_unless_it_runs(store: JobStore) -> None:
    job = add(store)
    task = claim(store)
    assert not store.withdraw(SERVER, "f1"), "it runs"
    store.fail(task, ServerUnreachable("no answer"))
    assert store.withdraw(SERVER, "f1")
    assert not store.withdraw(SERVER, "f1"), "there is none"
    assert add(store) != job
