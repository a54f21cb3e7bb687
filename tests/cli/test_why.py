"""subtide why: one item, each wanted language, and what becomes of it."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from command import SRT, Home, Ran

from plans import make_plan
from subtide.cli.output import ExitCode
from subtide.jobs.store import JobStore
from subtide.playground.auth import ADMIN, User
from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.playground.tree import Library
from subtide.storage.looks import Priority
from subtide.storage.tables import metadata

Subtide = Callable[..., Ran]
TEXT, SILENT, COVERED, MANY = "Text (2024)", "Silent (1920)", "Covered (2023)", "Many (2022)"
FROM_ENGLISH = "from the en subtitle inside the file, translated by firefox (firefox-en-pt)"


@pytest.fixture
def open_home(home: Home, playground: Callable[..., Playground]) -> Callable[..., Home]:
    """Move the home to a server with library options and a user more."""

    def open_one(options: dict[str, object], user: User) -> Home:
        home.add_text_film()
        libraries = [Library(home.media / "Movies", options=options)]
        server = playground(home.media, libraries=libraries, users=[ADMIN, user])
        return replace(home, playground=server)

    return open_one


def rows(home: Home) -> dict[str, int]:
    database = home.database()
    with database.read() as connection:
        counts = {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in metadata.sorted_tables
        }
    database.close()
    return counts


def add_film_of_many_tracks(home: Home) -> None:
    """English is spoken; there are forced, unknown and commentary subtitles."""
    tracks = [
        SubtitleTrack(SRT, language="eng", forced=True),
        SubtitleTrack(SRT, language="eng", title="Commentary"),
        SubtitleTrack(SRT),
    ]
    make_media(home.film(MANY), [AudioTrack("eng", default=True)], tracks, duration=2.0)
    home.playground.scan()


def hold_job(home: Home, at_home: Subtide) -> None:
    """Leave a job for German that waits for a model."""
    home.add_text_film()
    home.configure(policy={"languages": ["de"]}, models={"pull": False})
    assert at_home("run", "--once").code == ExitCode.WORK_LEFT


# -- one screen ---------------------------------------------------------------------------


def test_it_says_for_each_language_how_it_stands_and_what_comes_next(
    home: Home, at_home: Subtide
) -> None:
    path = home.add_text_film()
    ran = at_home("why", TEXT)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        TEXT,
        "  where    Movies, on home",
        f"  file     {path}",
        "  wanted   en, pt (the house)",
        "  spoken   not known; wanted: full subtitles also in it",
        "",
        "en  covered: en subrip inside the file",
        "    en subrip inside the file: does",
        "",
        "pt  gap: no such subtitle",
        f"    {FROM_ENGLISH}",
        "    now: it waits for the next look: subtide scan",
        "",
    ]


def test_it_says_of_each_subtitle_why_it_does_not_do(home: Home, at_home: Subtide) -> None:
    add_film_of_many_tracks(home)
    out = at_home("why", "many").out
    assert "en subrip forced inside the file: it holds only some lines (forced)\n" in out
    assert 'en subrip "Commentary" inside the file: its title says that it is no plain' in out
    assert "unknown  1 subtitle without a language\n" in out
    assert "spoken   en; wanted: full subtitles also in it\n" in out
    assert "from the en speech, by Whisper small\n" in out
    assert "from the en speech, by Whisper small, translated by firefox (firefox-en-pt)\n" in out


def test_a_forced_target_is_told_apart(home: Home, at_home: Subtide) -> None:
    add_film_of_many_tracks(home)
    home.configure(policy={"languages": ["en", "pt"], "spoken": "forced"})
    out = at_home("why", MANY).out
    assert "\nen (forced)  covered: en subrip inside the file\n" in out
    assert "inside the file: it holds every line" not in out


def test_what_is_not_wanted_says_so(home: Home, at_home: Subtide) -> None:
    add_film_of_many_tracks(home)
    home.configure(policy={"languages": ["en"], "spoken": "none"})
    assert "en  unwanted: en is spoken in it\n" in at_home("why", MANY).out


def test_a_direction_that_no_engine_knows_is_told(home: Home, at_home: Subtide) -> None:
    add_film_of_many_tracks(home)
    home.configure(policy={"languages": ["pt"]}, translation={"engines": ["opus-mt"]})
    assert "which no engine here can translate into pt\n" in at_home("why", MANY).out


def test_several_versions_are_told_one_after_the_other(home: Home, at_home: Subtide) -> None:
    folder = home.film("Two (2020)").parent
    for name in ("1080p", "720p"):
        make_media(folder / f"Two (2020) - {name}.mkv", [AudioTrack("eng")], duration=2.0)
    home.playground.scan()
    out = at_home("why", "Two").out
    assert out.count("Two (2020)\n") == 2
    assert "1080p.mkv\n" in out
    assert "720p.mkv\n" in out


def test_a_source_that_is_passed_over_says_why(home: Home, at_home: Subtide) -> None:
    link = home.film("Far (2000)").with_suffix(".strm")
    link.parent.mkdir()
    link.write_text("http://127.0.0.1:9/far.mkv\n")
    home.playground.scan()
    out = at_home("why", "Far").out
    assert "passed   over: a remote source — set allow_remote for this server to read it\n" in out


# -- who says the languages ---------------------------------------------------------------


def wanted(ran: Ran) -> str:
    return next(line for line in ran.out.splitlines() if line.startswith("  wanted"))[11:]


def test_the_rule_that_says_the_languages_is_named(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    rules = [
        {"when": {"libraries": ["Movies"]}, "set": {"languages": ["de"]}},
        {"when": {"libraries": ["Movies"]}, "set": {"languages": ["fr", "de"]}},
        {"when": {"libraries": ["Movies"]}, "set": {"spoken": "none"}},
        {"when": {"libraries": ["Shows"]}, "set": {"languages": ["es"]}},
    ]
    home.configure(rules=rules)
    ran = at_home("why", TEXT)
    assert wanted(ran) == "fr, de (rule 2)"
    assert "  rules    1, 2, 3\n" in ran.out


@pytest.mark.parametrize(
    ("downloads", "reads", "says"),
    [
        (["por"], "deu", "pt (the house: auto, what Movies is set to download in Jellyfin)"),
        ([], "deu", "de (the house: auto, what the users are set to in Jellyfin)"),
        ([], "", "en (the house: auto, and nobody in Jellyfin says)"),
    ],
)
def test_auto_says_where_in_jellyfin_it_comes_from(
    open_home: Callable[..., Home], subtide: Subtide, downloads: list[str], reads: str, says: str
) -> None:
    options = {"SubtitleDownloadLanguages": downloads}
    home = open_home(options, User("ana", "pw", subtitle_language=reads))
    home.configure(policy={"languages": ["auto"]})
    assert wanted(subtide("--config", home.config, "why", TEXT)) == says


# -- how it stands now --------------------------------------------------------------------


def test_an_open_job_is_told_with_its_number_and_progress(home: Home, at_home: Subtide) -> None:
    hold_job(home, at_home)
    ran = at_home("why", TEXT)
    assert "de  gap: no such subtitle\n" in ran.out
    assert "now: job 1 is running, " in ran.out
    assert "from the en subtitle inside the file, translated by firefox (firefox-en-de)" in ran.out
    (told,) = at_home("why", TEXT, "--json").json
    assert told["job"] == 1


def test_a_language_beside_the_open_job_waits_for_its_end(home: Home, at_home: Subtide) -> None:
    hold_job(home, at_home)
    home.configure(policy={"languages": ["de", "pt"]}, models={"pull": False})
    assert "pt  gap: no such subtitle\n    now: it waits for the end of job 1\n" in (
        at_home("why", TEXT).out
    )


def test_what_cannot_be_made_says_why_before_and_after_it_was_tried(
    home: Home, at_home: Subtide
) -> None:
    home.add_silent_film()
    home.configure(scan={"time_zone": "Asia/Tokyo"})
    before = at_home("why", SILENT).out
    assert f"now: it cannot be made: {SILENT} has no audio track" in before
    at_home("run", "--once")
    after = at_home("why", SILENT).out
    assert f"pt  closed: failed: {SILENT} has no audio track\n" in after
    assert re.search(r"    last: failed on \d{4}-\d\d-\d\d \d\d:\d\d JST: ", after)
    assert "    fix: there is nothing to listen to\n" in after


def test_what_a_person_cancelled_is_closed(home: Home, at_home: Subtide) -> None:
    hold_job(home, at_home)
    at_home("jobs", "cancel", "1")
    out = at_home("why", TEXT).out
    assert "de  closed: refused: a person cancelled it\n" in out
    assert "last: refused on " in out


def test_what_was_made_is_told_as_ours(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    assert at_home("run", "--once").code == 0
    out = at_home("why", TEXT).out
    assert "pt  covered: pt subrip beside the file, ours\n" in out
    assert 'pt subrip "subtide" beside the file (ours): does\n' in out
    assert "last:" not in out


def test_a_library_that_is_not_released_is_waited_for(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.configure(start="ask")
    waits = 'it waits for a person: subtide release "Movies", or subtide try'
    assert waits in at_home("why", TEXT).out
    assert at_home("release", "Movies", "--yes").code == 0
    assert "it waits for the next look" in at_home("why", TEXT).out


def test_a_limit_is_waited_for(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.configure(limits={"jobs_per_scan": 5})
    assert "it waits for the next look, which plans 5 jobs at most" in at_home("why", TEXT).out
    home.configure(limits={"jobs_per_day": 1})
    assert "it waits for the next look" in at_home("why", TEXT).out
    database = home.database()
    JobStore(database).add(make_plan(), priority=Priority.NEW, signal="schedule")
    database.close()
    told = "it waits: 1 jobs in 24 hours, and limits.jobs_per_day is 1"
    assert told in at_home("why", TEXT).out


# -- for scripts --------------------------------------------------------------------------


def test_it_is_json_for_scripts(home: Home, at_home: Subtide) -> None:
    path = home.add_text_film()
    (told,) = at_home("why", TEXT, "--json").json
    english, portuguese = told.pop("targets")
    assert (told.pop("item"), told.pop("source")) != ("", "")
    assert told == {
        "server": "home",
        "library": "Movies",
        "title": TEXT,
        "path": str(path),
        "policy": {
            "languages": ["en", "pt"], "because": "the house", "rules": [], "spoken": "full",
        },
        "spoken": None,
        "without_language": 0,
        "unfit": [],
        "problem": "",
        "job": None,
    }  # fmt: skip
    assert english["standing"] == "covered"
    assert [track["covers"] for track in english["tracks"]] == [True]
    assert portuguese == {
        "language": "pt",
        "forced": False,
        "standing": "gap",
        "why": "no such subtitle",
        "tracks": [],
        "from": FROM_ENGLISH.removeprefix("from "),
        "now": "it waits for the next look: subtide scan",
        "outcome": None,
    }


def test_an_outcome_is_json_too(home: Home, at_home: Subtide) -> None:
    home.add_silent_film()
    at_home("run", "--once")
    (told,) = at_home("why", SILENT, "--json").json
    outcome = told["targets"][0]["outcome"]
    assert (outcome["state"], outcome["fix"]) == ("failed", "there is nothing to listen to")


def test_it_writes_nothing_but_who_answered(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    at_home("jobs")
    before = rows(home)
    assert at_home("why", TEXT).code == 0
    assert rows(home) == {**before, "servers": 1}
    assert not home.playground.requests("POST")


# -- which item ---------------------------------------------------------------------------


def test_an_item_is_named_by_its_id_title_or_a_part(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.add_covered_film()
    (told,) = at_home("why", TEXT, "--json").json
    for name in ("text", "TEXT (2024)", told["item"]):
        assert [one["title"] for one in at_home("why", name, "--json").json] == [TEXT]
    at_home("run", "--once")
    assert [one["title"] for one in at_home("why", "text", "--json").json] == [TEXT]


def test_of_several_items_twenty_are_listed(home: Home, at_home: Subtide) -> None:
    for number in range(10, 32):
        home.film(f"Part {number}").parent.mkdir()
        home.film(f"Part {number}").write_bytes(b"")
    home.playground.scan()
    ran = at_home("why", "part")
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "several are called that; name one:" in ran.err
    assert ran.err.count("(home)") == 20
    assert "and 2 more" in ran.err
    assert at_home("why", "Part 10").code == 0


def test_an_item_that_is_not_there_is_a_wrong_command_line(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    ran = at_home("why", "Nothing like it")
    assert ran.code == ExitCode.USAGE
    assert "no film or episode is called 'Nothing like it'" in ran.err


def test_an_item_that_went_since_the_last_look_is_told(home: Home, at_home: Subtide) -> None:
    path = home.add_text_film()
    at_home("run", "--once")
    path.unlink()
    home.playground.scan()
    ran = at_home("why", TEXT)
    assert ran.code == ExitCode.USAGE
    assert f"{TEXT} is not on home any more" in ran.err


def test_a_server_is_named_by_its_name_here(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    assert at_home("why", TEXT, "--server", "home").code == 0
    ran = at_home("why", TEXT, "--server", "cabin")
    assert ran.code == ExitCode.USAGE
    assert "cabin is no server here; there is: home" in ran.err


def test_an_item_of_no_library_that_is_cared_for_is_told(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    (told,) = at_home("why", TEXT, "--json").json
    (home.media / "TV").mkdir()
    home.playground.catalogue.libraries.append(Library(home.media / "TV"))
    server = {"url": home.playground.url, "key": home.playground.key, "libraries": ["TV"]}
    home.configure(servers={"home": server})
    out = at_home("why", told["item"]).out
    assert "where    no library that is cared for, on home\n" in out
    assert "now: nothing is done: no library that is cared for holds it\n" in out
