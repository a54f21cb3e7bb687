"""Surroundings: a look plans what libraries, users, tags and marks say, and sees them change."""

from collections.abc import Callable
from pathlib import Path

import pytest
from library_place import DONE, HEARD, SHOW, SILENT, Place, film, item_id

from subtide.jellyfin.items import Source
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.task import OPEN_JOBS
from subtide.library.summary import Summary
from subtide.library.surroundings import IGNORE_FILE
from subtide.playground.auth import ADMIN, User
from subtide.playground.flavour import V10_11, V12, Flavour
from subtide.playground.tree import Library
from subtide.storage.coverage import Standing

OpenPlace = Callable[..., Place]
BOTH = pytest.mark.parametrize("flavour", [V12, V10_11], ids=["12", "10.11"])
SEASON = "TV/Show/Season 01"


class Counted(MediaAccess):
    """Counts what is asked of the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def beside(self, source: Source, name: str) -> Path | None:
        self.asked.append(source.name)
        return super().beside(source, name)


def look(place: Place, *, policy: object = None, **settings: object) -> Summary:
    says = {"policy": {"languages": ["en", "pt"]} if policy is None else policy}
    return place.scanner(**says, **settings).follow(place.server(), place.look())


def open_jobs(place: Place) -> dict[str, list[str]]:
    """The languages of each open job, by its title."""
    found = place.store.list(OPEN_JOBS)
    return {job.title: [target.language for target in job.plan.targets] for job in found}


def series_id(place: Place) -> str:
    return place.server().client.items([item_id(place, SHOW)])[0].series_id


def tag(place: Place, item: str, *tags: str, rating: str = "") -> None:
    place.playground.catalogue.describe(item, tags=tags, rating=rating)


# -- rules --------------------------------------------------------------------------------


@BOTH
def test_a_look_plans_what_the_rules_say(open_place: OpenPlace, flavour: Flavour) -> None:
    place = open_place(flavour=flavour)
    tag(place, item_id(place, HEARD), "kids", rating="PG")
    rules = [
        {"when": {"libraries": ["TV"]}, "set": {"languages": ["pt", "de"]}},
        {"when": {"tags": ["Kids"]}, "set": {"languages": ["fr"]}},
        {"when": {"folders": [str(place.root / "Movies" / SILENT)]}, "set": {"ignore": True}},
    ]
    summary = look(place, rules=rules)
    assert open_jobs(place) == {HEARD: ["fr"], SHOW: ["pt", "de"]}
    assert summary.standings[Standing.UNWANTED] == 2
    assert {one.title for one in place.outcomes.all()} == set()


@BOTH
def test_an_item_s_rating_and_tag_leave_it_alone(open_place: OpenPlace, flavour: Flavour) -> None:
    place = open_place(flavour=flavour)
    tag(place, item_id(place, HEARD), rating="XXX")
    tag(place, item_id(place, SILENT), "Subtide-Ignore")
    look(place, policy={"languages": ["pt"], "without_ratings": ["xxx"]})
    assert open_jobs(place) == {SHOW: ["pt"]}


@BOTH
def test_a_series_tag_counts_for_its_episodes(open_place: OpenPlace, flavour: Flavour) -> None:
    place = open_place(flavour=flavour)
    tag(place, series_id(place), "anime")
    look(place, rules=[{"when": {"tags": ["anime"]}, "set": {"languages": ["de"]}}])
    assert open_jobs(place) == {HEARD: ["en", "pt"], SHOW: ["de"]}


@BOTH
def test_a_tag_that_a_series_gets_later_is_seen_by_the_next_full_look(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    place = open_place(flavour=flavour)
    look(place, policy={"languages": ["en"]})
    assert look(place, policy={"languages": ["en"]}).unchanged == 3
    tag(place, series_id(place), "anime")
    anime = {"when": {"tags": ["anime"]}, "set": {"languages": ["de"]}}
    summary = look(place, policy={"languages": ["en"]}, rules=[anime])
    assert (summary.planned, open_jobs(place)[SHOW]) == (1, ["de"])
    tag(place, series_id(place))
    look(place, policy={"languages": ["en"]}, rules=[anime])
    assert SHOW not in open_jobs(place)


def test_a_tag_ends_the_job_that_waits(place: Place) -> None:
    look(place)
    assert set(open_jobs(place)) == {HEARD, SHOW}
    tag(place, series_id(place), "subtide-ignore")
    look(place)
    assert set(open_jobs(place)) == {HEARD}
    tag(place, series_id(place))
    look(place)
    assert set(open_jobs(place)) == {HEARD, SHOW}


def test_tags_are_asked_for_once_a_series_and_only_where_they_count(place: Place) -> None:
    def asked() -> int:
        wanted = place.playground.requests("GET", "^/Items$")
        return sum(one.query.get("ids") == show for one in wanted)

    show = series_id(place)
    look(place)
    assert asked() == 1
    look(place, policy={"languages": ["en"], "ignore_tags": []})
    assert asked() == 1


# -- what is left to Jellyfin -------------------------------------------------------------


@BOTH
def test_auto_is_what_each_library_downloads(
    open_place: OpenPlace, root: Path, flavour: Flavour
) -> None:
    options = {"SubtitleDownloadLanguages": ["por"], "SkipSubtitlesIfAudioTrackMatches": False}
    libraries = [Library(root / "Movies", options=options), Library(root / "TV")]
    place = open_place(flavour=flavour, libraries=libraries)
    look(place, policy={"languages": ["auto"]})
    assert open_jobs(place) == {HEARD: ["pt"]}


@BOTH
def test_a_library_s_download_that_skips_what_is_spoken_decides_for_it(
    open_place: OpenPlace, root: Path, flavour: Flavour
) -> None:
    options = {"SubtitleDownloadLanguages": ["eng", "por"]}
    libraries = [Library(root / "Movies", options=options), Library(root / "TV")]
    place = open_place(flavour=flavour, libraries=libraries)
    look(place, policy={"languages": ["auto"]})
    assert open_jobs(place) == {HEARD: ["pt"]}


@BOTH
def test_auto_is_what_the_users_are_set_to_where_no_library_says(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    users = [ADMIN, User("ana", "pw", subtitle_language="por"), User("bea", "pw"),
             User("carl", "pw", subtitle_language="deu"), User("dora", "pw",
             subtitle_language="deu")]  # fmt: skip
    place = open_place(flavour=flavour, users=users)
    look(place, policy={"languages": ["auto"]})
    assert open_jobs(place) == {HEARD: ["de", "pt"], SHOW: ["de", "pt"], DONE: ["de"]}


def test_auto_is_english_where_nobody_says(place: Place) -> None:
    look(place, policy={"languages": ["auto"]})
    assert open_jobs(place) == {HEARD: ["en"]}


def test_users_are_not_asked_for_where_it_does_not_matter(place: Place) -> None:
    look(place)
    assert not place.playground.requests("GET", "^/Users$")


# -- marks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "left"),
    [
        (f"Movies/{HEARD}", {SHOW}),
        ("Movies", {SHOW}),
        (SEASON, {HEARD}),
        ("TV/Show", {HEARD}),
        ("TV", {HEARD}),
        ("", {HEARD, SHOW}),
        ("Movies/Other", {HEARD, SHOW}),
    ],
)
def test_a_mark_counts_for_all_in_its_folder_and_none_above_the_library_s(
    place: Place, folder: str, left: set[str]
) -> None:
    (place.root / folder).mkdir(exist_ok=True)
    (place.root / folder / IGNORE_FILE).touch()
    look(place)
    assert set(open_jobs(place)) == left


@BOTH
def test_a_mark_that_is_taken_away_is_seen_by_the_next_full_look(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    place = open_place(flavour=flavour)
    mark = place.root / "TV/Show" / IGNORE_FILE
    mark.touch()
    assert look(place).standings[Standing.UNWANTED] == 1
    assert set(open_jobs(place)) == {HEARD}
    mark.unlink()
    look(place)
    assert set(open_jobs(place)) == {HEARD, SHOW}


def test_a_marked_item_says_which_file_marks_it(place: Place) -> None:
    mark = place.root / "Movies" / IGNORE_FILE
    mark.touch()
    server = place.server()
    (finding,) = place.scanner().findings(server, [item_id(place, HEARD)])
    assert {one.why for one in finding.verdicts} == {f"{mark} says to leave it alone"}


def test_a_mark_is_found_through_a_path_mapping(open_place: OpenPlace, root: Path) -> None:
    place = open_place(shows="/share")
    (root / "Movies" / IGNORE_FILE).touch()
    place.scanner().follow(place.server(MediaAccess([("/share", root)])), place.look())
    assert set(open_jobs(place)) == {SHOW}


def test_without_a_way_to_the_folder_there_is_no_mark(open_place: OpenPlace, root: Path) -> None:
    place = open_place(shows="/share")
    (root / "Movies" / IGNORE_FILE).touch()
    look(place)
    assert set(open_jobs(place)) == {HEARD, SHOW}


def test_a_mark_is_looked_for_beside_items_with_gaps_alone(place: Place) -> None:
    media = Counted()
    place.scanner().follow(place.server(media), place.look())
    assert sorted(media.asked) == sorted([HEARD, SILENT, SHOW])
    assert DONE not in media.asked


def test_items_that_are_settled_cost_no_look_at_the_disk(place: Place) -> None:
    server = place.server(media := Counted())
    scanner = place.scanner("en")
    scanner.follow(server, place.look())
    for job in place.store.list(OPEN_JOBS):
        place.store.cancel(job.id)
    scanner.follow(server, place.look())
    media.asked.clear()
    assert scanner.follow(server, place.look()).unchanged == 4
    assert media.asked == []


def test_a_mark_that_comes_while_a_job_waits_ends_it(place: Place) -> None:
    look(place)
    (film(place.root, HEARD).parent / IGNORE_FILE).touch()
    look(place)
    assert set(open_jobs(place)) == {SHOW}
