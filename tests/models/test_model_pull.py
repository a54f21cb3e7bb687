"""Pulling from a hub: whole, resumed, refused."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from subtide.errors import (
    BrokenAnswer,
    DiskFull,
    ModelDamaged,
    ModelMissing,
    NoTranslation,
    ServerUnreachable,
    Stopped,
)
from subtide.models.fetch import Fetcher, RemoteFile
from subtide.models.store import ModelStore
from subtide.playground.hub import HubStandIn

TINY = "Systran/faster-whisper-tiny"
Make = Callable[..., ModelStore]


def test_a_pulled_model_has_the_files_of_the_engine_and_the_commit_of_the_hub(
    store: ModelStore, hub: HubStandIn
) -> None:
    model = store.pull("tiny")

    assert sorted(model.files) == ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"]
    assert model.files["model.bin"].read_bytes() == (hub.folder / TINY / "model.bin").read_bytes()
    assert model.revision == hub.commits[TINY]
    assert model.origin == "hub"
    assert model.size == sum(path.stat().st_size for path in model.files.values())
    assert store.find("tiny") == model


def test_nothing_but_the_model_its_record_and_the_pins_is_left(
    store: ModelStore, tmp_path: Path
) -> None:
    store.pull("tiny")

    left = {str(path.relative_to(tmp_path / "models")) for path in tmp_path.glob("models/*/*")}
    names = ("config.json", "model.bin", "model.json", "tokenizer.json", "vocabulary.txt")
    assert left == {f"tiny/{name}" for name in names} | {".locks/tiny"}


def test_progress_rises_to_the_whole_and_the_size_is_told_first(
    store: ModelStore, said: list[str]
) -> None:
    seen: list[tuple[int, int]] = []

    store.pull("tiny", lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert {total for _, total in seen} == {seen[-1][0]}
    assert len(said) == 1
    assert "300 kB" in said[0]
    assert "licence mit" in said[0]


def test_a_dropped_connection_is_taken_up_where_it_broke(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.drop_after, hub.drops = 131_072, 3

    model = store.pull("tiny")

    assert hub.drops == 0
    assert len([path for path, _ in hub.requests if path.endswith("model.bin")]) > 1
    assert hub.served["model.bin"] == model.files["model.bin"].stat().st_size


def test_a_source_without_ranges_is_read_from_the_start_again(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.drop_after, hub.drops, hub.ranges = 131_072, 2, False

    model = store.pull("tiny")

    assert hub.served["model.bin"] == model.files["model.bin"].stat().st_size + 131_072
    store.verify(model)


def test_a_disk_that_fills_up_on_the_way_says_so(hub: HubStandIn, tmp_path: Path) -> None:
    remote = RemoteFile("model.bin", f"{hub.address}/{TINY}/resolve/main/model.bin", 300_000, "")
    path = tmp_path / "model.bin"
    path.symlink_to("/dev/full")

    with pytest.raises(DiskFull, match="no room is left"):
        Fetcher(hub.address, None).file(remote, path, lambda _: None)


def test_the_next_pull_goes_on_where_a_failed_one_stopped(
    make_store: Make, hub: HubStandIn
) -> None:
    stop_at = 131_072

    def stopping(done: int, _total: int) -> None:
        if done >= stop_at:
            raise Stopped("cancelled")

    with pytest.raises(Stopped):
        make_store().pull("tiny", stopping)
    assert make_store().find("tiny") is None
    hub.served.clear()
    model = make_store().pull("tiny")

    whole = model.files["model.bin"].stat().st_size
    assert hub.served["model.bin"] <= whole - stop_at + 65_536
    make_store().verify(model)


def test_a_connection_that_brings_nothing_ends_the_pull_for_later(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.drop_after, hub.drops = 0, 1

    with pytest.raises(ServerUnreachable, match="goes on where it stopped"):
        store.pull("tiny")

    hub.drops = 0
    assert store.pull("tiny").size


def test_a_wrong_byte_is_refused_and_nothing_is_installed(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.corrupt = {"model.bin"}

    with pytest.raises(ModelDamaged, match=r"model\.bin .* is not what its source states"):
        store.pull("tiny")

    assert store.find("tiny") is None
    hub.corrupt = set()
    store.verify(store.pull("tiny"))


def test_a_wrong_byte_in_a_small_file_is_refused_by_its_git_hash(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.corrupt = {"config.json"}

    with pytest.raises(ModelDamaged, match=r"config\.json .*git:"):
        store.pull("tiny")


def test_a_removed_model_comes_back_the_same(store: ModelStore) -> None:
    first = store.pull("tiny")

    assert store.remove("tiny") > first.size
    assert store.find("tiny") is None
    assert store.pull("tiny").fingerprint == first.fingerprint


def test_a_second_pull_fetches_nothing(store: ModelStore, hub: HubStandIn) -> None:
    store.pull("tiny")
    hub.requests.clear()

    store.pull("tiny")

    assert hub.requests == []


def test_a_pinned_commit_with_other_contents_is_refused(
    store: ModelStore, hub: HubStandIn, tmp_path: Path
) -> None:
    store.pull("tiny")
    store.remove("tiny")
    hub.add(TINY, {"config.json": b'{"alignment_heads": [[0, 0]]}'})

    with pytest.raises(ModelDamaged, match=r"other contents for tiny .*config\.json") as caught:
        store.pull("tiny")

    assert str(tmp_path / "models" / "pins.json") in caught.value.fix
    assert store.find("tiny") is None


def test_a_pinned_commit_that_is_gone_is_refused_until_the_pin_is_removed(
    store: ModelStore, hub: HubStandIn, tmp_path: Path
) -> None:
    store.pull("tiny")
    store.remove("tiny")
    hub.commits[TINY] = "f" * 40

    with pytest.raises(ModelMissing, match=r"remove tiny from .*pins\.json"):
        store.pull("tiny")

    (tmp_path / "models" / "pins.json").unlink()
    assert store.pull("tiny").revision == "f" * 40


def test_the_pin_holds_what_the_hub_stated(store: ModelStore, tmp_path: Path) -> None:
    model = store.pull("tiny")

    pin = json.loads((tmp_path / "models" / "pins.json").read_text())["tiny"]
    assert pin["revision"] == model.revision
    assert pin["files"]["model.bin"] == f"sha256:{model.hashes['model.bin']}"
    assert pin["files"]["config.json"].startswith("git:")


def test_a_full_disk_is_told_before_anything_is_fetched(make_store: Make, hub: HubStandIn) -> None:
    store = make_store(reserve=1_000_000, free=lambda _: 1_200_000)

    with pytest.raises(DiskFull, match=r"300 kB are needed"):
        store.pull("tiny")

    assert hub.served["model.bin"] == 0


def test_need_without_leave_to_pull_names_the_command(make_store: Make, hub: HubStandIn) -> None:
    with pytest.raises(ModelMissing) as caught:
        make_store(may_pull=False).need("tiny")

    assert caught.value.fix == "subtide models pull tiny"
    assert hub.requests == []


def test_need_pulls_once_and_then_finds(store: ModelStore, hub: HubStandIn) -> None:
    first = store.need("tiny")
    hub.requests.clear()

    assert store.need("tiny") == first
    assert hub.requests == []


def test_without_a_token_a_gated_model_names_the_setting(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.token = "hf_right"

    with pytest.raises(ModelMissing, match=r"models\.token") as caught:
        store.pull("tiny")

    assert "licence" in caught.value.fix


def test_a_wrong_token_is_refused_and_never_shown(make_store: Make, hub: HubStandIn) -> None:
    hub.token = "hf_right"

    with pytest.raises(ModelMissing, match="the token may not read it") as caught:
        make_store(token="hf_wrong").pull("tiny")

    assert "hf_wrong" not in str(caught.value)
    assert "hf_wrong" not in repr(caught.value)


def test_the_token_goes_to_the_hub_and_not_to_mozilla(make_store: Make, hub: HubStandIn) -> None:
    hub.token = "hf_right"
    hub.add_firefox("en", "pt", {"model.enpt.bin": b"m", "vocab.enpt.spm": b"v"})
    store = make_store(token="hf_right", mozilla=hub.mozilla.replace("127.0.0.1", "localhost"))

    store.pull("tiny")
    store.pull("firefox-en-pt")

    assert {key for path, key in hub.requests if "Systran" in path} == {"Bearer hf_right"}
    assert {key for path, key in hub.requests if path.startswith("/v1/")} == {""}


def test_an_unknown_repository_is_missing(store: ModelStore) -> None:
    with pytest.raises(ModelMissing, match="does not exist"):
        store.pull("ct2:nobody/nothing")


def test_a_repository_without_a_converted_model_is_missing(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.add("somebody/raw", {"config.json": b"{}"})

    with pytest.raises(ModelMissing, match="holds no CTranslate2 model"):
        store.pull("ct2:somebody/raw")


def test_a_translation_model_is_pulled_by_its_repository(
    store: ModelStore, hub: HubStandIn, said: list[str]
) -> None:
    files = {"model.bin": b"m", "shared_vocabulary.json": b"[]", "source.spm": b"s", "x.png": b"x"}
    hub.add("somebody/opus-mt-en-de-ct2", files)

    model = store.pull("ct2:somebody/opus-mt-en-de-ct2")

    assert sorted(model.files) == ["model.bin", "shared_vocabulary.json", "source.spm"]
    assert store.find("ct2:somebody/opus-mt-en-de-ct2") == model


def test_an_address_that_is_no_hub_says_so(make_store: Make, hub: HubStandIn) -> None:
    hub.records = []
    store = make_store(mozilla=f"{hub.address}/api/models/{TINY}/revision/main?x=")

    with pytest.raises(BrokenAnswer, match="Remote Settings"):
        store.pull("firefox-en-pt")


def test_a_hub_that_is_away_is_asked_later(make_store: Make, hub: HubStandIn) -> None:
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        make_store(hub="http://127.0.0.1:1").pull("tiny")


def test_two_threads_that_pull_the_same_fetch_it_once(
    make_store: Make, hub: HubStandIn, said: list[str]
) -> None:
    models = []
    gate = threading.Barrier(2)

    def pull() -> None:
        gate.wait()
        models.append(make_store().pull("tiny"))

    threads = [threading.Thread(target=pull) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert models[0] == models[1]
    assert hub.served["model.bin"] == models[0].files["model.bin"].stat().st_size


def test_a_firefox_model_is_unpacked_and_matches_what_mozilla_states(
    store: ModelStore, hub: HubStandIn
) -> None:
    files = {
        "model.enpt.bin": b"weights" * 30_000,
        "lex.enpt.bin": b"pairs" * 100,
        "vocab.enpt.spm": b"words",
    }
    hub.add_firefox("en", "pt", files)

    model = store.pull("firefox-en-pt")

    assert {name: path.read_bytes() for name, path in model.files.items()} == files
    assert model.revision == "3.0-tiny"
    assert store.find("firefox-en-pt") == model


def test_the_best_finished_firefox_model_of_a_known_version_is_taken(
    store: ModelStore, hub: HubStandIn
) -> None:
    def offer(version: str, architecture: str, *types: str) -> None:
        files = {f"{each}.enpt.bin": version.encode() for each in types}
        hub.add_firefox("en", "pt", files, version=version, architecture=architecture)

    offer("2.9", "base", "model", "vocab")
    offer("3.0", "base", "model", "vocab")
    offer("3.1", "base", "model", "srcvocab", "trgvocab")
    offer("3.2", "base", "model", "srcvocab")
    offer("3.3a1", "base", "model", "vocab")
    offer("3.9", "tiny", "model", "vocab")
    offer("4.0", "base", "model", "vocab")

    model = store.pull("firefox-en-pt")

    assert model.revision == "3.1-base"
    assert sorted(model.files) == ["model.enpt.bin", "srcvocab.enpt.bin", "trgvocab.enpt.bin"]


def test_a_pinned_firefox_model_that_was_replaced_is_refused(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.add_firefox("en", "pt", {"model.enpt.bin": b"m", "vocab.enpt.spm": b"v"})
    store.pull("firefox-en-pt")
    store.remove("firefox-en-pt")
    hub.records.clear()
    hub.add_firefox("en", "pt", {"model.enpt.bin": b"n", "vocab.enpt.spm": b"v"}, version="3.1")

    with pytest.raises(ModelMissing, match=r"was pulled at 3\.0-tiny.*pins\.json"):
        store.pull("firefox-en-pt")


def test_a_direction_that_mozilla_lacks_is_missing(store: ModelStore) -> None:
    with pytest.raises(NoTranslation, match="no model from English to Welsh"):
        store.pull("firefox-en-cy")


def test_a_wrong_byte_in_an_attachment_is_refused(store: ModelStore, hub: HubStandIn) -> None:
    hub.add_firefox("en", "pt", {"model.enpt.bin": b"m" * 99, "vocab.enpt.spm": b"v"})
    hub.corrupt = {"en-pt-3.0-tiny-model.enpt.bin.zst"}

    with pytest.raises(ModelDamaged, match=r"model\.enpt\.bin"):
        store.pull("firefox-en-pt")

    assert store.find("firefox-en-pt") is None


def test_an_attachment_that_holds_other_bytes_than_stated_is_refused(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.add_firefox("en", "pt", {"model.enpt.bin": b"m" * 99, "vocab.enpt.spm": b"v"})
    hub.records[0]["decompressedHash"] = "0" * 64

    with pytest.raises(ModelDamaged, match="unpacks to other bytes"):
        store.pull("firefox-en-pt")


def test_a_record_whose_name_leads_out_of_the_folder_is_refused(
    store: ModelStore, hub: HubStandIn
) -> None:
    hub.add_firefox("en", "pt", {"model.enpt.bin": b"m", "vocab.enpt.spm": b"v"})
    hub.records[0]["name"] = "../../evil.bin"

    with pytest.raises(BrokenAnswer):
        store.pull("firefox-en-pt")
