"""removal: only ours goes, and a foreign file that a shifted index took comes back."""

import pickle
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from stage_place import Place

from subtide.errors import CheckFailed, RetryLater, ServerUnreachable
from subtide.pipeline.removal import NotRemovable, arrived, remove
from subtide.pipeline.sidecar import Fate
from subtide.playground.auth import HELPER
from subtide.playground.flavour import V10_11, V12, Flavour
from subtide.storage.ledger import Entry

NAME = "Film (2020).subtide.en.srt"
OURS = b"1\n00:00:01,000 --> 00:00:02,000\nOurs.\n\n"
OTHER = b"1\n00:00:01,000 --> 00:00:02,000\nA person wrote this.\n\n"
OpenPlace = Callable[..., Place]
FLAVOURS = pytest.mark.parametrize("flavour", [V10_11, V12], ids=lambda f: f.version)


@pytest.fixture
def far(place: Place) -> Place:
    """A place whose folders are out of reach, so that the server removes by index."""
    place.put_out_of_reach()
    return place


def put(place: Place, name: str, data: bytes) -> Path:
    path = place.film.with_name(name)
    path.write_bytes(data)
    return path


def show(place: Place) -> None:
    place.client.refresh(place.plan("en").source)
    place.playground.settle()


def written(place: Place) -> Entry:
    """Return the ledger's entry for our file."""
    plan = place.plan("en")
    place.tools.artifacts.write("ours", "publish", "text/plain", OURS)
    return place.tools.ledger.intend(
        server=plan.server,
        item=plan.item,
        source=plan.source,
        target=plan.targets[0].key,
        name=NAME,
        artifact="ours",
        sha256=sha256(OURS).hexdigest(),
        recipe={},
        job=1,
    )


def remove_ours(place: Place, name: str = NAME) -> Fate:
    path = str(place.film.with_name(name))
    return remove(place.tools, place.plan("en"), path, written(place))


def instead_of_delete(place: Place, act: Callable[[Callable[[int], None]], None]) -> None:
    """Remove ours, but ``act`` at the deletion; it may delete at so many indexes beside ours."""
    delete = place.client.delete_subtitle

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            place.client,
            "delete_subtitle",
            lambda source, index: act(lambda by: delete(source, index + by)),
        )
        remove_ours(place)


@pytest.mark.parametrize("within_reach", [True, False])
def test_our_file_goes_and_the_others_stay(place: Place, *, within_reach: bool) -> None:
    if not within_reach:
        place.put_out_of_reach()
    mine = put(place, NAME, OURS)
    theirs = put(place, "Film (2020).en.forced.srt", OTHER)
    show(place)
    assert remove_ours(place) is Fate.REMOVED
    assert not mine.exists()
    assert theirs.read_bytes() == OTHER
    assert len(place.playground.requests("DELETE")) == (not within_reach)
    place.playground.settle()
    item = place.client.item(place.plan("en").item)
    assert item
    assert [track.path for track in item.sources[0].subtitles] == [str(theirs)]


@pytest.mark.parametrize("within_reach", [True, False])
def test_a_file_that_is_gone_already_is_no_error(place: Place, *, within_reach: bool) -> None:
    if not within_reach:
        place.put_out_of_reach()
    assert remove_ours(place) is Fate.ABSENT
    assert not place.playground.requests("DELETE")


@pytest.mark.parametrize("within_reach", [True, False])
def test_a_file_that_another_hand_changed_stays(place: Place, *, within_reach: bool) -> None:
    if not within_reach:
        place.put_out_of_reach()
    mine = put(place, NAME, OTHER)
    show(place)
    assert remove_ours(place) is Fate.CHANGED
    assert mine.read_bytes() == OTHER
    assert not place.playground.requests("DELETE")


def test_one_that_the_server_still_lists_is_gone_all_the_same(place: Place) -> None:
    mine = put(place, NAME, OURS)
    show(place)
    mine.unlink()
    assert remove_ours(place) is Fate.ABSENT
    place.playground.settle()
    item = place.client.item(place.plan("en").item)
    assert item
    assert item.sources[0].subtitles == (), "the server was asked to look"


def test_a_file_whose_arrival_was_not_recorded_is_found_by_name_and_content(place: Place) -> None:
    plan, entry = place.plan("en"), written(place)
    assert arrived(place.tools, plan, entry) == []
    put(place, NAME, OTHER)
    put(place, "Film (2020).en.srt", OURS)
    mine = put(place, "Film (2020).subtide.en.0.srt", OURS)
    show(place)
    assert arrived(place.tools, plan, entry) == [str(mine)]


def test_what_to_mend_is_told_without_a_job_too() -> None:
    error = pickle.loads(pickle.dumps(NotRemovable("it stays", "mend it")))  # noqa: S301 - our own
    assert (error.what, error.mend) == ("it stays", "mend it")
    assert error.fix == "mend it, then: subtide jobs retry"


def test_by_path_a_new_mark_or_line_ending_makes_it_another_s(place: Place) -> None:
    changed = OURS.replace(b"\n", b"\r\n")
    mine = put(place, NAME, changed)
    show(place)
    remove_ours(place)
    assert mine.read_bytes() == changed


def test_one_in_the_server_s_own_folder_is_removed_by_the_server(place: Place) -> None:
    plan = place.plan("en")
    for library in place.playground.catalogue.libraries:
        library.options = {"SaveSubtitlesWithMedia": False}
    place.client.upload(
        plan.source,
        language_label="subtide.en",
        format="srt",
        data=OURS,
        forced=False,
        hearing_impaired=False,
    )
    place.playground.settle()
    item = place.client.item(plan.item)
    assert item
    (track,) = item.sources[0].subtitles
    assert track.path
    remove(place.tools, plan, track.path, written(place))
    assert len(place.playground.requests("DELETE")) == 1
    assert not Path(track.path).exists()


