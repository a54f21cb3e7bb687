"""One life of a daemon from a signal to the ledger, that ends at a chosen moment.

Each life has a process of its own, and goes step by step in one thread, so that all have the
same moments. Run as a program it is told of lives line by line and forks one for each: a life
that begins with everything imported takes a tenth of the time.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import requests
import sqlalchemy as sa

from subtide.daemon import LookLoop, make_intake, take_over
from subtide.house import House, open_house
from subtide.jobs.task import Resource
from subtide.jobs.worker import Worker
from subtide.pipeline.inside import CALLS
from subtide.pipeline.stage import Result, Tools, Work
from subtide.pipeline.stages import STAGES
from subtide.settings import Settings

if TYPE_CHECKING:
    from subtide.jobs.child import Child

KILLED = 9
"""The exit status of a life that was cut short."""
SECRET = "a secret of the test"
WAIT_SECONDS = 0.05
"""What a wait of the pipeline takes here; it thinks that it waited as long as it wanted."""
DEADLINE_SECONDS = 60.0
"""It only ends a hang."""


@dataclass(frozen=True)
class Life:
    """Where a daemon lives, what it hears, and when it ends."""

    data: str
    url: str
    key: str
    notices: tuple[str, ...] = ()
    """What the server's webhook posts; nothing to a daemon that was killed meanwhile."""
    kill_before: int = 0
    """The commit or request, counted from 1, that never comes; 0 for none."""

    def as_line(self) -> str:
        """Write it for the program."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read what ``as_line`` wrote."""
        return cls(**json.loads(line))

    @property
    def moments(self) -> Path:
        """Where it writes what it came through, if it comes to its end."""
        return Path(self.data) / "moments"


class Moments:
    """Counts commits and requests, and ends the process before one of them.

    What a process leaves behind changes with these alone, and with files, which are written in
    between. So the moment after the one is the moment before the next: an answer that came and
    was not seen leaves what an answer leaves that was seen and led to nothing yet.
    """

    def __init__(self, kill_before: int) -> None:
        self.told: list[str] = []
        self._kill_before = kill_before

    def watch(self) -> None:
        """Begin to count."""
        sa.event.listen(sa.Engine, "commit", lambda _connection: self._note("commit"))
        requests.Session.send = self._counted(requests.Session.send)  # type: ignore[method-assign]

    def _counted(self, send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
        def counted(
            session: requests.Session, request: requests.PreparedRequest, **how: object
        ) -> requests.Response:
            self._note(f"{request.method} {request.path_url}")
            return send(session, request, **how)

        return counted

    def _note(self, what: str) -> None:
        self.told.append(what)
        if len(self.told) == self._kill_before:
            os._exit(KILLED)


class InHere:
    """Computes in this process what a child would."""

    pid = None

    def call(self, call: str, request: Mapping[str, Any], **_how: object) -> Result:
        return CALLS[call](request, lambda _share: None, lambda _offset, _size: b"")

    def close(self) -> None:
        """There is nothing to end."""


def live(life: Life) -> None:
    """Live until all is done."""
    moments = Moments(life.kill_before)
    house = _open(life)
    moments.watch()
    take_over(house)
    _hear(house, life.notices)
    stopping = threading.Event()
    loop = LookLoop(house, stopping)
    loop._unmet = {"home": 0.0}  # noqa: SLF001 - as run() begins
    workers = [_worker(house, resource, stopping) for resource in Resource]
    deadline = time.monotonic() + DEADLINE_SECONDS
    while _step(house, loop, workers):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{house.looks.pending()} {house.store.open_tasks()}")
    house.close()
    life.moments.write_text(json.dumps(moments.told), encoding="utf-8")


def _open(life: Life) -> House:
    server = {"url": life.url, "key": life.key, "webhook_secret": SECRET}
    settings = {
        "data": life.data,
        "start": "auto",
        "servers": {"home": server},
        "policy": {"languages": ["en", "pt"], "spoken": "full"},
        "publish": {"patience_seconds": 5},
    }
    house = open_house(Settings.model_validate(settings))
    tools = replace(house.tools, sleep=lambda _seconds: time.sleep(WAIT_SECONDS))
    return replace(house, tools=tools)


def _hear(house: House, notices: tuple[str, ...]) -> None:
    """Take what is posted, and what an earlier life took, and make it looks."""
    intake, drain = make_intake(house)
    for notice in notices:
        intake.admit("home", f"Bearer {SECRET}")
        intake.take("home", notice.encode())
    drain.start()
    while any((house.data / "inbox").iterdir()):
        time.sleep(0.001)
    drain.stop(DEADLINE_SECONDS)


def _worker(house: House, resource: Resource, stopping: threading.Event) -> Worker:
    return Worker(
        house.identity,
        resource,
        house.store,
        {**STAGES, "translate": _translate},
        house.tools,
        idle_seconds=0.0,
        stopping=stopping,
        child=cast("Child", InHere()),
    )


def _step(house: House, loop: LookLoop, workers: list[Worker]) -> bool:
    """Do what is due. Return whether anything is left, now or later."""
    busy = loop.step() or any(worker.step() for worker in workers)
    if busy:
        return True
    if house.looks.pending() or house.store.open_tasks():
        time.sleep(WAIT_SECONDS)
        return True
    return False


def _translate(work: Work, tools: Tools) -> Result:
    """Stand for the models: every line is as it was, with a mark."""
    cues = work.payload["cues"]
    document = json.loads(tools.artifacts.read(cues["key"]))
    document["cues"] = [[start, end, f"pt: {text}"] for start, end, text, _ in document["cues"]]
    key = f"translated-{cues['key']}"
    tools.artifacts.write(key, "translate", "application/json", json.dumps(document).encode())
    return {**cues, "key": key, "language": work.part.split("/")[1]}


def serve() -> None:
    """Live what is told line by line, each life in a fork, and say how it ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what it logs is no answer
            try:
                live(Life.from_line(line))
            except BaseException:  # noqa: BLE001 - it is told, and the status says so
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    serve()
