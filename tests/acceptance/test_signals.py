"""Real signals to a real daemon: it ends in time, or reads its settings again and loses nothing."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running import (
    all_tasks,
    children_of,
    command,
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
from subtide.playground.hub import HubStandIn
from subtide.playground.media import SubtitleTrack, make_media
from subtide.playground.server import Playground

pytestmark = pytest.mark.slow
SRT = "1\n00:00:01,000 --> 00:00:03,000\nWho left the door open?\n\n"
STOP_SECONDS = 10.0
TINY = "Systran/faster-whisper-tiny"


class StuckHub(HubStandIn):
    """A hub that begins no answer to a request for weights."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gate = Gate()

    def answer(self, path: str) -> object:  # type: ignore[override]
        if path.endswith("model.bin"):
            self.gate.wait(60)
        return super().answer(path)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[StuckHub]:
    with StuckHub(tmp_path / "hub") as hub:
        files = {"model.bin": b"weights", "config.json": b"{}", "tokenizer.json": b"{}"}
        hub.add(TINY, {**files, "vocabulary.txt": b"a\n"})
        yield hub
        hub.gate.set()


def covered_film(root: Path) -> None:
    texts = [SubtitleTrack(SRT, language="eng"), SubtitleTrack(SRT, language="por")]
    make_media(root / "Movies/Door (2024)/Door (2024).mkv", subtitles=texts, duration=6.0)


def ends_in_time(process: subprocess.Popen[bytes]) -> bool:
    process.send_signal(signal.SIGTERM)
    return process.wait(STOP_SECONDS) == 0


def leased(store: JobStore) -> list[TaskKind]:
    return [task.kind for task in all_tasks(store) if task.state is TaskState.LEASED]


def blocks(store: JobStore) -> dict[str, tuple[int, TaskState]]:
    return {
        task.part: (task.attempt, task.state)
        for task in all_tasks(store)
        if task.kind is TaskKind.TRANSCRIBE
    }


def done(store: JobStore) -> int:
    return [state for _, state in blocks(store).values()].count(TaskState.DONE)


# -- SIGTERM --------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", ["^/Items$", "^/Library", "^/System/Info"])
def test_it_ends_in_time_while_a_server_does_not_answer(
    tmp_path: Path, playground: Callable[..., Playground], log: Path, request_: str
) -> None:
    covered_film(tmp_path / "media")
    server, data = playground(tmp_path / "media"), tmp_path / "data"
    gate = Gate()
    server.fail("GET", request_, gate=gate, times=99)
    with daemon(environment(server, data), log) as process:
        assert gate.reached.wait(60), "the request is on its way"
        assert ends_in_time(process)
    gate.set()


def test_it_ends_in_time_while_a_model_is_pulled(
    tmp_path: Path, playground: Callable[..., Playground], log: Path, hub: StuckHub
) -> None:
    speech_film(tmp_path / "media/Movies/Long Tide (2024)/Long Tide (2024).mkv", 10.0)
    server, data = playground(tmp_path / "media"), tmp_path / "data"
    environ = environment(
        server, data, speech__model="tiny", speech__vote_model="tiny", models__pull="true"
    )
    environ["SUBTIDE_MODELS__HUB"] = hub.address
    with store_of(data) as (store, _), daemon(environ, log) as process:
        assert hub.gate.reached.wait(90), "the weights are asked for"
        assert ends_in_time(process)
        assert leased(store) == []


def test_it_ends_in_time_while_all_is_going_on_at_once(
    tmp_path: Path, playground: Callable[..., Playground], log: Path
) -> None:
    """A child computes, an upload and a look hang, a webhook's connection is open."""
    speech_film(tmp_path / "media/Movies/Long Tide (2024)/Long Tide (2024).mkv", 60.0)
    make_media(
        tmp_path / "media/Movies/Door (2024)/Door (2024).mkv",
        subtitles=[SubtitleTrack(SRT, language="eng")],
        duration=6.0,
    )
    server, data = playground(tmp_path / "media"), tmp_path / "data"
    upload, look = Gate(), Gate()
    server.fail("POST", "Subtitles", gate=upload)
    environ = environment(server, data, speech__block_seconds=20, scan__poll_seconds=10)
    with store_of(data) as (store, _), daemon(environ, log) as process:
        assert upload.reached.wait(90), "the upload is on its way"
        wait_until(lambda: TaskKind.TRANSCRIBE in leased(store), "a running block")
        server.fail("GET", "^/Items$", gate=look, times=99)
        assert look.reached.wait(60), "the poll's look is on its way"
        children = children_of(process)
        assert ends_in_time(process)
        assert gone(children)
        assert leased(store) == []
    upload.set()
    look.set()


# -- SIGHUP ---------------------------------------------------------------------------------


def test_settings_read_again_in_the_middle_of_a_film_repeat_one_block_at_most(
    tmp_path: Path, playground: Callable[..., Playground], log: Path
) -> None:
    film = speech_film(tmp_path / "media/Movies/Long Tide (2024)/Long Tide (2024).mkv", 100.0)
    server, data = playground(tmp_path / "media"), tmp_path / "data"
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps({"limits": {"idle_seconds": 60}}))
    environ = environment(server, data, speech__block_seconds=20, config=config)
    with store_of(data) as (store, _), daemon(environ, log) as process:
        wait_until(lambda: done(store) >= 2, "two blocks done")
        config.write_text("limits:\n  idle_seconds: none\n")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the settings stay as they were" in log.read_text(), "a refusal")
        assert f"{config}:2: limits.idle_seconds" in log.read_text()
        assert {attempt for attempt, _ in blocks(store).values()} <= {0, 1}, "no work is touched"

        before = blocks(store)
        config.write_text(json.dumps({"limits": {"idle_seconds": 30}}))
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the settings were read again" in log.read_text(), "the new settings")
        other = command(environ, "run", "--once")
        assert "another Subtide" in other.stderr, "the folder stays locked"
        wait_until(lambda: bool(store.list()) and all(j.ended_at for j in store.list()), "the end")
        assert process.poll() is None

        (job,) = store.list()
        assert job.state is JobState.DONE
        after = blocks(store)
        finished = [part for part, (_, state) in before.items() if state is TaskState.DONE]
        assert [after[part][0] for part in finished] == [1] * len(finished)
        assert sum(attempt - 1 for attempt, _ in after.values()) <= 1
        assert ends_in_time(process)
    made = sorted(path.name for path in film.parent.glob("*.srt"))
    assert made == ["Long Tide (2024).subtide.en.srt", "Long Tide (2024).subtide.pt.srt"]
