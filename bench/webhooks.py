"""A burst of webhooks: 1,000 a second for ten seconds, with the database held, and with a scan.

Run: python -m bench.webhooks. The sender is a process of its own with connections that stay
open, and so is the server that is scanned. Prints how long an answer took, and whether every item
became a look.
"""

import gc
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from bench.scan import connect, serving
from subtide.signals.inbox import Inbox
from subtide.signals.webhook import Drain, Intake
from subtide.storage.database import SQLITE_FILE, Database, open_database
from subtide.storage.looks import EVERYTHING, Look, Looks, Priority
from subtide.storage.servers import Servers
from subtide.storage.webhooks import Webhooks
from subtide.web.app import Readiness, make_app
from subtide.web.server import WebServer

RATE = 1000
SECONDS = 10
CONNECTIONS = 8
SERVER = "7858929768684d1784da2825047aff27"
HELD_SECONDS = 2.0
SCANNED = 10_000
"""Films that are scanned again and again, the first time with everything read."""
P99_SECONDS = 0.05
"""The goal: viewers wait for the answer."""


def main() -> None:
    """Measure the bursts, and print each with what is done meanwhile."""
    gc.collect()
    gc.freeze()  # as the daemon does
    print(f"{RATE} webhooks a second for {SECONDS} s")
    quiet = burst("quiet", lambda _: nullcontext())
    held = burst(f"database held for {HELD_SECONDS:g} s", holding)
    scanned = burst(f"{SCANNED} films scanned", scanning)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"  p99 held to quiet {held / quiet:.2f}, scanned {scanned / quiet:.2f}; {machine}")


def burst(name: str, meanwhile: Callable[[Path], AbstractContextManager[None]]) -> float:
    """Send a burst; return the 99th percentile of the answers' seconds."""
    with tempfile.TemporaryDirectory() as folder, receiver(Path(folder)) as (port, database):
        with meanwhile(Path(folder)):
            command = [sys.executable, "-m", "bench.webhooks", str(port)]
            sent = json.loads(subprocess.check_output(command))
        looks = wait_for_looks(database, RATE * SECONDS)
    print(
        f"  {name:<24} {sent['rate']:4.0f} answers/s, p50 {sent['p50'] * 1e3:4.1f} ms,"
        f" p99 {sent['p99'] * 1e3:5.1f} ms, {sent['p99'] / P99_SECONDS:.2f} of the goal,"
        f" worst {sent['worst'] * 1e3:.0f} ms, {sent['refused']} refused,"
        f" {looks} of {RATE * SECONDS} items looked at"
    )
    return float(sent["p99"])


@contextmanager
def receiver(folder: Path) -> Iterator[tuple[int, Database]]:
    """Serve the webhook as the daemon does."""
    database = open_database("", folder)
    servers = Servers(database)
    servers.meet("home", SERVER, "12.0.0")
    inbox = Inbox(folder / "inbox")
    intake = Intake(inbox, lambda _: "right", time.monotonic)
    drain = Drain(inbox, intake, servers, Looks(database), Webhooks(database))
    web = WebServer(make_app(lambda: Readiness(ready=True, parts={}), intake), "127.0.0.1", 0)
    drain.start()
    web.start()
    yield web.port, database
    web.stop()
    drain.stop(30)
    database.close()


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Hold the database's write lock in the middle of the burst."""

    def hold() -> None:
        time.sleep(SECONDS / 2)
        file = folder / SQLITE_FILE
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(HELD_SECONDS)
            other.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    yield
    thread.join()


@contextmanager
def scanning(folder: Path) -> Iterator[None]:
    """Look at everything over and over, from a thread beside the receiver's."""
    with serving(SCANNED) as stand_in:
        scanner, server, system_id = connect(folder, stand_in)
        ended = threading.Event()

        def scan() -> None:
            while not ended.is_set():
                scanner.follow(server, Look(system_id, EVERYTHING, "bench", Priority.NEW, 1))

        thread = threading.Thread(target=scan)
        thread.start()
        yield
        ended.set()
        thread.join()


def wait_for_looks(database: Database, wanted: int) -> int:
    """Return how many items are to be looked at, once all are or a minute has passed."""
    looks, deadline = Looks(database), time.monotonic() + 60
    while len(found := looks.pending()) < wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return len(found)


def send(port: int) -> None:
    """Be the sender: post each item at its moment, print what the answers took."""
    began = time.perf_counter() + 0.5
    took: list[float] = []
    refused: list[int] = []
    lock = threading.Lock()

    def run(lane: int) -> None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for number in range(lane, RATE * SECONDS, CONNECTIONS):
                wait = began + number / RATE - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                asked = time.perf_counter()
                status = post(connection, number)
                with lock:
                    took.append(time.perf_counter() - asked)
                    refused.extend([status] if status != HTTPStatus.ACCEPTED else [])

    with ThreadPoolExecutor(CONNECTIONS) as lanes:
        list(lanes.map(run, range(CONNECTIONS)))
    seconds = time.perf_counter() - began
    took.sort()
    report = {
        "rate": len(took) / seconds,
        "p50": took[len(took) // 2],
        "p99": took[len(took) * 99 // 100],
        "worst": took[-1],
        "refused": len(refused),
    }
    print(json.dumps(report), flush=True)


def post(connection: HTTPConnection, number: int) -> int:
    """Post one event and return the status."""
    event = {
        "ServerId": SERVER,
        "NotificationType": "ItemAdded",
        "ItemId": f"{number:032x}",
        "ItemType": "Episode",
        "RunTimeTicks": 1,
        "Overview": "word " * 200,
    }
    headers = {"Authorization": "Bearer right", "Content-Type": "text/plain; charset=utf-8"}
    connection.request("POST", "/webhook/home", json.dumps(event), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


if __name__ == "__main__":
    if len(sys.argv) > 1:
        send(int(sys.argv[1]))
    else:
        main()
