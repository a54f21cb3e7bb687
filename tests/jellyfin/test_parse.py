"""Recorded answers of two servers become items; malformed ones name the field."""

import json
from pathlib import Path
from typing import Any

import pytest

from subtide.errors import BrokenAnswer, ServerStarting, WrongAddress
from subtide.jellyfin import parse
from subtide.jellyfin.items import Item, Track, TrackKind
from subtide.languages import Language

RECORDED = Path(__file__).parents[1] / "data/jellyfin/recorded"
SERVERS = ("10.11.11", "12.0.0-rc5")


def recorded(server: str, name: str) -> object:
    body: object = json.loads((RECORDED / server / f"{name}.json").read_text())["body"]
    return body


def movies(server: str) -> dict[str, Item]:
    return {item.name: item for item in parse.items(recorded(server, "items-movies"))}


def one_item(*streams: dict[str, Any], **source: object) -> dict[str, Any]:
    """A list answer with one film of one source."""
    info = {"Id": "b" * 32, "Protocol": "File", "Path": "/m/F.mkv", "MediaStreams": list(streams)}
    dto = {"Id": "a" * 32, "Type": "Movie", "MediaSources": [{**info, **source}]}
    return {"Items": [dto], "TotalRecordCount": 1}


def tracks(*streams: dict[str, Any]) -> tuple[Track, ...]:
    return parse.items(one_item(*streams))[0].sources[0].tracks


@pytest.mark.parametrize("server", SERVERS)
def test_every_recorded_listing_is_read(server: str) -> None:
    read = 0
    for path in sorted((RECORDED / server).glob("*.json")):
        body = json.loads(path.read_text())
        body = body.get("body") if isinstance(body, dict) else None
        if (
            isinstance(body, dict)
            and "TotalRecordCount" in body
            and "recursive" in path.read_text()
        ):
            videos = [one for one in body["Items"] if one["Type"] in parse.VIDEOS]
            read_ids = [one.id for one in parse.items(body)]
            assert read_ids == [one["Id"] for one in videos], path.name
            read += 1
    assert read > 10


@pytest.mark.parametrize("server", SERVERS)
def test_a_film_with_two_files_has_two_sources_under_the_primary(server: str) -> None:
    many = [item for item in movies(server).values() if len(item.sources) > 1]
    assert many
    for item in many:
        assert item.id in {source.id for source in item.sources}
        assert {source.item for source in item.sources} == {item.id}


@pytest.mark.parametrize("server", SERVERS)
def test_sidecars_come_first_and_do_not_count_as_tracks_of_the_file(server: str) -> None:
    films = [item.sources[0] for item in movies(server).values()]
    source = max(films, key=lambda source: len(source.subtitles))
    assert len(source.subtitles) > 15
    assert all(track.external and track.path for track in source.subtitles)
    assert source.audio[0].index == len(source.subtitles) + 1
    assert source.audio[0].ordinal == 0
    greek = {track.language for track in source.subtitles}
    assert Language("el") in greek


@pytest.mark.parametrize("server", SERVERS)
def test_embedded_tracks_are_numbered_inside_the_file(server: str) -> None:
    films = [item.sources[0] for item in movies(server).values()]
    source = next(s for s in films if any(not t.external for t in s.subtitles) and s.audio[1:])
    assert [track.ordinal for track in source.audio] == [0, 1]
    inside = [track for track in source.subtitles if not track.external]
    assert [track.ordinal for track in inside] == list(range(len(inside)))
    assert {track.codec for track in inside} == {"subrip", "ass"}
    assert all(track.text for track in inside)


@pytest.mark.parametrize("server", SERVERS)
def test_episodes_know_their_series(server: str) -> None:
    episodes = parse.items(recorded(server, "items-episodes"))
    assert {episode.kind for episode in episodes} == {"Episode"}
    assert all(one.series and one.series_id and one.season and one.episode for one in episodes)


@pytest.mark.parametrize("server", SERVERS)
def test_libraries_carry_the_options_that_matter(server: str) -> None:
    libraries = {one.name: one for one in parse.libraries(recorded(server, "virtual-folders"))}
    assert libraries["Movies"].folders == ("/media/movies",)
    assert libraries["Movies"].kind == "movies"
    assert libraries["Movies"].enabled
    assert libraries["Movies"].save_with_media
    assert not libraries["Movies"].embedded_titles


@pytest.mark.parametrize(("server", "version"), [("10.11.11", (10, 11, 11)),
                                                 ("12.0.0-rc5", (12, 0, 0))])  # fmt: skip
def test_versions_are_tuples(server: str, version: tuple[int, ...]) -> None:
    assert parse.server_info(recorded(server, "system-info-public")).version == version


def test_absent_and_null_are_alike() -> None:
    bare = {"Items": [{"Id": "a", "Type": "Movie"}], "TotalRecordCount": 1}
    null = {"Name": None, "Path": None, "MediaSources": None, "ProductionYear": None}
    nulls = {"Items": [{"Id": "a", "Type": "Movie", **null}], "TotalRecordCount": 1}
    assert parse.items(bare) == parse.items(nulls)


def test_words_of_newer_servers_are_let_through() -> None:
    answer = one_item({"Type": "Hologram", "Index": 0}, Protocol="File", Type="Novel", Extra=1)
    assert parse.items(answer)[0].sources[0].tracks == ()


def test_a_forced_sdh_image_subtitle_says_so() -> None:
    (track,) = tracks(
        {"Type": "Subtitle", "Index": 4, "Codec": "PGSSUB", "Language": "ger", "IsForced": True,
         "IsHearingImpaired": True, "IsDefault": True, "Title": "Nur Schilder"}
    )  # fmt: skip
    assert (track.kind, track.index, track.codec) == (TrackKind.SUBTITLE, 4, "PGSSUB")
    assert track.language == Language("de")
    assert track.forced
    assert track.hearing_impaired
    assert track.default
    assert not track.text
    assert not track.external
    assert track.title == "Nur Schilder"


