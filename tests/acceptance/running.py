"""A real daemon in a process of its own, and what a test needs to know about it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from subtide.jobs.store import JobStore
from subtide.jobs.task import Task
from subtide.playground.film import STORY, speak
from subtide.playground.media import RATE, AudioTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.database import Database, open_database

LONG_SECONDS = 180.0
"""A wide deadline: it only ends a hang."""


def environment(playground: Playground, data: Path, **settings: object) -> dict[str, str]:
    """Return the environment for a daemon at this server, with models from packages alone."""
    ours = {
        "DATA": str(data),
        "START": "auto",
        "SERVERS__HOME__URL": playground.url,
        "SERVERS__HOME__KEY": playground.key,
        "POLICY__LANGUAGES": "en,pt",
        "SPEECH__MODEL": "base",
        "SPEECH__MODELS": json.dumps({"en": "tiny.en"}),
        "SPEECH__VOTE_MODEL": "base",
        "MODELS__PULL": "false",
        "WEB__PORT": "0",
        "LOG__FORM": "lines",
        **{name.upper(): str(value) for name, value in settings.items()},
    }
    plain = {k: v for k, v in os.environ.items() if not k.startswith("SUBTIDE_")}
    return {**plain, **{f"SUBTIDE_{name}": value for name, value in ours.items()}}


@contextmanager
def daemon(environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the daemon; it is killed at the end if it still runs."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "subtide", "run"], env=environ, stdout=file, stderr=file
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def command(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "subtide", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
        check=False,
    )


def speech_film(path: Path, seconds: float) -> Path:
    """Make a film in which the sample story is told until ``seconds`` have passed."""
    rounds = 1
    samples, _ = speak([s for s, _ in STORY], [p for _, p in STORY], 1.0)
    while rounds * len(samples) / RATE < seconds:
        rounds += 1
    sound = np.tile(samples, rounds)
    track = AudioTrack(language="eng", default=True, samples=sound)
    return make_media(path, [track], duration=len(sound) / RATE)


@contextmanager
def store_of(data: Path) -> Iterator[tuple[JobStore, Database]]:
    """Look into a daemon's database."""
    database = open_database("", data)
    try:
        yield JobStore(database), database
    finally:
        database.close()


def all_tasks(store: JobStore) -> list[Task]:
    return [task for job in store.list() for task in store.tasks(job.id)]


def wait_until(true: Callable[[], bool], what: str, seconds: float = LONG_SECONDS) -> None:
    """Poll for something that another process does. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.1)


def children_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)