@FLAVOURS
def test_a_foreign_file_that_went_instead_is_put_back_under_its_name(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    place = open_place(flavour)
    place.put_out_of_reach()
    put(place, NAME, OURS)
    theirs = put(place, "Film (2020).pt.forced.srt", OTHER)
    show(place)

    def somebody_was_faster(delete: Callable[[int], None]) -> None:
        # A new file that sorts before the others moves every index by one.
        put(place, "Film (2020).aa.srt", OTHER)
        show(place)
        delete(0)

    with pytest.raises(CheckFailed, match=r"went instead.*pt\.forced\.srt was put back"):
        instead_of_delete(place, somebody_was_faster)
    place.playground.settle()
    assert theirs.read_bytes() == OTHER
    assert place.film.with_name("Film (2020).aa.srt").read_bytes() == OTHER
    item = place.client.item(place.plan("en").item)
    assert item
    assert [t.forced for t in item.sources[0].subtitles if t.path == str(theirs)] == [True]


def test_a_file_without_a_language_is_put_back_too(far: Place) -> None:
    put(far, NAME, OURS)
    put(far, "Film (2020).srt", OTHER)
    show(far)
    with pytest.raises(CheckFailed):
        instead_of_delete(far, lambda delete: delete(-1))
    assert far.film.with_name("Film (2020).und.srt").read_bytes() == OTHER


def test_a_lost_text_is_sent_back_until_it_arrives(far: Place) -> None:
    put(far, NAME, OURS)
    theirs = put(far, "Film (2020).pt.sdh.srt", OTHER)
    show(far)
    far.playground.fail("POST", "Subtitles", status=None)
    far.playground.fail("POST", "Subtitles", status=None, after=True)
    with pytest.raises(CheckFailed, match="was put back"):
        instead_of_delete(far, lambda delete: delete(-1))
    assert theirs.read_bytes() == OTHER
    srts = sorted(path.name for path in theirs.parent.glob("*.srt"))
    assert srts == [theirs.name, NAME], "and not twice"


def test_a_lost_text_that_cannot_be_sent_back_is_kept_and_its_place_is_told(far: Place) -> None:
    put(far, NAME, OURS)
    put(far, "Film (2020).pt.srt", OTHER)
    show(far)
    far.playground.fail("POST", "Subtitles", status=503, times=9)
    with pytest.raises(CheckFailed, match="restore it from") as told:
        instead_of_delete(far, lambda delete: delete(-1))
    kept = Path(told.value.fix.rpartition(" ")[2].rstrip("."))
    assert kept.read_bytes() == OTHER


def test_nothing_is_removed_beside_a_text_that_cannot_be_copied(far: Place) -> None:
    mine = put(far, NAME, OURS)
    put(far, "Film (2020).pt.srt", OTHER)
    show(far)
    read = far.client.subtitle

    def broken(source: object, index: int, format: str) -> bytes:  # noqa: A002 - as it is called
        far.playground.fail("GET", f"/{index}/Stream", status=500, times=index == 0)
        return read(source, index, format)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(far.client, "subtitle", broken)
        with pytest.raises(NotRemovable, match=r"pt\.srt beside it cannot be copied"):
            remove_ours(far)
    assert mine.exists()
    assert not far.playground.requests("DELETE")


def test_nothing_is_removed_while_the_indexes_move(far: Place) -> None:
    mine = put(far, NAME, OURS)
    put(far, "Film (2020).pt.srt", OTHER)
    show(far)
    write = far.tools.artifacts.write

    def somebody_adds(*words: str, **_named: object) -> None:
        write(*words)  # type: ignore[arg-type]
        if words[1] == "copy":
            put(far, "Film (2020).aa.srt", OTHER)
            show(far)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(far.tools.artifacts, "write", somebody_adds)
        with pytest.raises(RetryLater, match="came or went"):
            remove_ours(far)
    assert mine.exists()
    assert not far.playground.requests("DELETE")


def test_a_deletion_whose_answer_was_lost_is_looked_for(far: Place) -> None:
    mine = put(far, NAME, OURS)
    show(far)
    far.playground.fail("DELETE", "Subtitles", status=None, after=True)
    remove_ours(far)
    assert not mine.exists()


def test_a_deletion_that_did_not_arrive_is_not_repeated_at_once(far: Place) -> None:
    mine = put(far, NAME, OURS)
    show(far)
    far.playground.fail("DELETE", "Subtitles", status=None)
    with pytest.raises(ServerUnreachable):
        remove_ours(far)
    assert mine.exists()
    assert len(far.playground.requests("DELETE")) == 1


def test_a_user_who_may_not_delete_is_told_before_anything_is_done(far: Place) -> None:
    mine = put(far, NAME, OURS)
    show(far)
    far.sign_in(HELPER)
    with pytest.raises(NotRemovable, match="helper may not delete it") as told:
        remove_ours(far)
    assert "subtide jobs retry" in told.value.fix
    assert mine.exists()
    assert not far.playground.requests("DELETE")


def test_the_text_under_another_spelling_of_the_film_s_name_keeps_its_words(far: Place) -> None:
    put(far, NAME, OURS)
    put(far, "film (2020).pt.srt", OTHER)
    show(far)
    with pytest.raises(CheckFailed):
        instead_of_delete(far, lambda delete: delete(-1))
    assert far.film.with_name("Film (2020).pt.srt").read_bytes() == OTHER
