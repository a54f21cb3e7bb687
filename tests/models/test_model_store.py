"""What is installed: found, verified, removed, listed; and seen when it is damaged."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from subtide.errors import ModelDamaged, ModelMissing
from subtide.models.catalog import CATALOG
from subtide.models.store import Model, ModelStore

MEND = "subtide models remove tiny && subtide models pull tiny"


@pytest.fixture
def tiny(store: ModelStore) -> Model:
    return store.pull("tiny")


def test_nothing_is_found_in_an_empty_store(store: ModelStore) -> None:
    assert store.find("tiny") is None


def test_a_truncated_file_is_found_to_be_damaged(store: ModelStore, tiny: Model) -> None:
    os.truncate(tiny.files["model.bin"], 1000)

    with pytest.raises(ModelDamaged, match=r"tiny is damaged: model\.bin") as caught:
        store.find("tiny")

    assert caught.value.fix == MEND


def test_a_lost_file_is_found_to_be_damage(store: ModelStore, tiny: Model) -> None:
    tiny.files["config.json"].unlink()

    with pytest.raises(ModelDamaged, match=r"config\.json"):
        store.find("tiny")


def test_a_file_of_another_time_is_hashed_again_and_stays_good(
    store: ModelStore, tiny: Model
) -> None:
    os.utime(tiny.files["model.bin"], (1, 1))

    assert store.find("tiny") == tiny


def test_a_byte_changed_behind_an_equal_time_and_size_is_seen_by_verify(
    store: ModelStore, tiny: Model
) -> None:
    path = tiny.files["model.bin"]
    was = path.stat()
    path.write_bytes(b"\0" * was.st_size)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    assert store.find("tiny") == tiny
    with pytest.raises(ModelDamaged) as caught:
        store.verify(tiny)

    assert caught.value.fix == MEND


@pytest.mark.parametrize("text", ["", "[]", '{"name": "tiny"}'])
def test_a_broken_record_is_damage_and_can_be_removed(
    store: ModelStore, tiny: Model, text: str
) -> None:
    (tiny.folder / "model.json").write_text(text)

    with pytest.raises(ModelDamaged):
        store.find("tiny")

    store.remove("tiny")
    assert store.find("tiny") is None


def test_removing_what_is_not_there_says_so(store: ModelStore) -> None:
    with pytest.raises(ModelMissing, match="tiny is not in"):
        store.remove("tiny")


def test_the_fingerprint_follows_names_and_contents(store: ModelStore, tiny: Model) -> None:
    hashes = dict(tiny.hashes)
    moved = {f"x{name}": digest for name, digest in hashes.items()}

    def fingerprint(hashes: dict[str, str]) -> str:
        return Model(
            "tiny", tiny.kind, tiny.revision, tiny.folder, tiny.files, hashes, "hub", 1
        ).fingerprint

    assert fingerprint(hashes) == tiny.fingerprint
    assert fingerprint(moved) != tiny.fingerprint
    assert fingerprint(hashes | {"model.bin": "0" * 64}) != tiny.fingerprint


def test_a_model_crosses_to_a_child(tiny: Model) -> None:
    assert pickle.loads(pickle.dumps(tiny)) == tiny  # noqa: S301 - our own bytes


def test_an_own_folder_is_used_where_it_lies(store: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"m")
    (folder / "notes.txt").write_bytes(b"n")

    model = store.need(str(folder))

    assert model.files == {"model.bin": folder / "model.bin"}
    assert (model.origin, model.revision) == ("folder", "local")
    store.verify(model)
    (folder / "model.bin").write_bytes(b"other")
    with pytest.raises(ModelDamaged, match="put the right files"):
        store.verify(model)
    assert store.need(str(folder)).fingerprint != model.fingerprint


def test_an_own_folder_is_neither_pulled_nor_removed(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"m")

    with pytest.raises(ModelMissing, match="folder of your own"):
        store.pull(str(tmp_path))
    with pytest.raises(ModelMissing, match="delete it yourself"):
        store.remove(str(tmp_path))


def test_the_list_shows_what_is_here_first_and_then_the_catalogue(
    store: ModelStore, tiny: Model
) -> None:
    rows = store.list()

    assert (rows[0].name, rows[0].state, rows[0].size) == ("tiny", "installed", tiny.size)
    assert {row.name for row in rows} >= CATALOG.keys()
    assert [row.state for row in rows[1:]] == ["not installed"] * (len(rows) - 1)


def test_the_list_shows_damage_instead_of_failing(store: ModelStore, tiny: Model) -> None:
    os.truncate(tiny.files["model.bin"], 0)

    row = store.list()[0]

    assert (row.name, row.state) == ("tiny", "damaged")
    assert MEND in row.note


def test_a_newer_store_object_sees_the_same(
    make_store: Callable[..., ModelStore], tiny: Model
) -> None:
    assert make_store(may_pull=False).need("tiny") == tiny


def test_the_store_loads_no_engine() -> None:
    heavy = {"huggingface_hub", "fxtranslate", "ctranslate2", "faster_whisper", "numpy"}
    code = f"import sys, subtide.models.store; print(*({heavy!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own line

    assert done.stdout.split() == []
