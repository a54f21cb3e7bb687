from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from subtide.errors import DiskFull
from subtide.storage.artifacts import Artifacts, artifact_key
from subtide.storage.database import Database

KEY = artifact_key("compose", 1, ["a"], {})


@pytest.fixture
def artifacts(database: Database, tmp_path: Path) -> Artifacts:
    return Artifacts(database, tmp_path / "artifacts")


class OnFullDisk(Artifacts):
    """Artifacts whose scratch is on a disk that takes no byte."""

    @contextmanager
    def scratch(self, room_bytes: int = 0) -> Iterator[Path]:
        with super().scratch(room_bytes) as folder:
            (folder / "data").symlink_to("/dev/full")
            yield folder


def test_equal_makings_have_an_equal_key() -> None:
    one = artifact_key("hear", 1, ["a", "b"], {"model": "small", "beam": 5})
    other = artifact_key("hear", 1, ("a", "b"), {"beam": 5, "model": "small"})
    assert one == other


def test_a_key_is_the_same_on_every_machine_and_in_every_version() -> None:
    key = artifact_key("hear", 1, ["a"], {"title": "Über"})
    assert key == "a44e6a339d85839c3c0ee89565f75721b06b9df609fd05796a93178e8c1feb64"


@pytest.mark.parametrize(
    "other",
    [
        ("translate", 1, ["a", "b"], {"model": "small"}),
        ("hear", 2, ["a", "b"], {"model": "small"}),
        ("hear", 1, ["b", "a"], {"model": "small"}),
        ("hear", 1, ["ab"], {"model": "small"}),
        ("hear", 1, ["a", "b"], {"model": "base"}),
        ("hear", 1, ["a", "b"], {}),
    ],
)
def test_whatever_differs_in_the_making_makes_another_key(
    other: tuple[str, int, list[str], dict[str, object]],
) -> None:
    assert artifact_key("hear", 1, ["a", "b"], {"model": "small"}) != artifact_key(*other)


def test_what_was_written_is_there_and_reads_back(artifacts: Artifacts) -> None:
    assert not artifacts.has(KEY)
    artifacts.write(KEY, "compose", "application/json", b"{}")
    assert artifacts.has(KEY)
    assert artifacts.read(KEY) == b"{}"
    assert artifacts.path(KEY).read_bytes() == b"{}"


def test_a_finished_file_is_moved_to_its_key(artifacts: Artifacts) -> None:
    with artifacts.scratch() as folder:
        file = folder / "block.flac"
        file.write_bytes(b"sound")
        artifacts.adopt(KEY, "block", "audio/flac", file)
        assert not file.exists()
    assert artifacts.has(KEY)
    assert artifacts.read(KEY) == b"sound"


def test_writing_again_replaces(artifacts: Artifacts) -> None:
    artifacts.write(KEY, "compose", "text/plain", b"one")
    artifacts.write(KEY, "compose", "text/plain", b"three")
    assert artifacts.has(KEY)
    assert artifacts.read(KEY) == b"three"
    assert artifacts.count("compose") == 1


def test_two_that_keep_the_same_at_once_both_succeed(artifacts: Artifacts) -> None:
    def write(_number: int) -> None:
        artifacts.write(KEY, "compose", "text/plain", b"same")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    assert artifacts.has(KEY)
    assert artifacts.count("compose") == 1


@pytest.mark.parametrize("left", [b"", b"on", b"one and more"])
def test_a_file_that_is_not_whole_does_not_count(artifacts: Artifacts, left: bytes) -> None:
    artifacts.write(KEY, "compose", "text/plain", b"one")
    artifacts.path(KEY).write_bytes(left)
    assert not artifacts.has(KEY)


def test_a_row_whose_file_is_gone_does_not_count(artifacts: Artifacts) -> None:
    artifacts.write(KEY, "compose", "text/plain", b"one")
    artifacts.path(KEY).unlink()
    assert not artifacts.has(KEY)


def test_a_file_without_a_row_does_not_count(artifacts: Artifacts) -> None:
    artifacts.path(KEY).parent.mkdir(parents=True)
    artifacts.path(KEY).write_bytes(b"from a process that was killed before it wrote the row")
    assert not artifacts.has(KEY)


def test_artifacts_are_counted_by_stage(artifacts: Artifacts) -> None:
    for number in range(3):
        artifacts.write(artifact_key("block", 1, [], {"n": number}), "block", "audio/flac", b"x")
    artifacts.write(KEY, "compose", "text/plain", b"x")
    assert artifacts.count("block") == 3
    assert artifacts.count("prepare") == 0


def test_scratch_goes_with_its_task_even_when_that_fails(artifacts: Artifacts) -> None:
    used = []

    def fail_halfway() -> None:
        with artifacts.scratch() as folder:
            (folder / "half").write_bytes(b"done")
            used.append(folder)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert not used[0].exists()


def test_two_tasks_have_a_scratch_each(artifacts: Artifacts) -> None:
    with artifacts.scratch() as one, artifacts.scratch() as other:
        assert one != other


def test_what_a_killed_process_left_in_scratch_can_be_cleared(
    artifacts: Artifacts, tmp_path: Path
) -> None:
    left = tmp_path / "artifacts" / "scratch" / "tmp123"
    left.mkdir(parents=True)
    artifacts.write(KEY, "compose", "text/plain", b"one")
    artifacts.clear_scratch()
    assert not left.exists()
    assert artifacts.has(KEY)
    with artifacts.scratch() as folder:
        assert folder.is_dir()


def test_the_reserve_of_the_disk_is_never_used(database: Database, tmp_path: Path) -> None:
    artifacts = Artifacts(database, tmp_path / "artifacts", reserve_bytes=1 << 60)
    with pytest.raises(DiskFull) as caught, artifacts.scratch():
        raise AssertionError
    assert str(tmp_path) in caught.value.what
    assert "disk_reserve_mb" in caught.value.fix
    with pytest.raises(DiskFull):
        artifacts.write(KEY, "compose", "text/plain", b"x")
    assert not artifacts.has(KEY)


def test_a_task_that_needs_more_room_than_there_is_does_not_begin(artifacts: Artifacts) -> None:
    with pytest.raises(DiskFull), artifacts.scratch(1 << 60):
        raise AssertionError


def test_a_disk_that_runs_full_is_told_and_nothing_counts(
    database: Database, tmp_path: Path
) -> None:
    artifacts = OnFullDisk(database, tmp_path / "artifacts")
    with pytest.raises(DiskFull):
        artifacts.write(KEY, "compose", "text/plain", b"x")
    assert not artifacts.has(KEY)
    assert list((tmp_path / "artifacts" / "scratch").iterdir()) == []


def test_other_troubles_of_the_disk_are_not_called_full(database: Database, tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_bytes(b"a file where the folder should be")
    with pytest.raises(NotADirectoryError):
        Artifacts(database, tmp_path / "artifacts").write(KEY, "compose", "text/plain", b"x")
