"""Forecast: what work costs here, how sure that is, and how much of it there is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from plans import TEXT, make_plan
from subtide.jobs.store import JobStore
from subtide.jobs.task import Resource
from subtide.library.forecast import (
    UNKNOWN,
    Confidence,
    Cost,
    costs_here,
    forecast,
    sampled_as,
)
from subtide.library.planning import Options
from subtide.library.tally import Tally
from subtide.pipeline.plan import Plan
from subtide.storage.coverage import Count, Cover, Standing
from subtide.storage.database import Database, open_database
from subtide.storage.samples import Samples
from subtide.storage.tables import jobs, tasks

PLAN = make_plan()
OPTIONS = Options(PLAN.speech, PLAN.translation, PLAN.publish)
THREADS = 2
DURATION = timedelta(minutes=2)
"""Of a job over ten minutes of media: a fifth."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A new one; how jobs are read on PostgreSQL is tested with the history."""
    database = open_database("", tmp_path)
    yield database
    database.close()


def finish(database: Database, *plans: Plan) -> None:
    """Have done what these plans say; each took two minutes."""
    store = JobStore(database)
    for plan in plans:
        job = store.add(plan, priority=50, signal="test")
        task = store.claim("test", list(Resource))
        assert task
        assert task.job == job
        with database.write() as connection:
            now = database.now(connection)
            connection.execute(
                tasks.update()
                .where(tasks.c.job == job)
                .values(state="done", started_at=now, ended_at=now + DURATION)
            )
            connection.execute(jobs.update().where(jobs.c.id == job).values(state="done"))


def speech_plans(count: int, **changes: object) -> list[Plan]:
    return [make_plan(f"f{n}", **changes) for n in range(count)]  # type: ignore[arg-type]


def costs(database: Database) -> dict[str, Cost]:
    return costs_here(database, OPTIONS, THREADS)


def test_at_first_nothing_is_known(database: Database) -> None:
    assert costs(database) == {"speech": UNKNOWN, "text": UNKNOWN}
    assert UNKNOWN.of(100.0) is None


def test_a_sample_of_the_model_gives_a_medium_confidence(database: Database) -> None:
    Samples(database).keep(sampled_as(PLAN.speech, THREADS), 0.25)
    cost = costs(database)["speech"]
    assert (cost.rate, cost.confidence) == (0.25, Confidence.MEDIUM)
    assert cost.basis == "a sample of small, timed here"
    assert costs(database)["text"] == UNKNOWN


@pytest.mark.parametrize(
    "other",
    [
        sampled_as(PLAN.speech, 1),
        sampled_as(PLAN.speech.model_copy(update={"model": "base"}), THREADS),
        sampled_as(PLAN.speech.model_copy(update={"device": "cuda"}), THREADS),
        sampled_as(PLAN.speech.model_copy(update={"compute_type": "float32"}), THREADS),
        sampled_as(PLAN.speech.model_copy(update={"tier": "best"}), THREADS),
    ],
)
def test_a_sample_of_something_else_tells_nothing(database: Database, other: str) -> None:
    Samples(database).keep(other, 0.25)
    assert costs(database)["speech"] == UNKNOWN


@pytest.mark.parametrize(
    ("count", "confidence", "basis"),
    [
        (1, Confidence.MEDIUM, "the last finished job"),
        (9, Confidence.MEDIUM, "the last 9 finished jobs"),
        (10, Confidence.HIGH, "the last 10 finished jobs"),
    ],
)
def test_finished_jobs_tell_more_than_a_sample(
    database: Database, count: int, confidence: Confidence, basis: str
) -> None:
    Samples(database).keep(sampled_as(PLAN.speech, THREADS), 9.0)
    finish(database, *speech_plans(count))
    assert costs(database)["speech"] == Cost(0.2, confidence, basis)


def test_texts_are_timed_by_themselves(database: Database) -> None:
    finish(database, make_plan("t1", origin=TEXT), *speech_plans(2))
    assert costs(database)["text"] == Cost(0.2, Confidence.MEDIUM, "the last finished job")
    assert costs(database)["speech"].basis == "the last 2 finished jobs"


