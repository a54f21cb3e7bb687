"""A film in several files is one item, and each of its parts a source with its own subtitles."""

import shutil
from pathlib import Path

import pytest
from scripted import Reply, Script, ok, problem
from served import FLAVOURS, Serve, named, reread, sidecars, upload

from subtide.errors import ServerFailed, WrongAddress
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Item
from subtide.playground.flavour import Flavour

A, B = "a" * 32, "b" * 32


@pytest.fixture
def root(tmp_path: Path, film: Path) -> Path:
    """A film in three parts, and one in a single file."""
    for name in ("Long (2017) part1", "Long (2017) part2", "Long (2017) part3"):
        path = tmp_path / "root/movies/Long (2017)" / f"{name}.mkv"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(film, path)
    (tmp_path / "root/movies/Short (2018)").mkdir()
    shutil.copy(film, tmp_path / "root/movies/Short (2018)/Short (2018).mkv")
    return tmp_path / "root"


def dto(item_id: str, **facts: object) -> dict[str, object]:
    sources = [{"Id": item_id, "Name": f"{item_id[0]}.mkv"}]
    return {"Id": item_id, "Type": "Movie", "MediaSources": sources, **facts}


def listed(*items: dict[str, object]) -> Reply:
    return ok({"Items": list(items), "TotalRecordCount": len(items)})


@FLAVOURS
def test_each_part_is_a_source_of_the_item_with_a_name_of_its_own(
    serve: Serve, flavour: Flavour
) -> None:
    _, jellyfin = serve(flavour)
    long = named(jellyfin, "Long")
    assert [source.name for source in long.sources] == [
        "Long (2017) part1",
        "Long (2017) part2",
        "Long (2017) part3",
    ]
    assert {source.item for source in long.sources} == {long.id}
    assert len({source.id for source in long.sources}) == 3
    assert all(source.path.endswith(f"{source.name}.mkv") for source in long.sources)
    assert [len(source.audio) for source in long.sources] == [2, 2, 2]
    assert jellyfin.item(long.id) == long


@FLAVOURS
def test_a_part_has_its_own_subtitles(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    first, second, _ = named(jellyfin, "Long").sources
    upload(jellyfin, second.id)
    assert sidecars(reread(server, jellyfin, first)) == []
    (track,) = sidecars(reread(server, jellyfin, second))
    assert b"Good evening." in jellyfin.subtitle(second, track.index, "srt")
    jellyfin.delete_subtitle(second.id, track.index)
    assert sidecars(reread(server, jellyfin, second)) == []


@FLAVOURS
def test_a_part_is_heard_and_read_by_its_own_id(
    serve: Serve, flavour: Flavour, tmp_path: Path
) -> None:
    _, jellyfin = serve(flavour)
    third = named(jellyfin, "Long").sources[2]
    jellyfin.audio_flac(third, tmp_path / "a.flac", lambda _bytes: None)
    assert (tmp_path / "a.flac").read_bytes().startswith(b"fLaC")
    assert jellyfin.size(third.id) == third.size
    assert len(jellyfin.range(third.id, 0, 100)) == 100


def test_only_a_film_in_parts_is_asked_for_them(serve: Serve) -> None:
    server, jellyfin = serve()
    long = named(jellyfin, "Long")
    (asked,) = server.requests("GET", "AdditionalParts")
    assert asked.path == f"/Videos/{long.id}/AdditionalParts"


def test_an_item_that_went_meanwhile_keeps_what_was_listed(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(listed(dto(A, PartCount=2), dto(B)), problem(404))
    found = jellyfin.items([A, B])
    assert [[source.id for source in item.sources] for item in found] == [[A], [B]]


@pytest.mark.parametrize(
    ("reply", "error"), [(Reply(404), WrongAddress), (Reply(500), ServerFailed)]
)
def test_parts_that_cannot_be_read_are_no_missing_parts(
    script: Script, jellyfin: Jellyfin, reply: Reply, error: type[Exception]
) -> None:
    script.says(listed(dto(A, PartCount=2)), reply)
    with pytest.raises(error):
        jellyfin.item(A)


def test_parts_can_be_added_to_an_item_from_elsewhere(script: Script, jellyfin: Jellyfin) -> None:
    script.says(listed(dto(B, Type="Video")))
    item = Item(A, "Long", "Movie", "", "", "", None, None, None, "", (), parts=2)
    assert [(source.id, source.item) for source in jellyfin.with_parts(item).sources] == [(B, A)]
    assert script.requests[0].path == f"/Videos/{A}/AdditionalParts"
