from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from job_steps import DE, EN

from plans import TEXT, make_plan
from subtide.jobs import flow
from subtide.jobs.task import NewTask, Resource, Task, TaskKind, TaskState
from subtide.pipeline.plan import Plan, SecondAttempt, SubtitleOptions, Target

SPEECH = make_plan(languages=("en", "de"))
FROM_TEXT = make_plan(languages=("en", "de"), origin=TEXT)
TESTED = make_plan(origin=TEXT, subtitles=SubtitleOptions(sync="external"))
SECOND = SecondAttempt(tier="best", model="large-v3")
TWICE = SPEECH.model_copy(update={"speech": SPEECH.speech.model_copy(update={"second": SECOND})})
NAMES = ["Ada", "Bob"]
PREPARED = {"blocks": [{"key": "b0"}, {"key": "b1"}]}
SPOKEN = {"language": "en"}
COMPOSED = {"key": "c", "language": "en"}

Row = tuple[TaskKind, str, TaskState, Mapping[str, Any] | None]


def done(kind: TaskKind, result: Mapping[str, Any], part: str = "") -> Row:
    return kind, part, TaskState.DONE, result


def task(plan: Plan, row: Row) -> Task:
    kind, part, state, result = row
    return Task(
        id=1,
        job=1,
        kind=kind,
        part=part,
        resource=Resource.CPU,
        state=state,
        attempt=1,
        failures=0,
        not_before=datetime(2026, 3, 1, tzinfo=UTC),
        payload={},
        result=result,
        progress=0.0,
        error=None,
        error_code=None,
        lease_owner=None,
        plan=plan,
    )


def following(plan: Plan, *rows: Row) -> list[NewTask]:
    return list(flow.following(plan, [task(plan, row) for row in rows]))


def names(new: list[NewTask]) -> list[tuple[TaskKind, str]]:
    return [(one.kind, one.part) for one in new]


HEARD = (
    done(TaskKind.PREPARE, PREPARED),
    done(TaskKind.IDENTIFY, SPOKEN),
    done(TaskKind.TRANSCRIBE, {"key": "t0"}, "0000"),
    done(TaskKind.TRANSCRIBE, {"key": "t1"}, "0001"),
)
READ = (done(TaskKind.PREPARE, {"key": "text"}), done(TaskKind.COMPOSE, COMPOSED))


@pytest.mark.parametrize(
    ("plan", "resource"),
    [(SPEECH, Resource.CPU), (FROM_TEXT, Resource.NET), (TESTED, Resource.CPU)],
)
def test_a_job_starts_where_its_origin_is(plan: Plan, resource: Resource) -> None:
    assert flow.first(plan) == NewTask(TaskKind.PREPARE, resource)


@pytest.mark.parametrize("state", set(TaskState) - {TaskState.DONE})
@pytest.mark.parametrize("plan", [SPEECH, FROM_TEXT])
def test_nothing_follows_until_prepare_is_done(plan: Plan, state: TaskState) -> None:
    assert following(plan, (TaskKind.PREPARE, "", state, None)) == []


def test_speech_is_identified_first() -> None:
    assert following(SPEECH, done(TaskKind.PREPARE, PREPARED)) == [
        NewTask(TaskKind.IDENTIFY, Resource.ASR, payload={"audio": PREPARED})
    ]


def test_every_block_is_transcribed_once_the_language_is_known() -> None:
    new = following(SPEECH, done(TaskKind.PREPARE, PREPARED), done(TaskKind.IDENTIFY, SPOKEN))
    assert new[1:] == [
        NewTask(
            TaskKind.TRANSCRIBE,
            Resource.ASR,
            f"000{n}",
            {"block": {"key": f"b{n}"}, "spoken": SPOKEN, "names": []},
        )
        for n in range(2)
    ]


@pytest.mark.parametrize("state", set(TaskState) - {TaskState.DONE})
def test_cues_wait_for_the_last_block(state: TaskState) -> None:
    new = following(SPEECH, *HEARD[:-1], (TaskKind.TRANSCRIBE, "0001", state, None))
    assert TaskKind.COMPOSE not in {one.kind for one in new}


