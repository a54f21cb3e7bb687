"""kill -9 at the worst moments: nothing is lost, nothing is doubled, nothing outlives."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from running import (
    all_tasks,
    children_of,
    daemon,
    environment,
    gone,
    speech_film,
    store_of,
    wait_until,
)

from gates import Gate
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, TaskKind, TaskState
from subtide.playground.media import SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.artifacts import Artifacts

pytestmark = pytest.mark.slow
SRT = "1\n00:00:01,000 --> 00:00:03,000\nWho left the door open?\n\n"


def blocks(store: JobStore, state: TaskState) -> list[int]:
    return [
        int(task.part)
        for task in all_tasks(store)
        if task.kind is TaskKind.TRANSCRIBE and task.state is state
    ]


def ended(store: JobStore) -> bool:
    return bool(store.list()) and all(job.ended_at for job in store.list())


def test_a_killed_daemon_goes_on_at_the_block_it_was_at(
    tmp_path: Path, playground: Callable[..., Playground], log: Path
) -> None:
    film = speech_film(tmp_path / "media/Movies/Long Tide (2024)/Long Tide (2024).mkv", 180.0)
    server, data = playground(tmp_path / "media"), tmp_path / "data"
    environ = environment(server, data, speech__block_seconds=20)
    with store_of(data) as (store, database):
        with daemon(environ, log) as process:
            wait_until(
                lambda: (
                    len(blocks(store, TaskState.DONE)) >= 3
                    and len(blocks(store, TaskState.LEASED)) == 1
                ),
                "three blocks done and one running",
            )
            children = children_of(process)
            process.kill()
            process.wait()
        assert children, "the work runs in child processes"
        wait_until(lambda: gone(children), "a child outlived the daemon", seconds=10)
        done, running = blocks(store, TaskState.DONE), blocks(store, TaskState.LEASED)
        assert len(running) == 1

        with daemon(environ, log):
            # The lease still stands for most of a minute: only its owner can take it at once.
            wait_until(lambda: running[0] in blocks(store, TaskState.DONE), "the block again", 45)
            wait_until(lambda: ended(store), "the end of the job")
        (job,) = store.list()
        assert job.state is JobState.DONE
        attempts = {
            int(t.part): t.attempt for t in store.tasks(job.id) if t.kind is TaskKind.TRANSCRIBE
        }
        assert len(attempts) >= 6
        assert [attempts[number] for number in done] == [1] * len(done)
        assert attempts[running[0]] == 2
        artifacts = Artifacts(database, data / "artifacts")
        assert artifacts.count("transcribe") == len(attempts)
    made = sorted(path.name for path in film.parent.glob("*.srt"))
    assert made == ["Long Tide (2024).subtide.en.srt", "Long Tide (2024).subtide.pt.srt"]


def test_killed_while_the_server_takes_the_upload_leaves_one_file(
    tmp_path: Path, playground: Callable[..., Playground], log: Path
) -> None:
    film = tmp_path / "media/Movies/Door (2024)/Door (2024).mkv"
    make_media(film, subtitles=[SubtitleTrack(SRT, language="eng")], duration=6.0)
    server, data = playground(tmp_path / "media"), tmp_path / "data"
    environ = environment(server, data, publish__patience_seconds=5)
    gate = Gate()
    server.fail("POST", "Subtitles", gate=gate)
    with store_of(data) as (store, _):
        with daemon(environ, log) as process:
            assert gate.reached.wait(60), "the upload is on its way"
            process.kill()
            process.wait()
        gate.set()
        server.wait_for("POST", "Subtitles")
        with daemon(environ, log):
            wait_until(lambda: ended(store), "the end of the job")
    assert [p.name for p in film.parent.glob("*.srt")] == ["Door (2024).subtide.pt.srt"]
    assert len(server.requests("POST", "Subtitles")) == 1


def test_a_stopped_daemon_ends_in_time_and_hands_its_work_back(
    tmp_path: Path, playground: Callable[..., Playground], log: Path
) -> None:
    speech_film(tmp_path / "media/Movies/Long Tide (2024)/Long Tide (2024).mkv", 60.0)
    server, data = playground(tmp_path / "media"), tmp_path / "data"
    environ = environment(server, data, speech__block_seconds=20)
    with store_of(data) as (store, _), daemon(environ, log) as process:
        wait_until(lambda: blocks(store, TaskState.LEASED) != [], "a running block")
        children = children_of(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert gone(children)
        assert not [t for t in all_tasks(store) if t.state is TaskState.LEASED]
