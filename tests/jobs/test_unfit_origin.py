"""A text that cannot be the origin gives way: it is remembered, and its item is looked at again."""

import pytest
from job_steps import EN, add, begin, result_of

from plans import SERVER, TEXT, make_plan
from subtide.errors import OriginUnfit, OriginUnreadable
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, Resource
from subtide.pipeline.plan import origin_key
from subtide.storage.database import Database
from subtide.storage.looks import Looks, Priority
from subtide.storage.outcomes import Outcomes, OutcomeState
from subtide.storage.unfit import UnfitOrigins

UNFIT = OriginUnfit("its times fit another cut")


@pytest.mark.parametrize("error", [UNFIT, OriginUnreadable("it is no subtitle")])
def test_an_unfit_text_is_remembered_and_its_item_looked_at_at_once(
    store: JobStore, database: Database, error: OriginUnreadable
) -> None:
    task = begin(store, origin=TEXT, languages=("en",))
    store.fail(task, error)
    (unfit,) = UnfitOrigins(database).of_sources(SERVER, ["f1"])["f1"]
    plan = make_plan(origin=TEXT)
    assert (unfit.origin, unfit.reason) == (origin_key(TEXT, plan.basis), error.what)
    job = store.find(task.job)
    assert job
    assert (job.state, job.error) == (
        JobState.CANCELLED,
        f"another origin is looked for: {error.what}",
    )
    assert Outcomes(database).all() == ()
    (look,) = Looks(database).due()
    assert (look.server, look.item, look.signal) == (SERVER, "f1", "poll")


@pytest.mark.parametrize(
    ("priority", "then"), [(10, Priority.PERSON), (49, Priority.NEW), (95, Priority.NIGHTLY)]
)
def test_the_look_is_as_urgent_as_the_job_was(
    store: JobStore, database: Database, priority: int, then: Priority
) -> None:
    store.fail(begin(store, origin=TEXT, priority=priority), UNFIT)
    (look,) = Looks(database).due()
    assert look.priority == then


def test_the_same_text_found_unfit_twice_fails_instead_of_going_round(
    store: JobStore, database: Database
) -> None:
    store.fail(begin(store, origin=TEXT, languages=("en",)), UNFIT)
    Looks(database).done(Looks(database).due()[0])
    store.fail(begin(store, origin=TEXT, languages=("en",)), UNFIT)
    (outcome,) = Outcomes(database).all()
    assert (outcome.target, outcome.state) == (EN, OutcomeState.FAILED)
    assert Looks(database).due() == ()


def test_speech_has_no_other_origin(store: JobStore, database: Database) -> None:
    task = begin(store, languages=("en",))
    store.fail(task, UNFIT)
    assert UnfitOrigins(database).of_sources(SERVER, ["f1"]) == {}
    assert [one.state for one in Outcomes(database).all()] == [OutcomeState.FAILED]


def test_a_text_that_is_tested_by_its_speech_waits_for_no_ears(store: JobStore) -> None:
    sync = make_plan().subtitles.model_copy(update={"sync": "always"})
    for source in ("heard1", "heard2"):
        add(store, source)
        task = store.claim("w1", [Resource.CPU])
        assert task
        store.finish(task, result_of(task))
    add(store, "f1")
    add(store, "f2", origin=TEXT, subtitles=sync)
    task = store.claim("w1", [Resource.CPU])
    assert task
    assert task.plan.source == "f2"
    assert store.claim("w2", [Resource.CPU]) is None