def test_cues_wait_while_a_block_has_no_task_yet() -> None:
    assert TaskKind.COMPOSE not in {one.kind for one in following(SPEECH, *HEARD[:-1])}


def test_all_transcripts_are_composed_in_the_order_of_their_blocks() -> None:
    new = following(SPEECH, *reversed(HEARD))
    (compose,) = [one for one in new if one.kind is TaskKind.COMPOSE]
    assert compose.resource is Resource.CPU
    assert compose.payload == {
        "audio": PREPARED,
        "spoken": SPOKEN,
        "transcripts": [{"key": "t0"}, {"key": "t1"}],
        "names": [],
    }


def test_a_text_is_composed_as_it_is() -> None:
    assert following(FROM_TEXT, READ[0]) == [
        NewTask(TaskKind.COMPOSE, Resource.CPU, payload={"text": {"key": "text"}, "names": []})
    ]


def test_the_language_of_the_origin_is_published_and_the_others_are_translated() -> None:
    assert following(FROM_TEXT, *READ)[1:] == [
        NewTask(TaskKind.PUBLISH, Resource.NET, EN, {"cues": COMPOSED}),
        NewTask(TaskKind.TRANSLATE, Resource.MT, DE, {"cues": COMPOSED}),
    ]


def test_speech_goes_the_same_way_once_it_is_composed() -> None:
    new = following(SPEECH, *HEARD, done(TaskKind.COMPOSE, COMPOSED))
    assert names(new)[-2:] == [(TaskKind.PUBLISH, EN), (TaskKind.TRANSLATE, DE)]


@pytest.mark.parametrize(
    ("spoken", "wanted", "kind"),
    [
        ("en-US", "en", TaskKind.PUBLISH),
        ("pt", "pt-BR", TaskKind.PUBLISH),
        ("pt-PT", "pt-BR", TaskKind.TRANSLATE),
        ("zh-Hant", "zh-Hans", TaskKind.TRANSLATE),
    ],
)
def test_only_a_language_that_serves_the_target_needs_no_translation(
    spoken: str, wanted: str, kind: TaskKind
) -> None:
    plan = make_plan(languages=(wanted,), origin=TEXT)
    rows = READ[0], done(TaskKind.COMPOSE, {"language": spoken})
    assert [one.kind for one in following(plan, *rows)[1:]] == [kind]


def test_a_translation_is_published_under_its_own_target() -> None:
    plan = make_plan(languages=("de", "fr"), origin=TEXT)
    translated = {"key": "x", "language": "de"}
    new = following(plan, *READ, done(TaskKind.TRANSLATE, translated, DE))
    published = [one for one in new if one.kind is TaskKind.PUBLISH]
    assert published == [NewTask(TaskKind.PUBLISH, Resource.NET, DE, {"cues": translated})]


@pytest.mark.parametrize("state", [TaskState.FAILED, TaskState.HELD, TaskState.CANCELLED])
def test_a_translation_that_did_not_succeed_is_not_published(state: TaskState) -> None:
    new = following(FROM_TEXT, *READ, (TaskKind.TRANSLATE, DE, state, None))
    assert (TaskKind.PUBLISH, DE) not in names(new)
    assert (TaskKind.PUBLISH, EN) in names(new)


def test_asked_again_it_gives_the_same_answer() -> None:
    rows = [*HEARD, done(TaskKind.COMPOSE, COMPOSED), done(TaskKind.PUBLISH, {}, EN)]
    assert following(SPEECH, *rows) == following(SPEECH, *rows)
    assert len(set(names(following(SPEECH, *rows)))) == len(following(SPEECH, *rows))


@pytest.mark.parametrize("plan", [SPEECH, FROM_TEXT])
def test_names_go_with_the_words_and_the_cues(plan: Plan) -> None:
    prepared = done(TaskKind.PREPARE, {**PREPARED, "key": "p", "names": NAMES})
    new = following(plan, prepared, *HEARD[1:])
    told = [one.payload["names"] for one in new if one.payload and "names" in one.payload]
    assert told == [NAMES] * (3 if plan is SPEECH else 1)


