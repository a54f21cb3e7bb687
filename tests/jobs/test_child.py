import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from subtide.errors import ChildDied, ServerFailed, Stopped
from subtide.jobs.child import Child

PARENT = """
import sys
from subtide.jobs.child import Child
child = Child(threads=1, calls=sys.argv[1])
child.call("hang", {}, on_progress=lambda _: print(child.pid, flush=True), on_tick=lambda: None)
"""
DEADLINE = 30.0
"""Seconds after which a wait is a hang."""


def nothing(*_values: object) -> None:
    pass


def stop(*_values: object) -> None:
    raise Stopped("nobody wants it any more")


@pytest.fixture
def child(calls_for_tests: str) -> Iterator[Child]:
    child = Child(threads=3, calls=calls_for_tests)
    yield child
    child.close()


def call(child: Child, name: str, /, **request: object) -> dict[str, Any]:
    return child.call(name, request, on_progress=nothing, on_tick=nothing)


def ended(pidfd: int, seconds: float) -> bool:
    """Wait for the end of a process that is no child of ours."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def process(child: Child) -> psutil.Process:
    assert child.pid
    return psutil.Process(child.pid)


def test_a_call_is_answered_by_another_process(child: Child) -> None:
    answer = call(child, "answer", title="Über", sizes=[1, 2.5, None])
    assert answer["request"] == {"title": "Über", "sizes": [1, 2.5, None]}
    assert answer["pid"] == child.pid != os.getpid()


def test_the_process_starts_when_it_is_needed_and_stays_warm(child: Child) -> None:
    assert child.pid is None
    first = call(child, "answer")
    second = call(child, "answer")
    assert (second["pid"], second["calls"]) == (first["pid"], 2)


def test_a_closed_process_is_gone_and_the_next_call_starts_another(child: Child) -> None:
    first = call(child, "answer")
    gone = process(child)
    child.close()
    assert not gone.is_running()
    assert child.pid is None
    child.close()
    assert call(child, "answer")["pid"] != first["pid"]


def test_a_process_that_died_between_calls_is_replaced(child: Child) -> None:
    call(child, "answer")
    idle = process(child)
    idle.kill()
    idle.wait(DEADLINE)
    assert call(child, "answer")["calls"] == 1


def test_an_error_crosses_with_its_data_and_the_process_stays_warm(child: Child) -> None:
    first = call(child, "answer")
    with pytest.raises(ServerFailed) as caught:
        call(child, "refuse")
    error = caught.value
    assert (error.what, error.fix, error.after) == ("it went wrong", "mend it", 7.5)
    assert call(child, "answer")["pid"] == first["pid"]


def test_progress_arrives_in_order(child: Child) -> None:
    told: list[float] = []
    child.call("report_steps", {"steps": 4}, on_progress=told.append, on_tick=nothing)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_the_process_reads_what_only_the_daemon_reaches(child: Child) -> None:
    data = bytes(range(256)) * 40

    def read(offset: int, size: int) -> bytes:
        return data[offset : offset + size]

    answer = child.call(
        "read_all", {"piece": 1000}, on_progress=nothing, on_tick=nothing, read=read
    )
    assert answer["data"] == data


def test_reading_without_a_file_is_refused_and_ends_the_process(child: Child) -> None:
    with pytest.raises(TypeError, match="without a file"):
        call(child, "read_all", piece=10)
    assert child.pid is None


@pytest.mark.parametrize(
    ("number", "hint"), [(signal.SIGKILL, "memory"), (signal.SIGSEGV, "log above")]
)
def test_a_process_that_is_ended_by_a_signal_says_which(
    child: Child, number: signal.Signals, hint: str
) -> None:
    with pytest.raises(ChildDied) as caught:
        call(child, "crash", signal=int(number))
    assert caught.value.what == f"the process for crash ended with signal {number.name}"
    assert hint in caught.value.fix
    assert child.pid is None
    assert call(child, "answer")["calls"] == 1


def test_a_process_that_leaves_says_its_status(child: Child) -> None:
    with pytest.raises(ChildDied, match="status 3"):
        call(child, "leave", status=3)


def test_what_a_call_should_not_raise_ends_the_process_and_is_printed(
    child: Child, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ChildDied, match="status 1"):
        call(child, "end_of_file")
    assert "EOFError: the file ends early" in capfd.readouterr().err


def test_an_unknown_call_ends_the_process(child: Child, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ChildDied):
        call(child, "no_such_call")
    assert "no_such_call" in capfd.readouterr().err


@pytest.mark.parametrize("raises_in", ["on_tick", "on_progress"])
def test_a_task_that_is_not_wanted_any_more_ends_the_process(child: Child, raises_in: str) -> None:
    call(child, "answer")
    running = process(child)
    says: dict[str, Callable[..., None]] = {"on_tick": nothing, "on_progress": nothing}
    with pytest.raises(Stopped):
        child.call("hang", {}, **(says | {raises_in: stop}))  # type: ignore[arg-type]
    assert not running.is_running()
    assert child.pid is None


def test_a_running_process_is_ended_within_a_tick_or_two(child: Child) -> None:
    began: list[float] = []

    def stop_when_it_has_begun() -> None:
        if began:
            stop()

    with pytest.raises(Stopped):
        child.call("hang", {}, on_progress=began.append, on_tick=stop_when_it_has_begun)
    assert began == [0.5]
    assert child.pid is None


@pytest.mark.parametrize("error", [EOFError("ours"), ConnectionResetError("ours")])
def test_what_a_reader_raises_is_not_taken_for_the_death_of_the_process(
    child: Child, error: Exception
) -> None:
    def read(_offset: int, _size: int) -> bytes:
        raise error

    with pytest.raises(type(error), match="ours"):
        child.call("read_all", {"piece": 1}, on_progress=nothing, on_tick=nothing, read=read)
    assert child.pid is None


def test_our_secrets_stay_with_the_daemon(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBTIDE_SERVERS__HOME__KEY", "s3cret")
    monkeypatch.setenv("subtide_database", "postgresql://u:s3cret@host/name")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = call(child, "surroundings")["environment"]
    assert [name for name in environment if name.upper().startswith("SUBTIDE_")] == []
    assert "s3cret" not in str(environment)
    assert environment["LANG"] == "C.UTF-8"
    assert environment["OMP_NUM_THREADS"] == "3"
    assert environment["HF_HUB_OFFLINE"] == "1"


def test_the_process_is_nicer_than_the_daemon_and_dies_before_it(child: Child) -> None:
    surroundings = call(child, "surroundings")
    assert surroundings["nice"] == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert surroundings["oom_score"] == 500
    assert surroundings["reads_last"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_is_the_daemons_to_follow(
    child: Child, number: signal.Signals
) -> None:
    first = call(child, "answer")
    process(child).send_signal(number)
    assert call(child, "answer")["pid"] == first["pid"]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_process_does_not_outlive_a_daemon_that_was_killed(
    calls_for_tests: str, *, stopped: bool
) -> None:
    command = [sys.executable, "-c", PARENT, calls_for_tests]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603 - ourselves
        assert parent.stdout
        pid = int(parent.stdout.readline())
        child = os.pidfd_open(pid)
        if stopped:
            os.kill(pid, signal.SIGSTOP)
            while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
                pass
        assert not ended(child, 0.0)
        parent.kill()
    assert ended(child, DEADLINE)
    os.close(child)


# -- while others need the machine --------------------------------------------------------


class Others:
    """Need the machine for so many ticks from the moment that they come."""

    def __init__(self, calls: str) -> None:
        self.child = Child(threads=1, calls=calls, paused=lambda: self.ticks_left > 0)
        self.ticks_left = 0
        self.seen: list[str] = []

    def tick(self) -> None:
        """Note what the process does after each tick of theirs."""
        if self.ticks_left:
            self.seen.append(process(self.child).status())
            self.ticks_left -= 1


@pytest.fixture
def others(calls_for_tests: str) -> Iterator[Others]:
    others = Others(calls_for_tests)
    yield others
    others.child.close()


def test_a_process_stands_still_while_others_need_the_machine_and_then_goes_on(
    others: Others,
) -> None:
    others.ticks_left = 4
    answer = others.child.call("answer", {"a": 1}, on_progress=nothing, on_tick=others.tick)
    assert others.seen[2:] == [psutil.STATUS_STOPPED] * 2
    assert (answer["pid"], answer["calls"]) == (others.child.pid, 1)
    assert process(others.child).status() != psutil.STATUS_STOPPED


def test_a_process_that_stands_still_is_not_sent_what_it_cannot_take(others: Others) -> None:
    data = bytes(4 << 20)

    def come_once_it_waits_for_bytes(_share: float) -> None:
        while process(others.child).status() != psutil.STATUS_SLEEPING:
            pass
        others.ticks_left = 2

    answer = others.child.call(
        "read_all",
        {"piece": len(data)},
        on_progress=come_once_it_waits_for_bytes,
        on_tick=others.tick,
        read=lambda offset, size: data[offset : offset + size],
    )
    assert len(answer["data"]) == len(data)
    assert len(others.seen) == 2


def test_a_task_that_is_not_wanted_any_more_ends_a_process_that_stands_still(
    others: Others,
) -> None:
    others.ticks_left = 1000

    def stop_once_it_stands() -> None:
        others.tick()
        if others.seen[-1] == psutil.STATUS_STOPPED:
            stop()

    with pytest.raises(Stopped):
        others.child.call("hang", {}, on_progress=nothing, on_tick=stop_once_it_stands)
    assert others.child.pid is None
