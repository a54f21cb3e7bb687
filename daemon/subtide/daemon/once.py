"""One pass: look through everything, do all the work, and end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from subtide.daemon.looking import LookLoop, tell
from subtide.daemon.work import make_worker, take_over
from subtide.house import House
from subtide.jobs.dispatchers.local import LocalDispatcher
from subtide.jobs.task import Task
from subtide.library.aftercare import Aftercare
from subtide.library.server import ConnectedServer
from subtide.library.summary import Summary
from subtide.storage.looks import EVERYTHING, Look, Priority

LONG_WAIT_SECONDS = 90.0
"""A single run does not wait for a task whose next try is further away."""


def run_once(
    house: House, on_progress: Callable[[tuple[Task, ...]], None]
) -> tuple[list[Summary], tuple[Task, ...]]:
    """Look through everything, do all the work, take away what is unwanted, and end.

    Work that asks for a look at its item, for another origin, gets it. ``limits.window`` does
    not count.

    ``on_progress`` is given the running tasks about twice a second. Return what the looks found,
    and the tasks that are left because their next try is too far away.

    Raises:
        RetryLater, StopAndTell: a server is not ready or refuses us.
    """
    take_over(house)
    summaries = [_look_through(house, server) for server in house.servers]
    loop = LookLoop(house, threading.Event())
    with working(house):
        while house.store.has_work_within(LONG_WAIT_SECONDS) or loop.step_at_items():
            on_progress(house.store.running())
            time.sleep(0.5)
    care = Aftercare(house.database, house.store, house.tools)
    while care.step():
        pass
    return summaries, house.store.open_tasks()


@contextmanager
def working(house: House, at_most: int | None = None) -> Iterator[None]:
    """Work off tasks until the context ends; what is not finished then is handed back.

    ``at_most``: begin only work of this priority or a more urgent one; None: any.
    """
    stopping = threading.Event()
    worker = make_worker(house, stopping, allowed=lambda: at_most)
    dispatcher = LocalDispatcher(worker, stopping)
    with house.watch:
        dispatcher.start()
        try:
            yield
        finally:
            stopping.set()
            dispatcher.join()
            house.store.give_back(house.identity)


def _look_through(house: House, server: ConnectedServer) -> Summary:
    known = server.meet(house.known)
    look = Look(known.id, EVERYTHING, "person", Priority.PERSON, 0)
    summary = house.scanner.follow(server, look)
    tell(server.name, [look], summary)
    return summary
