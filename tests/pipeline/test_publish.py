"""publish: nothing is uploaded twice, nothing of others is lost, and done means seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stage_place import CUES, Place

from subtide.errors import ServerChanged, ServerFailed, ServerOutdated, Stopped, UploadUnseen
from subtide.pipeline.plan import Plan
from subtide.pipeline.publish import publish
from subtide.playground.flavour import V10_10, V10_11, V10_11_7, V12, Flavour
from subtide.storage.ledger import Entry, EntryState
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, write

TARGET = "subtitle/en/full/srt/jellyfin"
OTHER = b"1\n00:00:01,000 --> 00:00:02,000\nA person wrote this.\n\n"
OpenPlace = Callable[..., Place]
FLAVOURS = pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda f: f.version)


def run(place: Place, cues: list[list[object]] | None = None, *, job: int = 1) -> dict[str, Any]:
    plan = place.plan("en")
    return publish(place.work(plan, {"cues": place.cues(cues)}, part=TARGET, job=job), place.tools)


def sidecars(place: Place) -> list[str]:
    return sorted(path.name for path in place.film.parent.glob("*.srt"))


def entries(place: Place, plan: Plan) -> tuple[Entry, ...]:
    return place.tools.ledger.of_target(plan.server, plan.source, TARGET)


def put_beside(place: Place, name: str, data: bytes) -> Path:
    path = place.film.with_name(name)
    path.write_bytes(data)
    place.client.refresh(place.plan("en").source)
    place.playground.settle()
    return path


def ours(cues: list[list[object]] | None = None) -> bytes:
    return write([Cue(*cue) for cue in cues or CUES], "srt")  # type: ignore[arg-type]


@FLAVOURS
def test_a_subtitle_is_uploaded_once_and_seen_before_it_counts(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    place = open_place(flavour)
    result = run(place)
    plan = place.plan("en")
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert result["path"] == str(place.film.with_name("Film (2020).subtide.en.srt"))
    (entry,) = entries(place, plan)
    assert entry.state is EntryState.VERIFIED
    assert entry.path == result["path"]
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_a_second_run_finds_it_and_uploads_nothing(place: Place) -> None:
    run(place)
    run(place, job=2)
    assert len(place.playground.requests("POST", "Subtitles")) == 1
    assert len(entries(place, place.plan("en"))) == 1


def test_an_upload_whose_answer_was_lost_is_not_sent_again(place: Place) -> None:
    place.playground.fail("POST", "Subtitles", status=None, after=True)
    run(place)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_killed_between_upload_and_ledger_leaves_one_file(place: Place) -> None:
    def killed(entry: Entry, state: EntryState, path: str | None = None) -> Entry:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.tools.ledger, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            run(place)
    (entry,) = entries(place, place.plan("en"))
    assert entry.state is EntryState.INTENDED
    run(place)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert [e.state for e in entries(place, place.plan("en"))] == [EntryState.VERIFIED]


def test_an_intention_that_was_never_sent_is_sent_after_the_wait(place: Place) -> None:
    place.playground.fail("POST", "Subtitles", status=None)
    with pytest.raises(UploadUnseen):
        run(place)
    assert sidecars(place) == []
    run(place)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert sum(place.waited) >= place.options.publish.patience_seconds


def test_an_upload_that_is_silently_lost_is_told(place: Place) -> None:
    place.playground.lose_uploads.add(place.plan("en").source)
    with pytest.raises(UploadUnseen, match=r"never showed up.*server's log"):
        run(place)
    assert [e.state for e in entries(place, place.plan("en"))] == [EntryState.UPLOADED]
    assert place.playground.requests("POST", "Refresh"), "a refresh of its own was tried"


def test_a_foreign_file_of_our_name_stays_and_ours_is_found_beside_it(place: Place) -> None:
    foreign = put_beside(place, "Film (2020).subtide.en.srt", OTHER)
    result = run(place)
    assert foreign.read_bytes() == OTHER
    assert result["path"].endswith("Film (2020).subtide.en.0.srt")


def test_of_two_files_with_our_content_one_is_kept(place: Place) -> None:
    put_beside(place, "Film (2020).subtide.en.srt", ours())
    put_beside(place, "Film (2020).subtide.en.0.srt", ours())
    put_beside(place, "Film (2020).en.srt", OTHER)
    result = run(place)
    assert sidecars(place) == ["Film (2020).en.srt", "Film (2020).subtide.en.srt"]
    assert result["path"].endswith("Film (2020).subtide.en.srt")
    assert not place.playground.requests("POST", "Subtitles")


def test_new_content_replaces_what_we_made_before(place: Place) -> None:
    run(place)
    better: list[list[object]] = [[1.0, 2.5, "A better subtitle."]]
    run(place, better, job=2)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    text = place.film.with_name("Film (2020).subtide.en.srt").read_bytes()
    assert [cue.text for cue in read(text)] == ["A better subtitle."]
    assert [e.state for e in entries(place, place.plan("en"))] == [EntryState.VERIFIED]


def test_what_a_person_edited_is_theirs_and_is_not_removed(place: Place) -> None:
    run(place)
    place.film.with_name("Film (2020).subtide.en.srt").write_bytes(OTHER)
    run(place, [[1.0, 2.5, "A better subtitle."]], job=2)
    assert place.film.with_name("Film (2020).subtide.en.srt").read_bytes() == OTHER


def test_the_broken_version_is_named_with_its_cure(open_place: OpenPlace) -> None:
    with pytest.raises(ServerOutdated, match=r"10\.11\.8"):
        run(open_place(V10_11_7))


def test_read_only_media_on_12_is_told_with_the_way_out(open_place: OpenPlace) -> None:
    place = open_place()
    for library in place.playground.catalogue.libraries:
        library.read_only = True
    with pytest.raises(ServerFailed, match="SaveSubtitlesWithMedia"):
        run(place)


def test_what_the_server_itself_refused_is_sent_again_without_a_wait(place: Place) -> None:
    place.playground.fail("POST", "Subtitles", status=500)
    with pytest.raises(ServerFailed):
        run(place)
    place.waited.clear()
    run(place)
    assert sum(place.waited) < 5.0
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]


def test_nothing_is_written_to_another_server_with_the_same_ids(place: Place) -> None:
    plan = place.plan("en")
    work = place.work(plan, {"cues": place.cues()}, part=TARGET)
    place.playground.id = "f" * 32
    with pytest.raises(ServerChanged):
        publish(work, place.tools)
    assert not place.playground.requests("POST", "Subtitles")


def test_a_cancelled_task_uploads_nothing(place: Place) -> None:
    place.ours = False
    with pytest.raises(Stopped):
        run(place)
    assert not place.playground.requests("POST", "Subtitles")
