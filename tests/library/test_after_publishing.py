"""What a look finds of our own files: gone, outdated, or beside a person's subtitle."""

import errno
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from library_place import DONE, HEARD, SHOW, SRT, Place, fail_first_task, film, item_id
from ours_place import Ours, add_foreign, open_ours, step

from subtide.jellyfin.media import MediaAccess
from subtide.library.explanation import Explainer
from subtide.library.judging import Finding
from subtide.library.undoing import to_undo, undo
from subtide.settings import Settings
from subtide.storage.coverage import Standing
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.outcomes import OutcomeState
from subtide.storage.releases import Releases
from subtide.storage.selection import Selection
from subtide.storage.tables import outcomes

OTHER_MODEL = {"speech": {"model": "medium"}}
RENAMED = f"{HEARD} [imdbid-tt1]"
OLDER_BASIS = 32
"""Characters of a basis as schema 0003 kept it: the first of today's."""


def finding(place: Place, title: str = HEARD, **settings: object) -> Finding:
    scanner = place.scanner("pt", **settings)
    return next(one for one in scanner.findings(place.server()) if one.item.title == title)


def standing(place: Place, title: str = HEARD, **settings: object) -> Standing:
    (verdict,) = finding(place, title, **settings).verdicts
    return verdict.standing


def look(place: Place, **settings: object) -> int:
    """Follow a full look; return how many jobs it planned."""
    return place.scanner("pt", **settings).follow(place.server(), place.look()).planned


def states(place: Place) -> set[tuple[str, str]]:
    return {(one.title, one.state) for one in place.outcomes.all() if one.target.startswith("sub")}


def make_older(place: Place) -> None:
    """Leave of the outcomes what schema 0003 knew of them."""
    with place.database.write() as connection:
        basis = sa.func.substr(outcomes.c.basis, 1, OLDER_BASIS)
        connection.execute(outcomes.update().values(basis=basis, work=""))


def rename(place: Place) -> Path:
    """Give the folder of a film another name; what lies in it keeps its own."""
    moved = film(place.root, HEARD).parent.rename(place.root / "Movies" / RENAMED)
    place.playground.scan()
    return moved


def beside(place: Place, folder: Path) -> dict[str, str]:
    """The names of our files in a folder, each with that of the media it is kept for."""
    found = place.scanner("pt").findings(place.server())
    media = {one.source.id: Path(one.source.path) for one in found}
    return {
        Path(one.path).name: media[one.source].name
        for one in Ledger(place.database).all()
        if one.path and Path(one.path).parent == folder and one.source in media
    }


def care_for_all(house: Ours) -> None:
    while step(house.care()):
        pass


@pytest.fixture
def ours(place: Place) -> Path:
    """A Portuguese file of ours, put out by the settings of now; nothing else is lacking."""
    house = open_ours(place)
    house.put(SHOW, "pt")
    return house.put(HEARD, "pt")


def test_our_file_covers(place: Place, ours: Path) -> None:
    assert standing(place) is Standing.COVERED
    assert look(place) == 0


def test_a_file_that_a_person_removed_is_not_made_again_by_any_look(
    place: Place, ours: Path
) -> None:
    ours.unlink()
    place.playground.scan()
    for _ in range(3):
        assert look(place) == 0
        place.clock.pass_by(days=1)
        place.playground.scan()
    assert (HEARD, OutcomeState.REFUSED) in states(place)


def test_nor_after_a_change_of_the_model_or_of_the_media(
    place: Place, ours: Path, made: Path
) -> None:
    ours.unlink()
    place.playground.scan()
    look(place)
    shutil.copy(made / "longer.mkv", film(place.root, HEARD))
    place.playground.scan()
    assert look(place, **OTHER_MODEL) == 0
    assert standing(place, **OTHER_MODEL) is Standing.CLOSED


def test_a_person_has_it_again_by_opening_it(place: Place, ours: Path) -> None:
    ours.unlink()
    place.playground.scan()
    look(place)
    place.outcomes.reopen(place.playground.id, item_id(place, HEARD))
    assert look(place) == 1


def test_a_file_that_is_away_with_its_media_was_not_removed(place: Place, ours: Path) -> None:
    """The server lists both still, and the folder that is mapped to here is empty."""
    ours.unlink()
    place.playground.scan()
    media = MediaAccess([(str(place.root), place.root.parent / "not-mounted")])
    scanner = place.scanner("pt")
    scanner.follow(place.server(media), place.look())
    assert (HEARD, OutcomeState.REFUSED) not in states(place)


