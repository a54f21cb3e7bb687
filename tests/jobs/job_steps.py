"""Steps of a job for tests: stages that succeed at once, with results shaped as the real ones."""

from typing import Any

from plans import make_plan
from subtide.jobs.store import JobStore
from subtide.jobs.task import Resource, Task, TaskKind

EN, DE = (f"subtitle/{language}/full/srt/jellyfin" for language in ("en", "de"))
ANY = tuple(Resource)


def result_of(task: Task, blocks: int = 2) -> dict[str, Any]:
    """Return what the stage of this task would."""
    match task.kind:
        case TaskKind.PREPARE:
            return {"key": "prepared", "blocks": [{"key": f"block{n}"} for n in range(blocks)]}
        case TaskKind.IDENTIFY:
            return {"language": "en", "model": "small"}
        case TaskKind.TRANSCRIBE:
            return {"key": f"heard{task.part}"}
        case TaskKind.COMPOSE:
            return {"key": "composed", "language": "en"}
        case TaskKind.TRANSLATE:
            return {"key": f"translated {task.part}", "language": task.part.split("/")[1]}
        case TaskKind.PUBLISH:
            return {"path": "/films/Film.srt"}


def add(store: JobStore, source: str = "f1", **changes: Any) -> int:  # noqa: ANN401 - a plan's fields
    """Add a job for a source that has none."""
    priority = changes.pop("priority", 50)
    job = store.add(make_plan(source, **changes), priority=priority, signal="poll")
    assert job
    return job


def claim(store: JobStore, owner: str = "w1") -> Task:
    """Claim a task that is there."""
    task = store.claim(owner, ANY)
    assert task
    return task


def begin(store: JobStore, source: str = "f1", **changes: Any) -> Task:  # noqa: ANN401 - a plan's fields
    """Add a job, the only one that is due, and claim its first task."""
    add(store, source, **changes)
    return claim(store)


def advance_to(store: JobStore, kind: TaskKind, part: str = "", blocks: int = 2) -> Task:
    """Finish tasks until the next one is of this kind and part, and return that, claimed."""
    while True:
        task = claim(store)
        if task.kind is kind and task.part.startswith(part):
            return task
        store.finish(task, result_of(task, blocks))


def finish_all(store: JobStore) -> None:
    """Finish every task that is due, and what follows."""
    while task := store.claim("w1", ANY):
        store.finish(task, result_of(task))
