"""prepare: whatever way leads to the media, the same blocks come out, and only once."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from stage_place import Place

from subtide.errors import (
    BeingWatched,
    MediaMissing,
    MediaUnreadable,
    NoUsableAudio,
    PlanOutdated,
    ServerUnreachable,
)
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.pipeline.inside import CALLS
from subtide.pipeline.plan import Plan, SubtitleOptions, TextOrigin, needs_speech
from subtide.pipeline.prepare import prepare
from subtide.pipeline.stage import Reader, Result
from subtide.playground.bad_media import BAD_MEDIA
from subtide.playground.cast import Person
from subtide.playground.film import speak
from subtide.playground.media import RATE, AudioTrack, SubtitleTrack, make_media

SRT = "1\n00:00:01,000 --> 00:00:03,000\nWho left the door open?\n\n"
OpenPlace = Callable[..., Place]


class Inside:
    """Runs calls in this process, and remembers them."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(
        self, call: str, request: Mapping[str, Any], *, read: Reader | None = None
    ) -> Result:
        self.calls.append((call, request))
        return CALLS[call](request, lambda _share: None, read or _unread)


def _unread(_offset: int, _size: int) -> bytes:
    raise AssertionError("nothing is read through the daemon")


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples, _ = speak(["The old harbour wakes before the sun."], [0.5], 0.5)
    track = AudioTrack(language="eng", default=True, samples=samples)
    path = tmp_path_factory.mktemp("spoken") / "spoken.mkv"
    return make_media(path, [track], duration=len(samples) / RATE)


@pytest.fixture
def speaking(open_place: OpenPlace, spoken: Path, tmp_path: Path) -> Place:
    """A place whose film speaks."""
    place = open_place()
    shutil.copy(spoken, place.film)
    place.playground.scan()
    return place


def without_mount(place: Place) -> Place:
    nowhere = MediaAccess([("/nowhere", Path("/nowhere"))])
    return replace(place, tools=replace(place.tools, media=lambda _id: nowhere))


def run(place: Place, compute: Inside, plan: Plan | None = None) -> Result:
    return prepare(place.work(plan or place.plan("pt"), {}, compute=compute), place.tools)


def test_speech_becomes_blocks_that_are_artifacts(speaking: Place) -> None:
    result = run(speaking, Inside())
    (block,) = result["blocks"]
    assert speaking.tools.artifacts.read(block["key"]).startswith(b"fLaC")
    assert 2.0 < sum(end - start for start, end in result["spans"]) < result["duration"]


def test_the_same_media_is_not_decoded_again_even_under_another_name(speaking: Place) -> None:
    run(speaking, Inside())
    renamed = speaking.film.parent.parent / "Other (2021)" / "Other (2021).mkv"
    speaking.film.parent.rename(renamed.parent)
    (renamed.parent / speaking.film.name).rename(renamed)
    speaking.playground.scan()
    again = Inside()
    assert run(speaking, again)["blocks"]
    assert again.calls == []


def test_without_a_mount_the_servers_audio_is_taken(speaking: Place) -> None:
    place = without_mount(speaking)
    assert run(place, Inside())["blocks"]
    assert place.playground.requests("GET", r"/Audio/.*flac")


def test_audio_that_begins_late_is_read_with_its_time_stamps(
    speaking: Place, tmp_path: Path
) -> None:
    with av.open(str(speaking.film)) as old, av.open(str(tmp_path / "late.mkv"), "w") as new:
        copies = {
            s.index: new.add_stream_from_template(s)
            for s in (*old.streams.video, *old.streams.audio)
        }
        for packet in old.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                late = round(2 / packet.time_base)
                packet.pts += late
                packet.dts += late
            packet.stream = copies[packet.stream.index]
            new.mux(packet)
    (tmp_path / "late.mkv").replace(speaking.film)
    speaking.playground.scan()
    inside = Inside()
    result = run(without_mount(speaking), inside)
    assert not speaking.playground.requests("GET", r"/Audio/.*flac")
    assert result["spans"][0][0] > 2.0


