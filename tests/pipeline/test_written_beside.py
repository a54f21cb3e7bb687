"""Where the server does not save an upload, the file is written beside the media."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stage_place import CUES, Place

from subtide.errors import CheckFailed, ServerFailed, ServerOutdated, Stopped, UploadUnseen
from subtide.jellyfin.media import MediaAccess
from subtide.pipeline.publish import publish
from subtide.pipeline.sidecar import NotWritten, remove_beside, write_beside
from subtide.playground.auth import HELPER
from subtide.playground.flavour import V10_11, V10_11_7, V12, Flavour
from subtide.storage.ledger import EntryState
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import write

TARGET = "subtitle/en/full/srt/jellyfin"
NAME = "Film (2020).subtide.en.srt"
OTHER = b"1\n00:00:01,000 --> 00:00:02,000\nA person wrote this.\n\n"
OURS = write([Cue(*cue) for cue in CUES], "srt")  # type: ignore[arg-type]
OpenPlace = Callable[..., Place]


def run(place: Place) -> dict[str, Any]:
    plan = place.plan("en")
    return publish(place.work(plan, {"cues": place.cues()}, part=TARGET), place.tools)


def refuse(place: Place) -> None:
    """Make the server one that may not write beside the media."""
    for library in place.playground.catalogue.libraries:
        library.read_only = True


def lose(place: Place) -> None:
    """Make the server one that says yes and saves nothing."""
    place.playground.lose_uploads.add(place.plan("en").source)


def states(place: Place) -> list[EntryState]:
    return [entry.state for entry in place.tools.ledger.all()]


def beside(place: Place) -> list[str]:
    return sorted(path.name for path in place.film.parent.iterdir())


@pytest.mark.parametrize(
    ("flavour", "hinder"),
    [(V10_11_7, lambda _place: None), (V12, refuse), (V12, lose), (V10_11, lose)],
    ids=["10.11.7 refuses all", "12 may not write", "12 loses it", "10.11 loses it"],
)
def test_an_upload_that_is_not_saved_is_written_beside_the_media(
    open_place: OpenPlace, flavour: Flavour, hinder: Callable[[Place], None]
) -> None:
    place = open_place(flavour)
    hinder(place)
    result = run(place)
    assert result["path"] == str(place.film.with_name(NAME)), "as the server lists it"
    assert place.film.with_name(NAME).read_bytes() == OURS
    assert beside(place) == [place.film.name, NAME], "and no unfinished file"
    (entry,) = [e for e in place.tools.ledger.all() if e.state is EntryState.VERIFIED]
    assert entry.path == result["path"]
    assert len(place.playground.requests("POST", "Subtitles")) == 1, "uploading came first"


@pytest.mark.parametrize("hinder", [refuse, lose])
def test_it_is_written_once_and_found_by_the_next_run(
    open_place: OpenPlace, hinder: Callable[[Place], None]
) -> None:
    place = open_place()
    hinder(place)
    first = run(place)
    assert run(place) == first
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_a_user_who_may_not_refresh_reports_the_change(open_place: OpenPlace) -> None:
    place = open_place()
    refuse(place)
    place.sign_in(HELPER)
    place.playground.monitor_seconds = 0.0
    run(place)
    assert beside(place) == [place.film.name, NAME]
    assert not place.playground.requests("POST", "Refresh")
    assert place.playground.requests("POST", "Media/Updated")


def test_on_12_the_way_out_is_told_when_the_folder_is_out_of_reach(place: Place) -> None:
    refuse(place)
    place.put_out_of_reach()
    with pytest.raises(ServerFailed) as told:
        run(place)
    assert "(500)" in told.value.what
    assert "the media's folder cannot be reached from here" in told.value.what
    assert "subtide doctor --save-in-metadata LIBRARY" in told.value.fix
    assert "`paths`" in told.value.fix
    assert set(states(place)) == {EntryState.RETIRED}


def test_10_11_7_is_named_with_its_cure_when_the_folder_is_out_of_reach(
    open_place: OpenPlace,
) -> None:
    place = open_place(V10_11_7)
    place.put_out_of_reach()
    with pytest.raises(ServerOutdated, match=r"10\.11\.8"):
        run(place)


def test_a_silent_loss_is_told_when_the_folder_is_out_of_reach(place: Place) -> None:
    lose(place)
    place.put_out_of_reach()
    with pytest.raises(UploadUnseen, match=r"never showed up.*server's log"):
        run(place)
    assert states(place) == [EntryState.UPLOADED, EntryState.RETIRED]
    assert place.playground.requests("POST", "Refresh"), "a refresh of its own was tried"


@pytest.mark.parametrize("hinder", [refuse, lose])
def test_a_file_of_that_name_with_another_content_is_never_touched(
    place: Place, hinder: Callable[[Place], None]
) -> None:
    hinder(place)
    place.film.with_name(NAME).write_bytes(OTHER)
    with pytest.raises(CheckFailed, match="is there already and is not ours"):
        run(place)
    assert place.film.with_name(NAME).read_bytes() == OTHER
    assert beside(place) == [place.film.name, NAME]


def test_killed_after_writing_leaves_one_file(place: Place) -> None:
    refuse(place)

    def killed(_source: str) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.client, "refresh", killed)
        with pytest.raises(KeyboardInterrupt):
            run(place)
    run(place)
    assert beside(place) == [place.film.name, NAME]
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_a_cancelled_task_writes_nothing(place: Place) -> None:
    refuse(place)
    place.playground.fail("POST", "Subtitles", status=500)
    upload = place.client.upload

    def cancelled(*words: Any, **named: Any) -> None:  # noqa: ANN401 - whatever is uploaded
        place.ours = False
        upload(*words, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.client, "upload", cancelled)
        with pytest.raises(Stopped):
            run(place)
    assert beside(place) == [place.film.name]


def test_the_file_can_be_read_by_all_and_has_the_media_s_group(place: Place) -> None:
    write_beside(MediaAccess(), source(place), NAME, OURS)
    facts = place.film.with_name(NAME).stat()
    assert stat.S_IMODE(facts.st_mode) == 0o644
    assert facts.st_gid == place.film.stat().st_gid


def test_where_files_have_no_second_name_it_is_still_never_written_over(place: Place) -> None:
    def no_links(_one: object, _other: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.link", no_links)
        write_beside(MediaAccess(), source(place), NAME, OURS)
        write_beside(MediaAccess(), source(place), NAME, OURS)
        with pytest.raises(CheckFailed):
            write_beside(MediaAccess(), source(place), NAME, OTHER)
    assert place.film.with_name(NAME).read_bytes() == OURS
    assert beside(place) == [place.film.name, NAME]


def test_a_folder_that_cannot_be_written_is_told(place: Place) -> None:
    def read_only(**_where: object) -> None:
        raise OSError(30, "Read-only file system")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.mkstemp", read_only)
        with pytest.raises(NotWritten, match=r"cannot be written.*Read-only file system"):
            write_beside(MediaAccess(), source(place), NAME, OURS)


def test_nothing_is_written_outside_the_mapped_folders(place: Place, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    for access in (MediaAccess([("/media", other)]), MediaAccess([(str(tmp_path), other)])):
        with pytest.raises(NotWritten):
            write_beside(access, source(place), NAME, OURS)
    assert list(other.iterdir()) == []


@pytest.mark.parametrize("name", ["../Film.srt", "..", ".", "", "a/b.srt", "a\0b.srt"])
def test_a_name_never_leads_to_another_folder(place: Place, name: str) -> None:
    assert MediaAccess().beside(source(place), name) is None


def test_a_linked_film_gets_its_file_where_the_server_looks_for_it(
    place: Place, tmp_path: Path
) -> None:
    store = tmp_path / "media" / "store"
    store.mkdir()
    target = place.film.rename(store / "blob.mkv")
    place.film.symlink_to(target)
    access = MediaAccess([(str(tmp_path / "media"), tmp_path / "media")])
    write_beside(access, source(place), NAME, OURS)
    assert place.film.with_name(NAME).read_bytes() == OURS
    assert [path.name for path in store.iterdir()] == ["blob.mkv"]


def test_a_linked_folder_out_of_the_mapped_ones_is_left_alone(place: Place, tmp_path: Path) -> None:
    folder = place.film.parent
    away = folder.rename(tmp_path / "away")
    folder.symlink_to(away, target_is_directory=True)
    (away / NAME).write_bytes(OURS)
    access = MediaAccess([(str(tmp_path / "media"), tmp_path / "media")])
    with pytest.raises(NotWritten):
        write_beside(access, source(place), NAME, OURS)
    assert not remove_beside(access, source(place), str(folder / NAME), "")
    assert (away / NAME).read_bytes() == OURS


def source(place: Place) -> Any:  # noqa: ANN401 - a Source
    item = place.client.item(place.plan("en").item)
    assert item
    return item.sources[0]
