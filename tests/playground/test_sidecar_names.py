"""Sidecar names mean what they meant to two real servers."""

import json
from pathlib import Path

import pytest

from subtide.playground.flavour import V10_10, V10_11, V12, Flavour
from subtide.playground.sidecars import find_sidecars, read_name

RECORDED = Path(__file__).parents[1] / "data" / "jellyfin" / "recorded" / "sidecar-names.json"
NAMES = json.loads(RECORDED.read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("flavour", "version"), [(V12, "12.0.0-rc5"), (V10_11, "10.11.11")], ids=["12", "10.11"]
)
def test_a_name_gives_what_it_gave(name: str, flavour: Flavour, version: str) -> None:
    expected = NAMES[name][version]
    found = read_name(name, flavour.codes)
    assert (found.language, found.title) == (expected["language"], expected["title"])
    assert found.default == expected.get("default", False)
    assert found.forced == expected.get("forced", False)
    assert found.hearing_impaired == expected.get("hearing_impaired", False)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ("en eng english", "eng"), ("de ger deu", "ger"), ("fr fre fra", "fre"), ("nl", "dut"),
        ("cs", "cze"), ("sk", "slo"), ("ro", "rum"), ("fa", "per"), ("sq", "alb"), ("pt", "por"),
        ("pt-br pob", "pob"), ("pt-pt pop", "pop"), ("zh zho chi zh-tw zh-hk", "chi"),
        ("fr-ca", "frc"), ("el gre ell", "gre"), ("lu", "lub"), ("hi", "hin"),
    ],
)  # fmt: skip
def test_10_10_stores_bibliographic_codes(names: str, code: str) -> None:
    assert {read_name(name, V10_10.codes).language for name in names.split()} == {code}


@pytest.mark.parametrize(
    "name",
    ["en-us", "en-gb", "es-es", "es-mx", "sr-latn", "zh-hans-cn", "cmn", "yue", "iw", "nl-be",
     "zh-cn", "zh-hans", "zh-hant", "es-419", "und", "mul", "zxx", "mis", "fil", "grc"],
)  # fmt: skip
def test_10_10_takes_other_words_for_a_title(name: str) -> None:
    assert read_name(name, V10_10.codes).language is None


def test_only_files_named_like_the_video_are_its_sidecars(tmp_path: Path) -> None:
    for name in ("Film.srt", "FILM.en.srt", "Film.b.srt", "Filmed.en.srt", "Film.en.txt"):
        (tmp_path / name).touch()
    (tmp_path / "Subs").mkdir()
    (tmp_path / "Subs" / "Film.de.srt").touch()
    found = find_sidecars(tmp_path / "Film.mkv", [tmp_path, tmp_path / "missing"])
    assert [file.name for file in found] == ["Film.b.srt", "FILM.en.srt", "Film.srt"]
