"""What follows from a check: on, once more with more care, or held for a person."""

import json
import pickle
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from stage_place import Place
from structlog.testing import capture_logs

from subtide.errors import ModelMissing, ServerUnreachable, SubtideError
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, Resource, TaskKind
from subtide.jobs.worker import Worker
from subtide.pipeline.checked import Held, checked_translation
from subtide.pipeline.compose import compose
from subtide.pipeline.composing import compose_call
from subtide.pipeline.plan import Plan, SecondAttempt
from subtide.pipeline.stage import Result, Stage, Tools, Work

Composed = Callable[..., Result]
SECOND = SecondAttempt(tier="best", model="large-v3")
POOR = {"score": 0.3, "holds": False, "findings": [["loops", "it repeats", [0]]]}
FINE = {"score": 0.9, "holds": False, "findings": []}
DUTCH = {"score": 0.9, "holds": True, "findings": [["language", "it is Dutch", []]]}


class Shelf:
    """A model store that has every model, or raises why it has none."""

    def __init__(self, error: SubtideError | None = None) -> None:
        self._error = error

    def need(self, name: str, _progress: object) -> str:
        if self._error:
            raise self._error
        return name


@pytest.fixture
def plan(place: Place) -> Plan:
    """A plan from the film's speech, with a second attempt."""
    place.tools = replace(place.tools, models=Shelf())  # type: ignore[arg-type]
    planned = place.plan("en")
    speech = planned.speech.model_copy(update={"second": SECOND})
    return planned.model_copy(update={"speech": speech})


@pytest.fixture
def composed(place: Place, plan: Plan) -> Composed:
    """Run compose with a call that answers so."""

    def run(answer: Mapping[str, Any], wanted: Plan = plan, **payload: object) -> Result:
        told = {"cues": [], "language": "en", "frame_rate": 24.0, "foreign": False, **answer}
        given = {
            "audio": {"spans": [], "frame_rate": 24.0, "blocks": []},
            "spoken": {"language": "en", "confidence": 0.9, "model": "small"},
            "transcripts": [{"key": json.dumps(told), "recipe": {}}],
            **payload,
        }
        work = place.work(wanted, given, compute=lambda *_args, **_more: told)
        return compose(work, place.tools)

    return run


def once(plan: Plan) -> Plan:
    speech = plan.speech.model_copy(update={"second": None})
    return plan.model_copy(update={"speech": speech})