def test_ordinals_count_only_the_file_s_own_tracks_of_a_kind() -> None:
    streams = [("Subtitle", True), ("Audio", True), ("Video", False), ("Audio", False),
               ("Subtitle", False), ("Audio", False), ("Subtitle", False)]  # fmt: skip
    found = tracks(
        *({"Type": kind, "Index": index, "IsExternal": outside, "Channels": 2}
          for index, (kind, outside) in enumerate(streams))
    )  # fmt: skip
    assert [t.ordinal for t in found if not t.external] == [0, 0, 0, 1, 1]


def test_cover_images_are_no_tracks() -> None:
    assert tracks({"Type": "EmbeddedImage", "Index": 0, "Codec": "mjpeg"}) == ()


@pytest.mark.parametrize(
    ("facts", "odd"),
    [
        ({}, ""),
        ({"VideoType": "VideoFile", "Type": "Default"}, ""),
        ({"IsRemote": True, "Protocol": "Http", "Path": "http://x/y"}, "remote"),
        ({"Path": "/m/F.STRM"}, "remote"),
        ({"VideoType": "BluRay"}, "disc"),
        ({"VideoType": "Dvd"}, "disc"),
        ({"VideoType": "Iso"}, "disc"),
        ({"Type": "Placeholder"}, "placeholder"),
    ],
)
def test_odd_sources_are_told_apart(facts: dict[str, Any], odd: str) -> None:
    source = parse.items(one_item(**facts))[0].sources[0]
    assert source.remote is (odd == "remote")
    assert source.disc is (odd == "disc")
    assert source.placeholder is (odd == "placeholder")


def test_a_stub_item_s_sources_are_placeholders() -> None:
    answer = one_item()
    answer["Items"][0]["IsPlaceHolder"] = True
    assert parse.items(answer)[0].sources[0].placeholder


@pytest.mark.parametrize(
    "facts", [{"LocationType": "Virtual"}, {"ExtraType": "Trailer"}, {"Type": "BoxSet"}]
)
def test_virtual_items_extras_and_collections_are_left_out(
    facts: dict[str, str],
) -> None:
    answer = one_item()
    answer["Items"][0].update(facts)
    assert parse.items(answer) == ()


def test_durations_are_seconds() -> None:
    assert parse.items(one_item(RunTimeTicks=140_000_000))[0].sources[0].duration == 14.0


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ([], "its whole"),
        ({"Items": {}, "TotalRecordCount": 0}, "Items"),
        ({"Items": []}, "TotalRecordCount"),
        ({"Items": [5], "TotalRecordCount": 1}, "Items[0]"),
        ({"Items": [{"Type": "Movie"}], "TotalRecordCount": 1}, "Items[0].Id"),
        (one_item(Id=None), "Items[0].MediaSources[0].Id"),
        (one_item(Size="12"), "Items[0].MediaSources[0].Size"),
        (one_item(IsRemote="no"), "Items[0].MediaSources[0].IsRemote"),
        (one_item({"Type": "Audio"}), "Items[0].MediaSources[0].MediaStreams[0].Index"),
        (
            one_item({"Type": "Audio", "Index": True}),
            "Items[0].MediaSources[0].MediaStreams[0].Index",
        ),
        (one_item({"Type": 3}), "Items[0].MediaSources[0].MediaStreams[0].Type"),
    ],
)
def test_a_malformed_listing_names_the_field(answer: object, place: str) -> None:
    with pytest.raises(BrokenAnswer) as caught:
        parse.items(answer)
    assert f"as {place}, not" in caught.value.what
    assert caught.value.fix


@pytest.mark.parametrize(
    ("answer", "place"),
    [({}, "its whole"), ([{"ItemId": 5}], "[0].ItemId"),
     ([{"ItemId": "x", "Locations": [1]}], "[0].Locations"),
     ([{"ItemId": "x", "LibraryOptions": 5}], "[0].LibraryOptions")],
)  # fmt: skip
def test_malformed_libraries_name_the_field(answer: object, place: str) -> None:
    with pytest.raises(BrokenAnswer) as caught:
        parse.libraries(answer)
    assert f"as {place}, not" in caught.value.what


def test_a_library_that_has_no_item_yet_does_not_hide_the_others() -> None:
    new, there = {"Name": "New", "Locations": ["/new"]}, {"ItemId": "x", "Name": "There"}
    assert [one.name for one in parse.libraries([new, {**new, "ItemId": None}, there])] == ["There"]


def test_a_quoted_wrong_value_is_short() -> None:
    with pytest.raises(BrokenAnswer) as caught:
        parse.items("x" * 10_000)
    assert len(caught.value.what) < 200


def test_camel_case_is_a_server_that_starts() -> None:
    with pytest.raises(ServerStarting):
        parse.server_info({"version": "12.0.0", "startupWizardCompleted": False})


def test_an_unfinished_wizard_is_not_ready() -> None:
    with pytest.raises(ServerStarting, match="set up"):
        parse.server_info({"Version": "12.0.0", "Id": "x", "StartupWizardCompleted": False})


@pytest.mark.parametrize("answer", [[], "hello", {}, {"status": "ok"}])
def test_something_else_is_a_wrong_address(answer: object) -> None:
    with pytest.raises(WrongAddress):
        parse.server_info(answer)


def test_a_version_that_is_none_is_a_broken_answer() -> None:
    with pytest.raises(BrokenAnswer, match="soon"):
        parse.server_info({"Version": "soon", "Id": "x", "StartupWizardCompleted": True})