def test_jobs_of_other_models_or_engines_or_of_unknown_length_tell_nothing(
    database: Database,
) -> None:
    other = PLAN.speech.model_copy(update={"model": "base"})
    tier = PLAN.speech.model_copy(update={"tier": "best"})
    engines = PLAN.translation.model_copy(update={"engines": ("opus-mt",)})
    finish(
        database,
        *speech_plans(2, speech=other),
        make_plan("f6", speech=tier),
        make_plan("f7", duration=0.0),
        make_plan("t1", origin=TEXT, translation=engines),
    )
    assert costs(database) == {"speech": UNKNOWN, "text": UNKNOWN}


def test_texts_under_a_policy_of_their_own_are_learnt_from_too(database: Database) -> None:
    asked = {"formality": "formal", "glossary": {"*": {"Force": "Força"}}}
    mine = PLAN.translation.model_copy(update=asked)
    finish(database, make_plan("t1", origin=TEXT, translation=mine))
    assert costs(database)["text"].rate == 0.2


# -- a forecast -----------------------------------------------------------------------------


def count(language: str, origin: str, sources: int, seconds: float, **changes: str) -> Count:
    made = Count("s1", "films", "", language, Standing.GAP, origin, sources, seconds)
    return replace(made, **changes)  # type: ignore[arg-type]


SURE = Cost(0.5, Confidence.HIGH, "the last 12 finished jobs")
LIKELY = Cost(0.01, Confidence.MEDIUM, "the last finished job")


def test_the_total_counts_a_source_once_and_is_the_sum_of_its_origins() -> None:
    made = forecast(
        [
            count("en", "speech", 2, 12_000.0),
            count("pt", "speech", 2, 12_000.0),
            count("pt", "text", 1, 1000.0),
            count("pt", "", 50, 90_000.0, standing="covered"),
        ],
        [count("", "speech", 2, 12_000.0), count("", "text", 1, 1000.0)],
        {"speech": SURE, "text": LIKELY},
    )
    assert [(line.language, line.origin, line.work) for line in made.lines] == [
        ("en", "speech", 6000.0),
        ("pt", "speech", 6000.0),
        ("pt", "text", 10.0),
    ]
    assert (made.sources, made.seconds, made.work) == (3, 13_000.0, 6010.0)
    assert (made.unknown, made.confidence) == (0, Confidence.MEDIUM)
    assert made.basis == "the last 12 finished jobs; the last finished job"


def test_what_has_no_cost_is_told_apart() -> None:
    whole = [count("", "speech", 2, 12_000.0), count("", "text", 1, 1000.0)]
    made = forecast([], whole, {"speech": SURE, "text": UNKNOWN})
    assert (made.work, made.unknown, made.confidence) == (6000.0, 1, Confidence.HIGH)


def test_without_any_cost_there_is_no_time() -> None:
    made = forecast([], [count("", "speech", 2, 12_000.0)], {"speech": UNKNOWN, "text": UNKNOWN})
    assert (made.work, made.unknown, made.confidence) == (None, 2, Confidence.LOW)
    assert made.basis == "nothing yet"


def test_with_nothing_to_do_there_is_no_work() -> None:
    made = forecast([], [], {"speech": UNKNOWN, "text": UNKNOWN})
    assert (made.sources, made.work, made.unknown) == (0, 0, 0)


# -- a tally --------------------------------------------------------------------------------


def cover(language: str, standing: Standing, origin: str = "speech") -> Cover:
    key = f"subtitle/{language}/full/srt/jellyfin"
    return Cover("f1", key, "f1", "films", "", language, standing, origin, 6000.0)


def test_a_tally_counts_as_the_database_does() -> None:
    tally = Tally()
    tally.add("s1", [cover("en", Standing.GAP), cover("pt", Standing.GAP)])
    tally.add("s1", [cover("en", Standing.COVERED, ""), cover("pt", Standing.GAP)])
    tally.add("s1", [cover("en", Standing.CLOSED, "")])
    tally.add("s2", iter([cover("en", Standing.GAP, "text")]))
    assert list(tally.lines) == [
        count("en", "speech", 1, 6000.0),
        count("pt", "speech", 2, 12_000.0),
        count("en", "text", 1, 6000.0, server="s2"),
    ]
    assert list(tally.whole) == [
        count("", "speech", 2, 12_000.0),
        count("", "text", 1, 6000.0, server="s2"),
    ]