def test_audio_that_the_server_cut_short_makes_way_for_the_file_itself(speaking: Place) -> None:
    place = without_mount(speaking)
    place.playground.fail("GET", r"/Audio/.*flac", cut=4000)
    inside = Inside()
    assert run(place, inside)["blocks"]
    assert "size" in inside.calls[-1][1], "read by ranges"


def busy(place: Place) -> Place:
    """The place while somebody plays something on its server."""
    known = place.playground.id
    return replace(place, tools=replace(place.tools, busy=lambda server: server == known))


def test_while_people_watch_the_server_converts_nothing_for_us(speaking: Place) -> None:
    place = busy(without_mount(speaking))
    inside = Inside()
    assert run(place, inside)["blocks"]
    assert "size" in inside.calls[-1][1], "read by ranges"
    assert not place.playground.requests("GET", r"/Audio/.*flac")


def test_what_only_the_server_could_give_waits_while_people_watch(speaking: Place) -> None:
    place = busy(without_mount(speaking))
    plan = place.plan("pt")
    place.playground.fail("GET", r"/Videos/.*/stream", status=404, times=9)
    place.playground.fail("HEAD", r"/Videos/.*/stream", status=404, times=9)
    with pytest.raises(BeingWatched, match="home is not asked to convert"):
        run(place, Inside(), plan)
    assert not place.playground.requests("GET", r"/Audio/.*flac")


def test_every_way_gives_the_same_fingerprint(speaking: Place) -> None:
    key = run(speaking, Inside())["key"]
    again = Inside()
    assert run(without_mount(speaking), again)["key"] == key
    assert again.calls == []


@pytest.mark.parametrize(
    ("bad", "error"),
    [("truncated", MediaUnreadable), ("empty", MediaUnreadable), ("garbage", MediaUnreadable),
     ("playlist", MediaUnreadable), ("encrypted", MediaUnreadable), ("no audio", PlanOutdated)],
)  # fmt: skip
def test_a_file_that_went_bad_since_it_was_listed_is_told(
    open_place: OpenPlace, bad: str, error: type[Exception], tmp_path: Path
) -> None:
    place = open_place()
    plan = place.plan("pt")
    BAD_MEDIA[bad](tmp_path / "bad.mp4")
    # The same length as listed: what is inside is for the one who opens it to find out.
    data = (tmp_path / "bad.mp4").read_bytes()
    size = place.film.stat().st_size
    place.film.write_bytes(data[:size] if bad == "truncated" else data)
    if bad in {"encrypted", "no audio"}:  # of another length: the server has to know it
        place.playground.scan()
    with pytest.raises(error):
        run(place, Inside(), plan)


def test_a_file_that_is_nowhere_is_told(place: Place) -> None:
    plan = place.plan("pt")
    place.film.unlink()
    with pytest.raises(MediaMissing):
        run(place, Inside(), plan)


def test_silence_is_told_as_no_speech(place: Place) -> None:
    with pytest.raises(NoUsableAudio, match="no speech"):
        run(place, Inside())


def with_text(place: Place) -> Plan:
    make_media(place.film, subtitles=[SubtitleTrack(SRT, language="eng")], duration=6.0)
    place.playground.scan()
    plan = place.plan("pt")
    assert isinstance(plan.origin, TextOrigin)
    return plan


def test_a_text_origin_is_read_from_the_server(place: Place) -> None:
    plan = with_text(place)
    result = run(place, Inside(), plan)
    assert b"Who left the door open?" in place.tools.artifacts.read(result["key"])
    assert (result["language"], result["format"]) == ("en", "srt")


def test_a_text_origin_is_found_though_a_sidecar_moved_its_index(place: Place) -> None:
    plan = with_text(place)
    place.film.with_name("Film (2020).de.srt").write_text(SRT.replace("Who", "Wer"))
    place.client.refresh(plan.source)
    place.playground.settle()
    result = run(place, Inside(), plan)
    assert b"Who left the door open?" in place.tools.artifacts.read(result["key"])


def test_a_text_origin_that_is_gone_is_told(place: Place) -> None:
    plan = with_text(place)
    make_media(place.film, duration=6.0)
    place.playground.scan()
    with pytest.raises(PlanOutdated):
        run(place, Inside(), plan)


# -- a text beside the speech -------------------------------------------------------------


