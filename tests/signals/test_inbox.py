"""The inbox: nothing that was put is lost, whoever dies."""

import errno
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from subtide.errors import DiskFull
from subtide.signals import inbox as inbox_module
from subtide.signals.inbox import BATCH, Inbox

PUTS = """
import os, sys
from pathlib import Path
from typing import Self
from subtide.signals.inbox import Inbox
inbox = Inbox(Path(sys.argv[1]))
for number in range(20):
    inbox.put(f"n{number}")
os.kill(os.getpid(), 9)
"""


def drained(inbox: Inbox) -> list[str]:
    got: list[str] = []
    inbox.drain(got.extend)
    return got


def test_notices_come_out_once_and_in_order(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    inbox.put("one")
    inbox.put("zwölf")
    assert drained(inbox) == ["one", "zwölf"]
    assert drained(inbox) == []
    inbox.put("three")
    assert drained(inbox) == ["three"]


def test_they_are_handed_on_in_batches(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for number in range(BATCH + 1):
        inbox.put(str(number))
    sizes: list[int] = []
    inbox.drain(lambda batch: sizes.append(len(batch)))
    assert sizes == [BATCH, 1]


def test_what_a_killed_process_put_is_there(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", PUTS, str(tmp_path)], check=False)  # noqa: S603 - ourselves
    assert killed.returncode == -9
    assert drained(Inbox(tmp_path)) == [f"n{number}" for number in range(20)]


def test_what_nobody_took_is_handed_on_again_before_what_came_later(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.put("one")

    def refuse(_: Sequence[str]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        inbox.drain(refuse)
    inbox.put("two")
    assert inbox.wait(0)
    assert drained(inbox) == ["one", "two"]
    assert not inbox.wait(0)


def test_a_torn_last_line_does_not_spoil_the_next_notice(tmp_path: Path) -> None:
    Inbox(tmp_path).put("whole")
    with (tmp_path / "notices").open("ab") as file:
        file.write(b"tor\xc3")
    inbox = Inbox(tmp_path)
    inbox.put("next")
    assert drained(inbox) == ["whole", "tor\ufffd", "next"]


def test_threads_that_put_while_it_is_drained_lose_nothing(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    got: list[str] = []

    def put(thread: int) -> None:
        for number in range(100):
            inbox.put(f"{thread}-{number}")

    with ThreadPoolExecutor(4) as threads:
        puts = [threads.submit(put, number) for number in range(4)]
        while not all(one.done() for one in puts):
            inbox.drain(got.extend)
        for one in puts:
            one.result()
    inbox.drain(got.extend)
    assert sorted(got) == sorted(f"{t}-{n}" for t in range(4) for n in range(100))


def test_a_full_disk_is_told_and_leaves_no_half_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(tmp_path)
    inbox.put("before")
    opened = Path.open

    def full(path: Path, *arguments: object, **options: object) -> object:
        file = opened(path, *arguments, **options)  # type: ignore[call-overload]

        class Full:
            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def seek(self, *place: int) -> int:
                return int(file.seek(*place))

            def truncate(self, size: int) -> None:
                file.truncate(size)

            def write(self, line: bytes) -> int:
                file.write(line[:3])
                raise OSError(errno.ENOSPC, "No space left on device")

        return Full()

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(DiskFull, match="No space left"):
            inbox.put("lost")
    inbox.put("after")
    assert drained(inbox) == ["before", "after"]


def test_it_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "LARGEST", 20)
    inbox = Inbox(tmp_path)
    inbox.put("0123456789")
    with pytest.raises(DiskFull, match="20 bytes of them wait"):
        inbox.put("0123456789")
    assert drained(inbox) == ["0123456789"]
    inbox.put("0123456789")
