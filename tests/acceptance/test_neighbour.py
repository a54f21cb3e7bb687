"""A good neighbour: while somebody watches, the daemon's children leave the machine to them."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from running import (
    LONG_SECONDS,
    all_tasks,
    children_of,
    daemon,
    environment,
    speech_film,
    store_of,
    wait_until,
)

from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, TaskKind, TaskState
from subtide.playground.flavour import V10_10, V12, Flavour
from subtide.playground.media import SubtitleTrack, make_media
from subtide.playground.server import Playground

pytestmark = pytest.mark.slow
FILM = "Movies/Long Tide (2024)/Long Tide (2024).mkv"
OTHER = "Movies/Other (2020)/Other (2020).mkv"
SRT = "1\n00:00:01,000 --> 00:00:03,000\nWho left the door open?\n\n"
PAUSED_SECONDS = 10.0
"""Within which the children have to stand still."""
WATCHED_SECONDS = 5.0
"""For how long their processor time is measured then."""
SHARE = 0.05
"""Of one core."""


def transcribes(store: JobStore) -> bool:
    """Whether a block is being turned into words."""
    return any(
        task.kind is TaskKind.TRANSCRIBE and task.state is TaskState.LEASED
        for task in all_tasks(store)
    )


def used(processes: list[psutil.Process]) -> float:
    """The processor time of these processes so far, in seconds."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def core_share(processes: list[psutil.Process], seconds: float) -> float:
    """The share of one core that they use together over so many seconds."""
    began, before = time.monotonic(), used(processes)
    time.sleep(seconds)  # what is measured is time itself
    return (used(processes) - before) / (time.monotonic() - began)


@pytest.mark.parametrize("flavour", [V12, V10_10], ids=["told by the socket", "asked"])
def test_children_stand_still_while_somebody_watches_and_repeat_nothing(
    tmp_path: Path, playground: Callable[..., Playground], log: Path, flavour: Flavour
) -> None:
    speech_film(tmp_path / "media" / FILM, 180.0)
    make_media(tmp_path / "media" / OTHER, subtitles=[SubtitleTrack(SRT, "eng")], duration=6.0)
    server, data = playground(tmp_path / "media", flavour), tmp_path / "data"
    environ = environment(
        server, data, policy__languages="en", limits__pause_while_playing="always"
    )
    other = next(i.id for i in server.catalogue.items.values() if "Other" in i.name)
    with store_of(data) as (store, _), daemon(environ, log) as process:
        wait_until(lambda: transcribes(store), "a running block")
        children = children_of(process)
        assert core_share(children, 1.0) > SHARE, "they work"
        session = server.play(other)
        wait_until(
            lambda: any(child.status() == psutil.STATUS_STOPPED for child in children),
            "the child that computes stands still",
            PAUSED_SECONDS,
        )
        assert core_share(children_of(process), WATCHED_SECONDS) < SHARE
        server.stop_playing(session)
        wait_until(
            lambda: all(job.state is JobState.DONE for job in store.list()),
            "the end of the job",
            LONG_SECONDS,
        )
        assert len(store.list()) == 1
        assert [task.attempt for task in all_tasks(store) if task.attempt > 1] == []
    assert (tmp_path / "media" / FILM).with_suffix(".subtide.en.srt").exists()
