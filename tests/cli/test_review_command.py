"""subtide review: what was held, why, and how a person decides."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import Home, Ran

from plans import make_plan
from subtide.cli.output import ExitCode
from subtide.errors import LanguageUnknown
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, Resource, TaskKind
from subtide.pipeline.checked import Held
from subtide.pipeline.plan import TextOrigin
from subtide.storage.artifacts import Artifacts
from subtide.storage.database import Database
from subtide.storage.outcomes import Outcomes, OutcomeState

Subtide = Callable[..., Ran]
TEXT = TextOrigin(
    language="en", codec="subrip", title="", external=False, hearing_impaired=False, path=None,
    ordinal=0,
)  # fmt: skip
CUES = [
    [61.0, 63.0, "Good evening.", ""],
    [64.0, 66.0, "Round and\nround.", ""],
    [3671.5, 3673.0, "Round and round.", ""],
]
FINDINGS = [
    ["loops", "60% of the text repeats what was said just before", [1, 2]],
    ["silence", "1 cues stand where nobody speaks", [2]],
]
RESULT = {"key": "poor", "score": 0.31, "findings": [[kind, text] for kind, text, _ in FINDINGS]}
HELD = Held("the subtitle for Film f1 scored 0.31: it repeats", "look at it", RESULT)


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    database = home.database()
    yield database
    database.close()


@pytest.fixture
def job(home: Home, database: Database) -> int:
    """A job whose cues are held."""
    document = {"cues": CUES, "findings": FINDINGS, "score": 0.31}
    data = json.dumps(document).encode()
    Artifacts(database, home.data / "artifacts").write("poor", "compose", "text/json", data)
    return held_job(database, TaskKind.COMPOSE, HELD)


def held_job(database: Database, kind: TaskKind, error: Exception) -> int:
    store = JobStore(database)
    origin = {"origin": TEXT} if kind is TaskKind.COMPOSE else {}
    job = store.add(make_plan(languages=("en", "de"), **origin), priority=50, signal="poll")
    assert job
    while task := store.claim("w1", list(Resource)):
        if task.kind is kind:
            store.fail(task, error)  # type: ignore[arg-type]
            return job
        store.finish(task, {"key": "prepared", "blocks": [{"key": "b0"}]})
    raise AssertionError(kind)


def states(database: Database) -> set[OutcomeState]:
    return {outcome.state for outcome in Outcomes(database).all()}


def test_where_nothing_is_held_it_says_so(at_home: Subtide) -> None:
    assert at_home("review").out == "Nothing is held.\n"
    assert at_home("review", "--json").json == []


def test_what_is_held_is_listed_with_score_and_reasons(job: int, at_home: Subtide) -> None:
    lines = at_home("review").out.splitlines()
    assert lines[0].split() == ["job", "title", "languages", "score", "when", "why"]
    for word in (str(job), "Film f1", "en, de", "0.31", "60% of the text repeats", "nobody speaks"):
        assert word in lines[1]
    assert "subtide review JOB --show" in lines[-1]
    (row,) = at_home("review", "--json").json
    assert (row["job"], row["score"], row["task"]) == (job, 0.31, "compose")
    assert row["languages"] == ["en", "de"]
    assert [finding["kind"] for finding in row["findings"]] == ["loops", "silence"]
    assert at_home("review", str(job), "--json").json == [row]


def test_the_doubtful_cues_are_shown_with_their_times(job: int, at_home: Subtide) -> None:
    out = at_home("review", str(job), "--show").out
    assert "Film f1 (en, de): 0.31" in out
    assert "0:01:04  0:01:06  loops           Round and / round." in out
    assert "1:01:11  1:01:13  loops, silence  Round and round." in out
    assert "Good evening" not in out
    (document,) = at_home("review", str(job), "--show", "--json").json
    assert [cue["why"] for cue in document["cues"]] == [["loops"], ["loops", "silence"]]


def test_without_the_cues_the_reasons_are_shown(home: Home, job: int, at_home: Subtide) -> None:
    (artifact,) = [p for p in Path(home.data / "artifacts").rglob("*") if p.is_file()]
    artifact.unlink()
    assert "60% of the text repeats" in at_home("review", str(job), "--show").out


def test_what_a_person_publishes_is_put_back(
    job: int, database: Database, at_home: Subtide
) -> None:
    ran = at_home("review", str(job), "--publish")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Film f1: en, de approved")
    assert "subtide run --once" in ran.out
    found = JobStore(database).find(job)
    assert found
    assert (found.state, states(database)) == (JobState.RUNNING, set())
    assert at_home("review").out == "Nothing is held.\n"


def test_what_a_person_discards_is_refused(job: int, database: Database, at_home: Subtide) -> None:
    keys = at_home("review", str(job), "--discard", "--json").json
    assert keys == {"job": job, "discarded": [t.key for t in make_plan().targets]}
    assert states(database) == {OutcomeState.REFUSED}


def test_an_unknown_language_has_nothing_to_publish(database: Database, at_home: Subtide) -> None:
    error = LanguageUnknown("the spoken language is unclear", "tag the audio track")
    job = held_job(database, TaskKind.IDENTIFY, error)
    assert "the spoken language is unclear" in at_home("review").out
    assert "the spoken language is unclear" in at_home("review", str(job), "--show").out
    ran = at_home("review", str(job), "--publish")
    assert ran.code == ExitCode.USAGE
    assert "tag the audio track" in ran.err


def test_what_is_made_anew_is_not_published_beside(
    job: int, database: Database, at_home: Subtide
) -> None:
    assert JobStore(database).add(make_plan(), priority=50, signal="poll")
    ran = at_home("review", str(job), "--publish")
    assert ran.code == ExitCode.USAGE
    assert "another job makes this anew" in ran.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["7"], "nothing is held of job 7"),
        (["--show"], "name the JOB"),
        (["7", "--publish", "--discard"], "choose one"),
    ],
)
def test_a_command_that_makes_no_sense_is_explained(
    at_home: Subtide, words: list[str], says: str
) -> None:
    ran = at_home("review", *words)
    assert ran.code == ExitCode.USAGE
    assert says in ran.err