def checks(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = result["recipe"]["check"]
    return found


def test_a_good_result_goes_on_with_its_score_in_the_recipe(composed: Composed) -> None:
    result = composed(FINE)
    assert "again" not in result
    assert checks(result) == {"compose": {"score": 0.9, "findings": []}}


def test_a_poor_one_is_heard_again(composed: Composed) -> None:
    result = composed(POOR)
    assert (result["again"], result["score"]) == (True, 0.3)


def test_without_a_second_attempt_a_poor_one_is_held_with_its_result(
    composed: Composed, plan: Plan
) -> None:
    with pytest.raises(Held, match=r"scored 0\.30: it repeats") as held:
        composed(POOR, once(plan))
    assert held.value.result["findings"] == [["loops", "it repeats"]]
    assert held.value.fix == "look at it: subtide review 1 --show"
    again = pickle.loads(pickle.dumps(held.value))  # noqa: S301 - our own
    assert (again.what, again.result) == (held.value.what, held.value.result)


def test_a_finding_that_holds_does_so_whatever_the_score(composed: Composed, plan: Plan) -> None:
    with pytest.raises(Held, match="it is Dutch"):
        composed(DUTCH, once(plan))


def test_the_settings_say_which_score_is_enough(composed: Composed, plan: Plan) -> None:
    lenient = plan.subtitles.model_copy(update={"review_below": 0.3})
    assert composed(POOR, plan.model_copy(update={"subtitles": lenient}))["score"] == 0.3


def test_what_a_person_approved_goes_on_and_its_recipe_says_so(
    composed: Composed, plan: Plan
) -> None:
    for wanted in (plan, once(plan)):
        result = composed(POOR, wanted, approved=True)
        assert "again" not in result
        assert checks(result)["compose"]["approved"] is True


def test_what_needed_no_approval_does_not_say_that_it_had_one(composed: Composed) -> None:
    assert "approved" not in checks(composed(FINE, approved=True))["compose"]


@pytest.mark.parametrize(
    "error", [ModelMissing("models.pull is off"), ServerUnreachable("the hub is away")]
)
def test_where_its_model_is_not_to_be_had_there_is_no_second_attempt(
    place: Place, composed: Composed, error: SubtideError
) -> None:
    place.tools = replace(place.tools, models=Shelf(error))  # type: ignore[arg-type]
    with capture_logs() as logs, pytest.raises(Held):
        composed(POOR)
    (line,) = [one for one in logs if one["event"] == "no second attempt"]
    assert (line["model"], line["why"]) == ("large-v3", error.what)


def test_the_better_of_two_attempts_goes_on(composed: Composed) -> None:
    before = composed(POOR)
    assert composed(FINE, before=before)["score"] == 0.9
    worse = {**POOR, "score": 0.1}
    with pytest.raises(Held, match=r"0\.30") as held:
        composed(worse, before=before)
    assert held.value.result["key"] == before["key"]
    assert "again" not in held.value.result


def test_the_better_of_two_poor_attempts_is_what_a_person_approves(composed: Composed) -> None:
    before = composed({**POOR, "score": 0.2})
    result = composed(POOR, before=before, approved=True)
    assert (result["score"], checks(result)["compose"]["approved"]) == (0.3, True)


def test_a_translation_is_checked_beside_its_source(place: Place, composed: Composed) -> None:
    source = composed(FINE)
    work = place.work(place.plan("pt"), {"cues": source})
    result = checked_translation(work, source, {**FINE, "score": 0.7})
    assert {stage: one["score"] for stage, one in checks(result).items()} == {
        "compose": 0.9,
        "translate": 0.7,
    }
    with pytest.raises(Held, match="it repeats"):
        checked_translation(work, source, POOR)


# -- through the worker -------------------------------------------------------------------

LOOP = "We are going round and round."
SAID = (
    "The old lighthouse stood at the end of the village.",
    "Nobody had lived there for more than thirty years.",
    "One evening a woman arrived with two heavy suitcases.",
    "She asked the baker for the key of the wooden door.",
    "He laughed, because it had never been locked at all.",
    "That night everybody saw a light in the high tower.",
    "What do you think she wants from us, asked the doctor.",
    "I believe she is waiting for her brother and his ship.",
)
SPANS = [[n * 5.0 + 1.0, n * 5.0 + 4.5] for n in range(len(SAID))]


def words_of(sentences: tuple[str, ...]) -> list[list[object]]:
    """Words that fill the spans evenly."""
    words: list[list[object]] = []
    for (start, end), sentence in zip(SPANS, sentences, strict=True):
        step = (end - start) / len(sentence.split())
        words += [
            [start + n * step, start + (n + 1) * step, word, 0.9]
            for n, word in enumerate(sentence.split())
        ]
    return words


class Inline:
    """Instead of a child process: the call itself."""

    pid = None

    def call(self, _name: str, request: Mapping[str, Any], **_more: object) -> dict[str, Any]:
        return compose_call(request, lambda _share: None, lambda _at, _size: b"")

    def close(self) -> None:
        pass


class Listening:
    """Stages around a real compose: what each tier hears is given."""

    def __init__(self, **by_tier: tuple[str, ...]) -> None:
        self._by_tier = by_tier
        self.published: list[dict[str, Any]] = []

    def stages(self) -> dict[TaskKind, Stage]:
        prepared = {"blocks": [{"key": "b0"}], "spans": SPANS, "frame_rate": 24.0}
        spoken = {"language": "en", "confidence": 0.9, "model": "small"}
        return {
            TaskKind.PREPARE: lambda _work, _tools: prepared,
            TaskKind.IDENTIFY: lambda _work, _tools: spoken,
            TaskKind.TRANSCRIBE: self._hear,
            TaskKind.COMPOSE: compose,
            TaskKind.PUBLISH: self._publish,
        }

    def _hear(self, work: Work, tools: Tools) -> Result:
        tier = work.payload["spoken"].get("tier", "balanced")
        data = json.dumps({"words": words_of(self._by_tier[tier])}).encode()
        tools.artifacts.write(f"heard-{tier}", "transcribe", "application/json", data)
        return {"key": f"heard-{tier}", "recipe": {"tier": tier}}

    def _publish(self, work: Work, _tools: Tools) -> Result:
        self.published.append(work.payload["cues"])
        return {"path": "/films/Film.srt"}


@pytest.fixture
def store(place: Place) -> JobStore:
    return JobStore(place.tools.ledger._database)  # noqa: SLF001 - the place's own


def run_all(store: JobStore, place: Place, stages: Mapping[TaskKind, Stage]) -> None:
    workers = [
        Worker(
            "w1",
            resource,
            store,
            stages,
            place.tools,
            idle_seconds=60.0,
            stopping=threading.Event(),
            child=Inline(),  # type: ignore[arg-type]
        )
        for resource in Resource
    ]
    while any(worker.step() for worker in workers):
        pass


def test_a_loop_is_heard_again_and_the_better_words_are_published(
    place: Place, plan: Plan, store: JobStore
) -> None:
    ears = Listening(balanced=(LOOP,) * len(SAID), best=SAID)
    job = store.add(plan, priority=50, signal="poll")
    assert job
    run_all(store, place, ears.stages())
    (cues,) = ears.published
    assert cues["recipe"]["transcribe"] == {"tier": "best"}
    assert checks(cues)["compose"]["score"] > 0.8
    assert [(t.kind, t.part) for t in store.tasks(job)][2:6] == [
        (TaskKind.TRANSCRIBE, "0000"),
        (TaskKind.COMPOSE, ""),
        (TaskKind.TRANSCRIBE, "again-0000"),
        (TaskKind.COMPOSE, "again"),
    ]


def test_what_is_a_loop_twice_is_held_until_a_person_lets_it_on(
    place: Place, plan: Plan, store: JobStore
) -> None:
    ears = Listening(balanced=(LOOP,) * len(SAID), best=(LOOP,) * len(SAID))
    job = store.add(plan, priority=50, signal="poll")
    assert job
    run_all(store, place, ears.stages())
    found = store.find(job)
    assert found
    assert (found.state, ears.published) == (JobState.HELD, [])
    (held,) = store.held()
    assert (held.task.kind, held.task.part) == (TaskKind.COMPOSE, "again")
    assert held.task.result
    assert held.task.result["score"] < 0.5
    store.approve(job)
    run_all(store, place, ears.stages())
    (cues,) = ears.published
    assert checks(cues)["compose"]["approved"] is True


def test_a_good_first_attempt_is_heard_once(place: Place, plan: Plan, store: JobStore) -> None:
    ears = Listening(balanced=SAID)
    job = store.add(plan, priority=50, signal="poll")
    assert job
    run_all(store, place, ears.stages())
    assert len(ears.published) == 1
    assert not [t for t in store.tasks(job) if t.part.startswith("again")]