def test_a_file_that_is_on_the_disk_and_not_listed_was_not_removed(
    place: Place, ours: Path
) -> None:
    hidden = ours.rename(ours.with_suffix(".away"))
    place.playground.scan()
    hidden.rename(ours)  # back, and the server has not looked since
    assert look(place) == 0
    assert (HEARD, OutcomeState.REFUSED) not in states(place)
    place.playground.scan()
    assert standing(place) is Standing.COVERED


def test_a_file_behind_a_mount_that_is_dead_was_not_removed(
    place: Place, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, exists = place.root.parent / "dead", Path.exists

    def asked(path: Path) -> bool:
        if path.is_relative_to(dead):
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return exists(path)

    ours.unlink()
    place.playground.scan()
    monkeypatch.setattr(Path, "exists", asked)
    media = MediaAccess([(str(place.root), dead)])
    summary = place.scanner("pt").follow(place.server(media), place.look())
    assert summary.sources == 4, "and the look goes on"
    assert (HEARD, OutcomeState.REFUSED) not in states(place)


def test_an_emptied_library_is_no_removal(place: Place, ours: Path) -> None:
    away = place.root.parent / "away"
    shutil.move(place.root / "Movies", away)
    (place.root / "Movies").mkdir()
    place.playground.scan()
    look(place)
    shutil.rmtree(place.root / "Movies")
    shutil.move(away, place.root / "Movies")
    place.playground.scan()
    assert look(place) == 0
    assert standing(place) is Standing.COVERED
    assert (HEARD, OutcomeState.REFUSED) not in states(place)


def test_what_was_refused_stays_so_for_the_next_file_of_the_same_film(
    place: Place, ours: Path, made: Path
) -> None:
    ours.unlink()
    place.playground.scan()
    look(place)
    film(place.root, HEARD).unlink()
    place.playground.scan()
    look(place)
    better = film(place.root, HEARD).with_name(f"{HEARD} - 1080p.mkv")
    shutil.copy(made / "longer.mkv", better)
    place.playground.scan()
    assert look(place) == 0
    (verdict,) = finding(place).verdicts
    assert verdict.standing is Standing.CLOSED
    assert "refused for an earlier file" in verdict.why


def test_what_came_along_with_a_renamed_film_is_still_ours_to_know(
    place: Place, ours: Path
) -> None:
    moved = rename(place)
    look(place)
    (entry,) = (one for one in Ledger(place.database).all() if one.name == ours.name)
    assert entry.path == str(moved / ours.name)
    assert entry.source == finding(place, moved.name).source.id
    (moved / ours.name).unlink()
    place.playground.scan()
    assert look(place) == 0
    assert standing(place, moved.name) is Standing.CLOSED


@pytest.fixture
def versions(place: Place, ours: Path, made: Path) -> Path:
    """The folder of a film in two versions, with a file of ours beside each."""
    first = film(place.root, HEARD)
    away = first.rename(place.root.parent / first.name)
    shutil.copy(made / "longer.mkv", first.with_name(f"{HEARD} - 4K.mkv"))
    place.playground.scan()
    open_ours(place).put(HEARD, "pt")
    away.rename(first)
    place.playground.scan()
    assert look(place) == 0
    return first.parent


def test_each_version_in_a_renamed_folder_keeps_the_file_beside_it(
    place: Place, versions: Path
) -> None:
    moved = rename(place)
    assert look(place) == 0
    assert beside(place, moved) == {
        f"{HEARD}.subtide.pt.srt": f"{HEARD}.mkv",
        f"{HEARD} - 4K.subtide.pt.srt": f"{HEARD} - 4K.mkv",
    }


def test_each_version_keeps_the_file_that_was_renamed_with_it(place: Place, versions: Path) -> None:
    for old, new in ((f"{HEARD} - 4K", f"{HEARD} - A"), (HEARD, f"{HEARD} - B")):
        for end in (".mkv", ".subtide.pt.srt"):
            (versions / f"{old}{end}").rename(versions / f"{new}{end}")
    place.playground.scan()
    assert look(place) == 0
    assert beside(place, versions) == {
        f"{HEARD} - {label}.subtide.pt.srt": f"{HEARD} - {label}.mkv" for label in "AB"
    }


def test_what_was_undone_goes_though_its_folder_was_renamed_meanwhile(
    place: Place, ours: Path
) -> None:
    house, moved = open_ours(place), rename(place)
    undo(place.database, to_undo(place.database, Selection(item=HEARD)))
    care_for_all(house)
    assert (moved / ours.name).exists(), "nobody has looked where it is"
    assert look(place) == 0
    place.clock.pass_by(days=2)
    care_for_all(house)
    assert not (moved / ours.name).exists()
    assert look(place) == 0
    assert standing(place, RENAMED) is Standing.CLOSED


def test_other_media_that_came_without_our_file_gets_a_new_one(
    place: Place, ours: Path, made: Path
) -> None:
    ours.unlink()
    shutil.copy(made / "longer.mkv", film(place.root, HEARD))
    place.playground.scan()
    assert look(place) == 1


def test_a_file_made_by_other_settings_covers_and_is_told_as_outdated(
    place: Place, ours: Path
) -> None:
    assert standing(place, **OTHER_MODEL) is Standing.OUTDATED
    assert look(place, **OTHER_MODEL) == 0


def test_it_is_made_anew_where_our_own_do_not_cover(place: Place, ours: Path) -> None:
    own = {"policy": {"languages": ["pt"], "covered_by": ["sdh", "image", "machine"]}}
    assert standing(place, **own) is Standing.COVERED, "the settings of now made it"
    assert standing(place, **own, **OTHER_MODEL) is Standing.GAP


def test_what_a_person_wants_anew_covers_nothing(place: Place, ours: Path) -> None:
    ledger = Ledger(place.database)
    (entry,) = (one for one in ledger.all() if one.path == str(ours))
    ledger.advance(entry, EntryState.OUTDATED)
    place.outcomes.reopen(place.playground.id, entry.source)
    assert look(place) == 1


@pytest.mark.parametrize(
    ("name", "retired"), [("pt", True), ("ai.pt", False), ("forced.pt", False), ("en", False)]
)
@pytest.mark.parametrize("wanted", [True, False])
def test_ours_gives_way_to_a_persons_subtitle_if_the_policy_says_so(
    place: Place, ours: Path, name: str, *, retired: bool, wanted: bool
) -> None:
    film(place.root, HEARD).with_suffix(f".{name}.srt").write_text(SRT)
    place.playground.scan()
    look(place, policy={"languages": ["pt"], "retire_ours": wanted})
    (entry,) = (one for one in Ledger(place.database).all() if one.path == str(ours))
    gone = retired and wanted
    assert entry.state is (EntryState.UNWANTED if gone else EntryState.VERIFIED)


def test_ours_comes_again_when_the_persons_subtitle_is_gone(place: Place, ours: Path) -> None:
    policy = {"languages": ["pt"], "retire_ours": True}
    theirs = add_foreign(place, HEARD)
    assert look(place, policy=policy) == 0
    care_for_all(open_ours(place))
    assert not ours.exists()
    theirs.unlink()
    place.playground.scan()
    assert look(place, policy=policy) == 1


def test_a_film_of_others_is_none_of_our_business(place: Place, ours: Path) -> None:
    film(place.root, DONE).with_suffix(".pt.srt").unlink()
    place.playground.scan()
    assert standing(place, DONE) is Standing.GAP


# -- what schema 0003 knew ----------------------------------------------------------------


def test_a_file_that_was_put_out_before_the_upgrade_is_current(place: Place, ours: Path) -> None:
    make_older(place)
    assert standing(place) is Standing.COVERED
    assert standing(place, **OTHER_MODEL) is Standing.OUTDATED


def test_a_removal_after_the_upgrade_is_an_answer_too(place: Place, ours: Path) -> None:
    make_older(place)
    look(place)
    ours.unlink()
    place.playground.scan()
    assert look(place) == 0
    assert (HEARD, OutcomeState.REFUSED) in states(place)


def test_what_failed_before_the_upgrade_is_not_tried_again(place: Place) -> None:
    scanner, server = place.scanner("en"), place.server()
    again = [place.look(item_id(place, HEARD))]
    assert scanner.follow_items(server, again).planned == 1
    fail_first_task(place, HEARD)
    make_older(place)
    assert scanner.follow_items(server, again).planned == 0
    other = place.scanner("en", **OTHER_MODEL)
    assert other.follow_items(server, again).planned == 1


def test_of_a_file_that_is_to_go_the_explanation_says_so(place: Place, ours: Path) -> None:
    ledger = Ledger(place.database)
    ledger.want_away([one.id for one in ledger.all() if one.path == str(ours)])
    releases = Releases(place.database, all_open=True)
    explainer = Explainer(place.database, place.scanner("pt"), Settings(), releases)
    (told,) = explainer.explain(place.server(), item_id(place, HEARD))
    assert [one.now for one in told.reasons] == [
        "ours is to be taken away as soon as nobody watches"
    ]
