"""What a check held: listed with its result, let on by a person, or discarded."""

import pytest
from job_steps import ANY, DE, EN, add, advance_to, begin, claim, finish_all, result_of

from plans import SERVER, make_plan
from storage_fixtures import pass_time
from subtide.errors import LanguageUnknown, MediaUnreadable, UploadRefused
from subtide.jobs.store import JobStore
from subtide.jobs.task import Job, JobState, Task, TaskKind, TaskState
from subtide.pipeline.checked import Held
from subtide.pipeline.plan import SecondAttempt
from subtide.storage.database import Database
from subtide.storage.looks import Priority
from subtide.storage.outcomes import Outcomes, OutcomeState

POOR = {"key": "poor", "score": 0.2, "findings": [["loops", "80% of the text repeats"]]}

SECOND = SecondAttempt(tier="best", model="large-v3")
SECOND_SPEECH = make_plan().speech.model_copy(update={"second": SECOND})


def hold(store: JobStore, task: Task) -> None:
    store.fail(task, Held("it scored 0.20", "look at it", {**result_of(task), **POOR}))


def held_compose(store: JobStore, source: str = "f1") -> Task:
    add(store, source)
    task = advance_to(store, TaskKind.COMPOSE)
    hold(store, task)
    return task


def states(database: Database) -> dict[str, OutcomeState]:
    return {outcome.target: outcome.state for outcome in Outcomes(database).all()}


def found(store: JobStore, job: int) -> Job:
    one = store.find(job)
    assert one
    return one


def test_what_is_held_is_listed_with_its_result_and_its_targets(store: JobStore) -> None:
    task = held_compose(store)
    (one,) = store.held()
    assert one.task.id == task.id
    assert one.task.result
    assert one.task.result["findings"] == POOR["findings"]
    assert [target.key for target in one.targets] == [EN, DE]
    assert (one.reason, one.fix) == ("it scored 0.20", "look at it")
    assert one.at == found(store, task.job).ended_at
    assert store.held(task.job) == (one,)
    assert store.held(task.job + 1) == ()


def test_the_newest_comes_first(store: JobStore) -> None:
    held = [held_compose(store, source).job for source in ("f1", "f2")]
    assert [one.task.job for one in store.held()] == held[::-1]


def test_what_was_opened_again_is_held_no_more(store: JobStore, database: Database) -> None:
    task = held_compose(store)
    Outcomes(database).reopen(SERVER, "f1")
    assert store.held() == ()
    assert store.approve(task.job) == ()


def test_what_a_person_approves_goes_on_from_where_it_was_held(
    store: JobStore, database: Database
) -> None:
    task = held_compose(store)
    (approved,) = store.approve(task.job)
    assert approved.task.id == task.id
    job = found(store, task.job)
    assert (job.state, job.ended_at, job.error) == (JobState.RUNNING, None, None)
    assert (job.priority, states(database)) == (int(Priority.PERSON), {})
    again = claim(store)
    assert (again.id, again.payload) == (task.id, {**task.payload, "approved": True})
    store.finish(again, result_of(again))
    finish_all(store)
    assert found(store, task.job).state is JobState.DONE
    assert set(states(database).values()) == {OutcomeState.PUBLISHED}


def test_a_translation_is_approved_alone(store: JobStore, database: Database) -> None:
    job = add(store)
    task = advance_to(store, TaskKind.TRANSLATE)
    hold(store, task)
    finish_all(store)
    assert found(store, job).state is JobState.HELD
    store.approve(job)
    assert states(database) == {EN: OutcomeState.PUBLISHED}
    finish_all(store)
    assert states(database) == {EN: OutcomeState.PUBLISHED, DE: OutcomeState.PUBLISHED}


def test_it_is_approved_while_other_targets_are_still_made(store: JobStore) -> None:
    job = add(store)
    hold(store, advance_to(store, TaskKind.TRANSLATE))
    assert found(store, job).state is JobState.RUNNING
    assert len(store.approve(job)) == 1
    finish_all(store)
    assert found(store, job).state is JobState.DONE


def test_what_was_approved_may_be_held_again_by_a_later_check(store: JobStore) -> None:
    store.approve(held_compose(store).job)
    hold(store, advance_to(store, TaskKind.TRANSLATE))
    (one,) = store.held()
    assert one.task.kind is TaskKind.TRANSLATE


