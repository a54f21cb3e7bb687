"""Which tasks follow which: the way of a job through the pipeline, as a pure function.

Speech whose cues fail their check is heard once more with more care, where the plan says so:
the second attempt's tasks stand beside the first one's under parts of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from subtide.jobs.task import NewTask, Resource, Task, TaskKind, TaskState
from subtide.languages import Language
from subtide.pipeline.plan import Plan, Target, foreign_alone, needs_speech
from subtide.pipeline.second import spoken_again

AGAIN = "again"
"""The part of the second attempt's compose; its transcribe tasks are ``again-0000`` and on."""


def first(plan: Plan) -> NewTask:
    """Return the task that every job starts with."""
    resource = Resource.CPU if needs_speech(plan) else Resource.NET
    return NewTask(TaskKind.PREPARE, resource)


def following(plan: Plan, tasks: Sequence[Task]) -> tuple[NewTask, ...]:
    """Return every task that should exist beyond the first, given what is done so far.

    Asking again gives the same answer: the store adds what it lacks. ``tasks``: all of the job.
    """
    return tuple(_following(plan, tasks))


def is_second_attempt(task: Task) -> bool:
    """Whether a task is of the second hearing of a film."""
    return task.part == AGAIN or task.part.startswith(f"{AGAIN}-")


def _following(plan: Plan, tasks: Sequence[Task]) -> Iterator[NewTask]:
    prepared = _result(tasks, TaskKind.PREPARE)
    if prepared is None:
        return
    if plan.origin.kind == "text":
        payload = {"text": prepared, "names": _names(prepared)}
        yield NewTask(TaskKind.COMPOSE, Resource.CPU, payload=payload)
    else:
        yield from _from_speech(plan, prepared, tasks)
    composed = _composed(tasks)
    if composed is not None:
        for target in plan.targets:
            yield from _for_target(plan, target, composed, tasks)


def _from_speech(plan: Plan, prepared: dict[str, Any], tasks: Sequence[Task]) -> Iterator[NewTask]:
    yield NewTask(TaskKind.IDENTIFY, Resource.ASR, payload={"audio": prepared})
    spoken = _result(tasks, TaskKind.IDENTIFY)
    if spoken is None:
        return
    yield from _heard(prepared, spoken, tasks)
    before = _result(tasks, TaskKind.COMPOSE)
    if before is not None and before.get("again"):
        yield from _heard(prepared, spoken_again(plan, spoken), tasks, before)


def _heard(
    prepared: dict[str, Any],
    spoken: dict[str, Any],
    tasks: Sequence[Task],
    before: dict[str, Any] | None = None,
) -> Iterator[NewTask]:
    """Yield the tasks of one attempt: its blocks, and its cues when all of them are heard.

    ``before``: what the first attempt came to, for the second one.
    """
    prefix, part = (f"{AGAIN}-", AGAIN) if before else ("", "")
    names = _names(prepared)
    parts = [f"{prefix}{number:04}" for number in range(len(prepared["blocks"]))]
    for name, block in zip(parts, prepared["blocks"], strict=True):
        payload = {"block": block, "spoken": spoken, "names": names}
        yield NewTask(TaskKind.TRANSCRIBE, Resource.ASR, name, payload)
    transcripts = [_result(tasks, TaskKind.TRANSCRIBE, name) for name in parts]
    if all(transcript is not None for transcript in transcripts):
        payload = {
            "audio": prepared,
            "spoken": spoken,
            "transcripts": transcripts,
            "names": names,
            **({"before": before} if before else {}),
        }
        yield NewTask(TaskKind.COMPOSE, Resource.CPU, part, payload)


def _for_target(
    plan: Plan, target: Target, composed: dict[str, Any], tasks: Sequence[Task]
) -> Iterator[NewTask]:
    if not _is_translated(plan, target, composed):
        yield NewTask(TaskKind.PUBLISH, Resource.NET, target.key, {"cues": composed})
        return
    yield NewTask(TaskKind.TRANSLATE, Resource.MT, target.key, {"cues": composed})
    translated = _result(tasks, TaskKind.TRANSLATE, target.key)
    if translated is not None:
        yield NewTask(TaskKind.PUBLISH, Resource.NET, target.key, {"cues": translated})


def _is_translated(plan: Plan, target: Target, composed: Mapping[str, Any]) -> bool:
    """Whether a target goes through translate, where foreign passages are told apart too."""
    serves = Language(str(composed["language"])).serves(target.tag)
    return foreign_alone(plan, target) or bool(composed.get("foreign")) or not serves


def _composed(tasks: Sequence[Task]) -> dict[str, Any] | None:
    """Return the cues that go on: those of the second attempt, where there is to be one."""
    found = _result(tasks, TaskKind.COMPOSE)
    return _result(tasks, TaskKind.COMPOSE, AGAIN) if found and found.get("again") else found


def _names(prepared: Mapping[str, Any]) -> list[str]:
    names: list[str] = prepared.get("names", [])
    return names


def _result(tasks: Sequence[Task], kind: TaskKind, part: str = "") -> dict[str, Any] | None:
    for task in tasks:
        if task.kind is kind and task.part == part and task.state is TaskState.DONE:
            return dict(task.result or {})
    return None
