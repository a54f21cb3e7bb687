"""Names of models, and what they stand for."""

import json
from pathlib import Path

import pytest

from subtide.errors import ModelMissing
from subtide.languages import Language
from subtide.models.catalog import CATALOG, ModelKind, firefox_name, multilingual, spec


def test_whisper_repositories_are_those_that_faster_whisper_names() -> None:
    from faster_whisper.utils import _MODELS  # noqa: PLC0415 - heavy, and for this test alone

    assert {name: each.repo for name, each in CATALOG.items()} == {
        name: _MODELS[name] for name in CATALOG
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [("tiny.en", False), ("small", True), ("turbo", True), ("firefox-en-pt", False)],
)
def test_only_models_of_many_languages_are_multilingual(name: str, *, expected: bool) -> None:
    assert multilingual(name) is expected


def test_a_short_name_stands_for_the_full_one() -> None:
    assert spec(" turbo ").name == "large-v3-turbo"


def test_a_misspelt_name_is_answered_with_the_closest() -> None:
    with pytest.raises(ModelMissing) as caught:
        spec("smal.en")

    assert "small.en" in caught.value.fix


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("firefox-en-pt", ("en", "pt")),
        ("firefox-zh-Hans-en", ("zh-Hans", "en")),
        ("firefox-en-zh-hant", ("en", "zh-Hant")),
    ],
)
def test_a_firefox_name_holds_its_direction(name: str, languages: tuple[str, str]) -> None:
    found = spec(name)

    assert tuple(map(str, found.languages)) == languages
    assert found.kind is ModelKind.FIREFOX
    assert found.licence == "MPL-2.0"
    assert spec(firefox_name(*map(Language, languages))) == found


@pytest.mark.parametrize("name", ["firefox-es-fr", "firefox-en-en", "firefox-en-", "firefox-x"])
def test_a_firefox_name_without_english_on_one_side_is_missing(name: str) -> None:
    with pytest.raises(ModelMissing, match="from or to English"):
        spec(name)


@pytest.mark.parametrize(
    ("repo", "licence", "many"),
    [
        ("x/nllb-200-distilled-600M-ct2", "CC-BY-NC-4.0", True),
        ("x/ct2fast-m2m100_418M", "MIT", True),
        ("x/madlad400-3b-ct2", "Apache-2.0", True),
        ("x/opus-mt-en-de", "", False),
        ("x/something", "", False),
    ],
)
def test_a_repository_is_known_by_its_family(repo: str, licence: str, *, many: bool) -> None:
    found = spec(f"ct2:{repo}")

    assert (found.repo, found.licence, found.multilingual) == (repo, licence, many)
    assert found.kind is ModelKind.CTRANSLATE2


@pytest.mark.parametrize("name", ["ct2:plain", "ct2:a/../b", "ct2:a/b/c", "ct2:", "ct2:a/b?c"])
def test_what_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(ModelMissing, match="owner/repository"):
        spec(name)


def test_a_folder_is_known_by_what_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"m")
    assert spec(str(tmp_path)).kind is ModelKind.CTRANSLATE2
    assert spec(f"ct2:{tmp_path}").folder == tmp_path

    (tmp_path / "config.json").write_text('{"alignment_heads": []}')
    assert spec(str(tmp_path)).kind is ModelKind.WHISPER


@pytest.mark.parametrize(("words", "many"), [(51_864, False), (51_865, True)])
def test_an_own_whisper_is_multilingual_by_its_vocabulary(
    tmp_path: Path, words: int, *, many: bool
) -> None:
    (tmp_path / "model.bin").write_bytes(b"m")
    (tmp_path / "config.json").write_text('{"alignment_heads": []}')
    (tmp_path / "vocabulary.json").write_text(json.dumps(["w"] * words))

    assert multilingual(str(tmp_path)) is many


def test_an_own_firefox_folder_is_known(tmp_path: Path) -> None:
    (tmp_path / "model.deen.intgemm.alphas.bin").write_bytes(b"m")
    (tmp_path / "vocab.deen.spm").write_bytes(b"v")

    assert spec(str(tmp_path)).kind is ModelKind.FIREFOX


def test_a_folder_without_a_model_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="holds no model"):
        spec(str(tmp_path / "nowhere"))
