"""A bar for each running task."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from subtide.jobs.task import Task

Show = Callable[[tuple[Task, ...]], None]
"""Told the running tasks, about twice a second."""


@contextmanager
def progress(*, enabled: bool) -> Iterator[Show]:
    """Show a bar for each running task on a terminal; elsewhere the log's lines tell."""
    if not enabled:
        yield lambda _tasks: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
    from rich.progress import Progress, TaskID  # noqa: PLC0415

    bars: dict[int, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True) as shown:

        def show(tasks: tuple[Task, ...]) -> None:
            running = {task.id: task for task in tasks if task.lease_owner}
            for gone in bars.keys() - running.keys():
                shown.remove_task(bars.pop(gone))
            for task in running.values():
                if task.id not in bars:
                    name = f"{task.plan.title}: {task.kind} {task.part}".rstrip()
                    bars[task.id] = shown.add_task(name, total=1.0)
                shown.update(bars[task.id], completed=task.progress)

        yield show
