"""The sample library holds what its docstrings promise."""

import os
from pathlib import Path

import pytest
from playground_client import Client

from subtide.playground.film import SampleLibrary, make_library, read_library, to_srt
from subtide.playground.media import RATE
from subtide.playground.server import Playground
from subtide.playground.streams import probe


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> SampleLibrary:
    return make_library(tmp_path_factory.mktemp("sample"))


def test_the_film_speaks_for_most_of_a_minute_in_many_sentences(library: SampleLibrary) -> None:
    found = probe(library.film)
    assert found.ticks is not None
    seconds = found.ticks / 10_000_000
    assert 40 <= seconds <= 70
    assert len(library.script) >= 12
    assert library.script[-1].end < seconds
    gaps = [b.start - a.end for a, b in zip(library.script, library.script[1:], strict=False)]
    assert all(0.35 <= gap <= 2.05 for gap in gaps)
    assert [s.kind for s in found.streams] == ["Video", "Audio"]


def test_the_libraries_hold_the_cases_of_the_demo(library: SampleLibrary) -> None:
    with Playground(library.root) as server:
        items = {i["Path"]: i for i in Client(server, server.key).items()}
    found = {
        Path(path).name[:20]: [
            (s["Language"], s["IsExternal"])
            for s in item["MediaSources"][0]["MediaStreams"]
            if s["Type"] == "Subtitle"
        ]
        for path, item in items.items()
    }
    assert found[library.film.name[:20]] == []
    assert found[library.covered.name[:20]] == [("eng", True), ("por", True)]
    assert items[str(library.embedded)]["HasSubtitles"]
    assert items[str(library.broken)]["MediaSources"][0]["MediaStreams"] == []
    assert "RunTimeTicks" not in items[str(library.broken)]
    kinds = [
        [s.path is not None for s in f.streams if s.kind == "Subtitle"]
        for f in (
            server.catalogue.at(str(library.embedded)),
            server.catalogue.at(str(library.sidecar)),
        )
        if f is not None
    ]
    assert kinds == [[False], [True]]


def test_making_it_again_changes_nothing(library: SampleLibrary) -> None:
    before = library.film.stat().st_mtime_ns
    assert make_library(library.root) == library
    assert library.film.stat().st_mtime_ns == before


def test_an_unfinished_library_is_not_taken_for_whole(
    library: SampleLibrary, tmp_path: Path
) -> None:
    assert read_library(tmp_path) is None
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in library.root.iterdir():
        if file.is_file():
            os.link(file, copy / file.name)
    assert read_library(copy) is None


def test_the_script_can_be_written_as_a_subtitle(library: SampleLibrary) -> None:
    text = to_srt(library.script[:1])
    assert text.startswith("1\n00:00:01,000 --> 00:00:0")
    assert library.script[0].text in text
    assert RATE == 22_050