def test_a_source_that_was_planned_anew_is_not_made_twice(store: JobStore) -> None:
    old = held_compose(store).job
    new = add(store, "f1")
    assert store.approve(old) == ()
    assert (found(store, old).state, found(store, new).state) == (JobState.HELD, JobState.QUEUED)


def test_a_language_that_nobody_knows_cannot_be_approved(store: JobStore) -> None:
    add(store)
    task = advance_to(store, TaskKind.IDENTIFY)
    store.fail(task, LanguageUnknown("the spoken language is unclear"))
    assert len(store.held()) == 1
    assert store.approve(task.job) == ()
    assert found(store, task.job).state is JobState.HELD


def test_what_a_person_discards_is_refused_and_not_made_again(
    store: JobStore, database: Database
) -> None:
    task = held_compose(store)
    (gone,) = store.discard(task.job)
    assert gone.task.id == task.id
    job = found(store, task.job)
    assert (job.state, job.error) == (JobState.CANCELLED, "a person discarded it")
    assert states(database) == {EN: OutcomeState.REFUSED, DE: OutcomeState.REFUSED}
    assert (store.held(), store.claim("w1", ANY)) == ((), None)


def test_only_what_is_held_is_discarded(store: JobStore, database: Database) -> None:
    job = add(store)
    hold(store, advance_to(store, TaskKind.TRANSLATE))
    publish = claim(store)
    store.fail(publish, UploadRefused("a disc"))
    store.discard(job)
    assert states(database) == {EN: OutcomeState.FAILED, DE: OutcomeState.REFUSED}
    assert found(store, job).state is JobState.FAILED


def test_nothing_is_discarded_where_nothing_is_held(store: JobStore) -> None:
    task = begin(store)
    assert store.discard(task.job) == ()
    assert found(store, task.job).state is JobState.RUNNING


# -- the second attempt -------------------------------------------------------------------


def test_the_audio_stays_until_the_second_attempt_has_ended(store: JobStore) -> None:
    job = add(store, speech=SECOND_SPEECH)
    task = advance_to(store, TaskKind.COMPOSE)
    store.finish(task, {**result_of(task), **POOR, "again": True})
    assert store.unheard(job) == frozenset()
    assert found(store, job).state is JobState.RUNNING
    hold(store, advance_to(store, TaskKind.COMPOSE, "again"))
    assert store.unheard(job) == {"block0", "block1"}


@pytest.mark.parametrize("kind", [TaskKind.TRANSCRIBE, TaskKind.COMPOSE])
def test_a_second_attempt_that_was_killed_goes_on(
    store: JobStore, database: Database, kind: TaskKind
) -> None:
    job = add(store, speech=SECOND_SPEECH)
    task = advance_to(store, TaskKind.COMPOSE)
    store.finish(task, {**result_of(task), **POOR, "again": True})
    killed = advance_to(store, kind, "again")
    pass_time(database, 120.0)
    assert claim(store, "w2").id == killed.id
    store.give_back("w2")
    finish_all(store)
    assert found(store, job).state is JobState.DONE
    parts = [t.part for t in store.tasks(job) if t.kind is TaskKind.TRANSCRIBE]
    assert sorted(parts) == ["0000", "0001", "again-0000", "again-0001"]


def test_a_second_attempt_that_fails_for_good_leaves_the_first_one_s_result_to_a_person(
    store: JobStore, database: Database
) -> None:
    job = add(store, speech=SECOND_SPEECH)
    first = advance_to(store, TaskKind.COMPOSE)
    store.finish(first, {**result_of(first), **POOR, "again": True})
    store.fail(
        advance_to(store, TaskKind.TRANSCRIBE, "again"), MediaUnreadable("its audio is broken")
    )
    assert found(store, job).state is JobState.HELD
    assert set(states(database).values()) == {OutcomeState.HELD}
    (one,) = store.held(job)
    assert (one.task.id, "80% of the text repeats" in one.reason) == (first.id, True)
    assert [each.task.id for each in store.approve(job)] == [first.id]
    assert claim(store).id == first.id


def test_a_job_is_cancelled_in_its_second_attempt(store: JobStore) -> None:
    job = add(store, speech=SECOND_SPEECH)
    task = advance_to(store, TaskKind.COMPOSE)
    store.finish(task, {**result_of(task), **POOR, "again": True})
    assert store.cancel(job)
    assert store.claim("w1", ANY) is None
    assert not [t for t in store.tasks(job) if t.state is TaskState.READY]