def beside(place: Place, **policy: object) -> Plan:
    """Plan the film from a text that lies beside it."""
    place.film.with_name("Film (2020).en.srt").write_text(SRT)
    place.playground.scan()
    plan = place.plan("pt")
    assert isinstance(plan.origin, TextOrigin)
    assert plan.origin.external
    return plan.model_copy(update={"subtitles": SubtitleOptions.model_validate(policy)})


def test_a_text_beside_the_film_comes_with_the_speech_map(speaking: Place) -> None:
    plan = beside(speaking)
    result = run(speaking, Inside(), plan)
    assert b"Who left the door open?" in speaking.tools.artifacts.read(result["key"])
    assert 2.0 < sum(end - start for start, end in result["spans"]) < result["duration"]
    assert needs_speech(plan)


def test_the_speech_map_alone_leaves_no_audio_behind(speaking: Place) -> None:
    result = run(speaking, Inside(), beside(speaking))
    assert speaking.tools.artifacts.count("block") == 0
    assert "blocks" not in result


def test_the_speech_map_is_made_once(speaking: Place) -> None:
    plan = beside(speaking)
    first, again = run(speaking, Inside(), plan), Inside()
    assert run(speaking, again, plan) == first
    assert again.calls == []


@pytest.mark.parametrize(
    ("sync", "external", "listens"),
    [
        ("external", True, True), ("external", False, False),
        ("always", False, True), ("never", True, False),
    ],
)  # fmt: skip
def test_which_texts_are_tested(place: Place, sync: str, *, external: bool, listens: bool) -> None:
    plan = beside(place, sync=sync)
    assert isinstance(plan.origin, TextOrigin)
    origin = plan.origin.model_copy(update={"external": external})
    assert needs_speech(plan.model_copy(update={"origin": origin})) is listens


def test_a_text_that_is_not_to_be_tested_needs_no_ears(speaking: Place) -> None:
    inside = Inside()
    result = run(speaking, inside, beside(speaking, sync="never"))
    assert not {"spans", "untested"} & result.keys()
    assert inside.calls == []


def test_a_text_goes_on_untested_where_nobody_speaks(place: Place) -> None:
    result = run(place, Inside(), beside(place))
    assert result["untested"] == "no speech was heard in Film (2020)"
    assert "spans" not in result


def test_a_text_goes_on_untested_where_the_media_is_out_of_reach(speaking: Place) -> None:
    place = busy(without_mount(speaking))
    plan = beside(place)
    place.playground.fail("GET", r"/Videos/\w+/stream$", status=404, times=9)
    place.playground.fail("HEAD", r"/Videos/\w+/stream$", status=404, times=9)
    assert "is not asked to convert" in run(place, Inside(), plan)["untested"]


# -- names --------------------------------------------------------------------------------


class Nameless:
    """A server that is too busy to say who plays in what."""

    def __init__(self, client: Jellyfin) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        return getattr(self._client, name)

    def names(self, *_ids: str) -> tuple[str, ...]:
        raise ServerUnreachable("the server did not answer within 15 s")


def name(place: Place, plan: Plan, *people: Person) -> None:
    place.playground.catalogue.casts[plan.item] = people


def test_the_names_of_the_item_come_along(speaking: Place) -> None:
    plan = speaking.plan("pt")
    name(speaking, plan, Person("Mary Poe", "Doctor Green"))
    assert run(speaking, Inside(), plan)["names"] == ["Doctor Green", "Mary Poe"]


def test_names_that_change_need_no_new_decoding(speaking: Place) -> None:
    plan = speaking.plan("pt")
    run(speaking, Inside(), plan)
    name(speaking, plan, Person("Mary Poe"))
    again = Inside()
    assert run(speaking, again, plan)["names"] == ["Mary Poe"]
    assert again.calls == []


def test_a_server_that_fails_to_name_anybody_holds_up_nothing(speaking: Place) -> None:
    plan = speaking.plan("pt")
    nameless: Any = Nameless(speaking.client)
    tools = replace(speaking.tools, server=lambda _id: nameless)
    result = run(replace(speaking, tools=tools), Inside(), plan)
    assert (result["names"], len(result["blocks"])) == ([], 1)