@pytest.mark.parametrize(
    ("plan", "composed", "kind"),
    [
        (SPEECH, {"language": "en", "foreign": True}, TaskKind.TRANSLATE),
        (SPEECH, {"language": "en", "foreign": False}, TaskKind.PUBLISH),
    ],
)
def test_foreign_passages_go_through_translate_in_the_spoken_language_too(
    plan: Plan, composed: Mapping[str, Any], kind: TaskKind
) -> None:
    new = following(plan, *HEARD, done(TaskKind.COMPOSE, composed))
    assert [one.kind for one in new if one.part == EN] == [kind]


@pytest.mark.parametrize("plan", [SPEECH, FROM_TEXT])
def test_forced_cues_are_picked_out_of_speech_and_are_what_a_forced_text_holds(plan: Plan) -> None:
    target = Target(language="en", forced=True)
    forced = plan.model_copy(update={"targets": (target,)})
    rows = (*HEARD, done(TaskKind.COMPOSE, COMPOSED))
    (kind,) = [one.kind for one in following(forced, *rows) if one.part == target.key]
    assert kind is (TaskKind.TRANSLATE if plan is SPEECH else TaskKind.PUBLISH)


# -- the second attempt -------------------------------------------------------------------

POOR = {**COMPOSED, "score": 0.2, "again": True}
AGAIN = (
    done(TaskKind.TRANSCRIBE, {"key": "a0"}, "again-0000"),
    done(TaskKind.TRANSCRIBE, {"key": "a1"}, "again-0001"),
)


def test_what_failed_its_check_is_heard_again_by_the_second_tier_and_model() -> None:
    new = following(TWICE, *HEARD, done(TaskKind.COMPOSE, POOR))
    again = [one for one in new if one.part.startswith("again")]
    assert names(again) == [(TaskKind.TRANSCRIBE, f"again-000{n}") for n in range(2)]
    assert [one.payload["block"] for one in again if one.payload] == PREPARED["blocks"]
    spoken = {**SPOKEN, "tier": "best", "model": "large-v3"}
    assert all(one.payload and one.payload["spoken"] == spoken for one in again)


def test_nothing_is_published_before_the_second_attempt_has_ended() -> None:
    rows = (*HEARD, done(TaskKind.COMPOSE, POOR), *AGAIN)
    kinds = {one.kind for one in following(TWICE, *rows)}
    assert not kinds & {TaskKind.TRANSLATE, TaskKind.PUBLISH}


def test_the_second_attempt_s_cues_are_composed_beside_the_first_one_s_result() -> None:
    new = following(TWICE, *HEARD, done(TaskKind.COMPOSE, POOR), *AGAIN)
    (compose,) = [one for one in new if (one.kind, one.part) == (TaskKind.COMPOSE, "again")]
    assert compose.payload
    assert compose.payload["transcripts"] == [{"key": "a0"}, {"key": "a1"}]
    assert compose.payload["before"] == POOR


def test_the_second_attempt_waits_for_its_own_last_block() -> None:
    new = following(TWICE, *HEARD, done(TaskKind.COMPOSE, POOR), AGAIN[0])
    assert (TaskKind.COMPOSE, "again") not in names(new)


def test_what_the_second_attempt_came_to_goes_on() -> None:
    better = {**COMPOSED, "key": "better", "score": 0.9}
    rows = (
        *HEARD,
        done(TaskKind.COMPOSE, POOR),
        *AGAIN,
        done(TaskKind.COMPOSE, better, "again"),
    )
    new = following(TWICE, *rows)
    onward = [one.payload for one in new if one.part in {EN, DE}]
    assert onward == [{"cues": better}] * 2
    assert new == following(TWICE, *rows)


def test_a_model_that_is_named_for_the_language_is_kept_in_the_second_attempt() -> None:
    speech = TWICE.speech.model_copy(update={"models": {"en": "medium.en"}})
    plan = TWICE.model_copy(update={"speech": speech})
    new = following(plan, *HEARD, done(TaskKind.COMPOSE, POOR))
    again = [one for one in new if one.part.startswith("again")]
    assert {one.payload["spoken"]["model"] for one in again if one.payload} == {"medium.en"}
