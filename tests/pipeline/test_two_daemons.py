"""Two Subtides at one server: each takes the other's files for foreign ones."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from stage_place import CUES, Place, make_place

from gates import Gate
from subtide.pipeline.publish import publish
from subtide.playground.media import make_media
from subtide.playground.server import Playground
from subtide.storage.database import open_database
from subtide.storage.ledger import Entry, EntryState
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, write

TARGET = "subtitle/en/full/srt/jellyfin"
Cues = list[list[object]]
THEIRS: Cues = [[1.0, 2.5, "Another Subtide heard this."]]
BETTER: Cues = [[1.0, 2.5, "A better subtitle."]]
FIRST, SECOND = "Film (2020).subtide.en.srt", "Film (2020).subtide.en.0.srt"
Pair = tuple[Place, Place]


@pytest.fixture
def pair(tmp_path: Path, playground: Callable[..., Playground]) -> Iterator[Pair]:
    """Two daemons with ledgers of their own; the server's queue gives both time to upload."""
    film = make_media(tmp_path / "media/Movies/Film (2020)/Film (2020).mkv", duration=2.0)
    server = playground(tmp_path / "media", refresh_seconds=0.3)
    folders = [tmp_path / name for name in ("one", "other")]
    databases = [open_database("", folder) for folder in folders]
    one, other = (make_place(server, d, f, film) for d, f in zip(databases, folders, strict=True))
    yield one, other
    for database in databases:
        database.close()


def run(place: Place, cues: Cues = CUES) -> dict[str, Any]:
    plan = place.plan("en")
    return publish(place.work(plan, {"cues": place.cues(cues)}, part=TARGET), place.tools)


def run_at_once(pair: Pair, *both_cues: Cues) -> list[dict[str, Any]]:
    """Let both look, then upload, before either's file shows."""
    gates = [Gate(), Gate()]
    for gate in gates:
        pair[0].playground.fail("POST", "Subtitles", gate=gate)
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(run, *each) for each in zip(pair, both_cues, strict=True)]
        for gate in gates:
            assert gate.reached.wait(30)
        for gate in gates:
            gate.set()
        return [each.result() for each in runs]


def files(place: Place) -> dict[str, tuple[str, ...]]:
    place.playground.settle()
    found = sorted(place.film.parent.glob("*.srt"))
    return {path.name: tuple(cue.text for cue in read(path.read_bytes())) for path in found}


def texts(cues: Cues) -> tuple[str, ...]:
    return tuple(str(cue[2]) for cue in cues)


def entries(place: Place) -> tuple[Entry, ...]:
    return place.tools.ledger.all()


def test_the_same_content_is_not_uploaded_twice_and_is_not_the_second_one_s(pair: Pair) -> None:
    one, other = pair
    assert run(one)["path"] == run(other)["path"]
    assert files(one) == {FIRST: texts(CUES)}
    assert len(one.playground.requests("POST", "Subtitles")) == 1
    assert [e.state for e in entries(one)] == [EntryState.VERIFIED]
    (noted,) = entries(other)
    assert (noted.state, noted.path) == (EntryState.RETIRED, str(one.film.with_name(FIRST)))
    put = other.tools.ledger.put_out(other.known.id, [other.plan("en").source])
    assert noted.path in {one.path for one in put}, "so it is no origin either"


def test_what_the_second_one_makes_later_leaves_the_first_one_s_file(pair: Pair) -> None:
    one, other = pair
    run(one)
    run(other)
    run(other, BETTER)
    assert files(one) == {FIRST: texts(CUES), SECOND: texts(BETTER)}
    run(one, BETTER)
    assert files(one) == {SECOND: texts(BETTER)}, "the first one removed its own"
    assert not one.playground.requests("DELETE")


@pytest.mark.parametrize("within_reach", [True, False])
def test_different_contents_at_once_stay_side_by_side(pair: Pair, *, within_reach: bool) -> None:
    if not within_reach:
        pair[0].put_out_of_reach()
        pair[1].put_out_of_reach()
    results = run_at_once(pair, CUES, THEIRS)
    both = files(pair[0])
    assert set(both) == {FIRST, SECOND}
    for place, result, cues in zip(pair, results, (CUES, THEIRS), strict=True):
        assert both[Path(result["path"]).name] == texts(cues)
        assert [(e.state, e.path) for e in entries(place)] == [
            (EntryState.VERIFIED, result["path"])
        ]
    assert not pair[0].playground.requests("DELETE")


def test_the_same_content_at_once_ends_as_one_file_that_neither_will_delete(pair: Pair) -> None:
    results = run_at_once(pair, CUES, CUES)
    assert files(pair[0]) == {FIRST: texts(CUES)}
    assert {result["path"] for result in results} == {str(pair[0].film.with_name(FIRST))}
    assert not pair[0].playground.requests("DELETE")
    for place in pair:
        assert [e.state for e in entries(place)] == [EntryState.RETIRED]
    run(pair[0], BETTER)
    assert files(pair[0]) == {FIRST: texts(CUES), SECOND: texts(BETTER)}


def test_the_same_content_at_once_is_never_deleted_by_index(pair: Pair) -> None:
    for place in pair:
        place.put_out_of_reach()
    results = run_at_once(pair, CUES, CUES)
    assert files(pair[0]) == {FIRST: texts(CUES), SECOND: texts(CUES)}
    assert {result["path"] for result in results} == {str(pair[0].film.with_name(FIRST))}
    assert not pair[0].playground.requests("DELETE")


def test_a_file_of_ours_that_went_and_came_from_another_is_no_longer_ours(pair: Pair) -> None:
    one, _ = pair
    run(one)
    one.film.with_name(FIRST).unlink()
    one.client.refresh(one.plan("en").source)
    one.playground.settle()
    path = one.film.with_name("Film (2020).subtide.en.7.srt")
    path.write_bytes(write([Cue(*cue) for cue in CUES], "srt"))  # type: ignore[arg-type]
    one.client.refresh(one.plan("en").source)
    one.playground.settle()
    assert run(one)["path"] == str(path)
    assert {e.state for e in entries(one)} == {EntryState.RETIRED}
    run(one, BETTER)
    assert set(files(one)) == {FIRST, path.name}


def test_a_file_that_was_there_before_our_upload_is_no_double(pair: Pair) -> None:
    one, _ = pair
    path = one.film.with_name(SECOND)
    path.write_bytes(write([Cue(*cue) for cue in THEIRS], "srt"))  # type: ignore[arg-type]
    one.client.refresh(one.plan("en").source)
    one.playground.settle()
    upload = one.client.upload

    def then_it_changes(*words: Any, **named: Any) -> None:  # noqa: ANN401 - whatever is uploaded
        upload(*words, **named)
        path.write_bytes(write([Cue(*cue) for cue in CUES], "srt"))  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one.client, "upload", then_it_changes)
        result = run(one)
    assert result["path"] == str(one.film.with_name(FIRST))
    assert [(e.state, e.path) for e in entries(one)] == [(EntryState.VERIFIED, result["path"])]
    assert files(one) == {FIRST: texts(CUES), SECOND: texts(CUES)}
