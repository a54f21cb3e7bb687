"""What a look finds of our own files: gone, outdated, or beside a person's subtitle."""

import shutil
from pathlib import Path

import pytest
from library_place import DONE, HEARD, SHOW, SRT, Place, film, item_id
from ours_place import open_ours

from subtide.jellyfin.media import MediaAccess
from subtide.library.judging import Finding
from subtide.storage.coverage import Standing
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.outcomes import OutcomeState

OTHER_MODEL = {"speech": {"model": "medium"}}


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
    folder = film(place.root, HEARD).parent
    moved = folder.rename(folder.with_name("Heard (2020) [imdbid-tt1]"))
    place.playground.scan()
    look(place)
    (entry,) = (one for one in Ledger(place.database).all() if one.name == ours.name)
    assert entry.path == str(moved / ours.name)
    assert entry.source == finding(place, moved.name).source.id
    (moved / ours.name).unlink()
    place.playground.scan()
    assert look(place) == 0
    assert standing(place, moved.name) is Standing.CLOSED


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


def test_a_film_of_others_is_none_of_our_business(place: Place, ours: Path) -> None:
    film(place.root, DONE).with_suffix(".pt.srt").unlink()
    place.playground.scan()
    assert standing(place, DONE) is Standing.GAP
