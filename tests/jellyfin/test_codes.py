"""Every form of a language that servers send, and names that they read back."""

import json
from pathlib import Path
from typing import Any

import pytest

from subtide.jellyfin.codes import from_server, to_server
from subtide.languages import Language

RECORDED = Path(__file__).parents[1] / "data/jellyfin/recorded/sidecar-names.json"
VERSIONS = {"10.11.11": (10, 11, 11), "12.0.0-rc5": (12, 0, 0)}

READING_10_10 = {
    "en": "eng", "de": "ger", "fr": "fre", "el": "gre", "pt": "por", "pt-br": "pob",
    "pt-pt": "pop", "zh": "chi", "zh-tw": "chi", "fr-ca": "frc", "lu": "lub", "tl": "tgl",
    "sr": "srp", "es": "spa",
}  # fmt: skip
"""What 10.10.7 stores for a file name."""


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    names: dict[str, Any] = json.loads(RECORDED.read_text())
    return names


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("eng", "en"), ("EN", "en"), ("en-US", "en-US"), ("english", "en"),
        ("ger", "de"), ("deu", "de"), ("German", "de"),
        ("Greek, Modern (1453-)", "el"), ("gre", "el"), ("ell", "el"),
        ("Luba-Katanga", "lu"), ("lub", "lu"),
        ("pob", "pt-BR"), ("pt-br", "pt-BR"), ("pop", "pt-PT"), ("frc", "fr-CA"),
        ("chi", "zh"), ("zho", "zh"), ("cmn", "zh"), ("zh-hans", "zh-Hans"), ("zh_TW", "zh-TW"),
        ("es-419", "es-419"), ("iw", "he"), ("in", "id"), ("tgl", "fil"), ("scr", "hr"),
        ("nob", "nb"), ("nor", "no"), ("yue", "yue"), (" eng ", "en"),
    ],
)  # fmt: skip
def test_every_form_of_a_language_is_read(code: str, tag: str) -> None:
    assert from_server(code) == Language(tag)


@pytest.mark.parametrize(
    "code", [None, "", "und", "mis", "mul", "zxx", "UND", "qaa", "xx", "forced", "Commentary"]
)
def test_what_names_no_language_is_unknown(code: str | None) -> None:
    assert from_server(code) is None


def test_recorded_languages_are_all_understood(recorded: dict[str, Any]) -> None:
    for name, readings in recorded.items():
        for reading in readings.values():
            stored = reading["language"]
            if stored not in {None, "und", "mis", "mul", "zxx"}:
                assert from_server(stored) is not None, f"{name} was stored as {stored}"


def test_recorded_names_of_one_language_read_alike(recorded: dict[str, Any]) -> None:
    """``el``, ``ell`` and ``gre`` are stored as a name with a hyphen, and are one language."""
    for name, readings in recorded.items():
        plain = from_server(name)
        for reading in readings.values():
            if plain and reading["language"]:
                assert from_server(reading["language"]) == plain, name


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_language_is_written_so_that_it_is_read_back(
    recorded: dict[str, Any], version: str
) -> None:
    languages = {from_server(readings[version]["language"]) for readings in recorded.values()}
    languages |= {from_server(name) for name in recorded}
    checked = 0
    for language in sorted(languages - {None}, key=str):
        assert language is not None
        reading = recorded.get(to_server(language, VERSIONS[version]))
        if reading is None or reading[version]["language"] is None:
            continue
        read_back = from_server(reading[version]["language"])
        assert read_back is not None
        assert read_back.base == language.base
        assert read_back.serves(language) or language.tag == "sr-Latn"
        checked += 1
    assert checked > 60


@pytest.mark.parametrize(
    ("tag", "version", "code"),
    [
        ("en", (12, 0, 0), "en"), ("en-US", (12, 0, 0), "en"), ("de", (10, 10, 7), "de"),
        ("pt-BR", (10, 10, 7), "pt-br"), ("pt-BR", (12, 4, 0), "pt-br"), ("pt", (12,), "pt"),
        ("zh", (12,), "zh"), ("zh-Hans", (10, 11, 8), "zh-hans"), ("zh-Hans", (10, 10, 7), "zh"),
        ("zh-Hant", (10, 11, 8), "zh-hant"), ("zh-Hant", (10, 10, 7), "zh-tw"),
        ("zh-TW", (12,), "zh-tw"), ("zh-TW", (10, 10, 7), "zh-tw"), ("zh-SG", (12,), "zh-hans"),
        ("zh-CN", (12,), "zh-cn"), ("zh-CN", (10, 10, 7), "zh"), ("cmn", (12,), "zh"),
        ("es-419", (10, 11, 8), "es-419"), ("es-419", (10, 10, 7), "es"), ("es-MX", (12,), "es"),
        ("fil", (12,), "tl"), ("sr-Latn", (12,), "sr"), ("el", (12,), "el"), ("no", (12,), "no"),
        ("fr-CA", (10, 10, 7), "fr-ca"), ("yue", (12,), "yue"), ("haw", (12,), "haw"),
    ],
)  # fmt: skip
def test_a_language_is_written_as_the_version_reads_it(
    tag: str, version: tuple[int, ...], code: str
) -> None:
    assert to_server(Language(tag), version) == code


@pytest.mark.parametrize("tag", ["en", "de", "el", "pt-BR", "pt-PT", "fr-CA", "zh", "lu", "fil"])
def test_10_10_reads_back_what_was_written(tag: str) -> None:
    stored = READING_10_10[to_server(Language(tag), (10, 10, 7))]
    assert from_server(stored) == Language(tag)
