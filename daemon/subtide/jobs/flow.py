"""Which tasks follow which: the way of a job through the pipeline, as a pure function."""

from collections.abc import Iterator, Sequence

from subtide.jobs.task import NewTask, Resource, Task, TaskKind, TaskState
from subtide.languages import Language
from subtide.pipeline.plan import Plan, Target


def first(plan: Plan) -> NewTask:
    """Return the task that every job starts with."""
    resource = Resource.NET if plan.origin.kind == "text" else Resource.CPU
    return NewTask(TaskKind.PREPARE, resource)


def following(plan: Plan, tasks: Sequence[Task]) -> tuple[NewTask, ...]:
    """Return every task that should exist beyond the first, given what is done so far.

    Asking again gives the same answer: the store adds what it lacks. ``tasks``: all of the job.
    """
    return tuple(_following(plan, tasks))


def _following(plan: Plan, tasks: Sequence[Task]) -> Iterator[NewTask]:
    prepared = _result(tasks, TaskKind.PREPARE)
    if prepared is None:
        return
    if plan.origin.kind == "text":
        yield NewTask(TaskKind.COMPOSE, Resource.CPU, payload={"text": prepared})
    else:
        yield from _from_speech(prepared, tasks)
    composed = _result(tasks, TaskKind.COMPOSE)
    if composed is not None:
        for target in plan.targets:
            yield from _for_target(target, composed, tasks)


def _from_speech(prepared: dict[str, object], tasks: Sequence[Task]) -> Iterator[NewTask]:
    yield NewTask(TaskKind.IDENTIFY, Resource.ASR, payload={"audio": prepared})
    spoken = _result(tasks, TaskKind.IDENTIFY)
    if spoken is None:
        return
    blocks = prepared["blocks"]
    assert isinstance(blocks, list)  # noqa: S101 - prepare's result
    for number, block in enumerate(blocks):
        payload = {"block": block, "spoken": spoken}
        yield NewTask(TaskKind.TRANSCRIBE, Resource.ASR, f"{number:04}", payload)
    heard = [t for t in tasks if t.kind is TaskKind.TRANSCRIBE]
    if len(heard) == len(blocks) and all(t.state is TaskState.DONE for t in heard):
        transcripts = [t.result for t in sorted(heard, key=lambda t: t.part)]
        payload = {"audio": prepared, "spoken": spoken, "transcripts": transcripts}
        yield NewTask(TaskKind.COMPOSE, Resource.CPU, payload=payload)


def _for_target(
    target: Target, composed: dict[str, object], tasks: Sequence[Task]
) -> Iterator[NewTask]:
    if Language(str(composed["language"])).serves(target.tag):
        yield NewTask(TaskKind.PUBLISH, Resource.NET, target.key, {"cues": composed})
        return
    yield NewTask(TaskKind.TRANSLATE, Resource.MT, target.key, {"cues": composed})
    translated = _result(tasks, TaskKind.TRANSLATE, target.key)
    if translated is not None:
        yield NewTask(TaskKind.PUBLISH, Resource.NET, target.key, {"cues": translated})


def _result(tasks: Sequence[Task], kind: TaskKind, part: str = "") -> dict[str, object] | None:
    for task in tasks:
        if task.kind is kind and task.part == part and task.state is TaskState.DONE:
            return dict(task.result or {})
    return None
