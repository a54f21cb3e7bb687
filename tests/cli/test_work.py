"""subtide scan, run --once and jobs: from a gap to a subtitle, and what is said on the way."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from command import SRT, Home, Ran

from subtide.cli.output import ExitCode
from subtide.house import locked
from subtide.playground.tree import make_id
from subtide.storage.looks import EVERYTHING, Looks
from subtide.storage.tables import metadata
from subtide.subtitles.formats import read

Subtide = Callable[..., Ran]
TEXT, SILENT, COVERED = "Text (2024)", "Silent (1920)", "Covered (2023)"
WAITS_SECONDS = 120


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


def plan_text_film(home: Home, at_home: Subtide) -> int:
    """Leave a job that waits for a model, and so for an admin."""
    home.add_text_film()
    home.configure(policy={"languages": ["de"]}, models={"pull": False})
    assert at_home("run", "--once").code == ExitCode.WORK_LEFT
    (job,) = at_home("jobs", "--json").json
    number: int = job["job"]
    return number


# -- scan ---------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_made_and_from_what(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.add_covered_film()
    ran = at_home("scan", "--dry-run")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "2 sources, 1 lacking something."
    assert lines[2].split() == ["library", "language", "from", "how", "many", "media", "work"]
    assert lines[3].split() == ["Movies", "pt", "text", "1", "4", "s", "?"]
    assert "1 film or episode to be made, 4 s of media. How long that takes here is not" in ran.out
    assert "The tier that fits is " in ran.out
    assert "title        make  from             remark" in lines
    assert "Text (2024)  pt    the en subtitle" in ran.out
    assert COVERED not in ran.out
    assert lines[-1] == "Nothing was written to the server; to do it: subtide scan"


def test_a_dry_run_lists_twenty_sources_unless_all_are_wanted(home: Home, at_home: Subtide) -> None:
    first = home.add_text_film("Film 0 (2000)")
    for number in range(1, 22):
        film = home.film(f"Film {number} (2000)")
        film.parent.mkdir()
        shutil.copy(first, film)
    home.playground.scan()
    short = at_home("scan", "--dry-run").out
    assert short.count("the en subtitle") == 20
    assert "... and 2 more: --all" in short
    whole = at_home("scan", "--dry-run", "--all").out
    assert whole.count("the en subtitle") == 22
    assert "more: --all" not in whole


def test_a_dry_run_names_what_is_not_released(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.configure(start="ask")
    last = "Nothing was written to the server; to make one: subtide try TITLE"
    assert f"{last}; to open libraries: subtide release" in at_home("scan", "--dry-run").out
    assert at_home("release", "--yes").code == 0
    assert "to do it: subtide scan" in at_home("scan", "--dry-run").out


def test_a_dry_run_writes_nothing_but_who_answered(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.add_silent_film()
    at_home("jobs")
    before = rows(home)
    assert at_home("scan", "--dry-run").code == ExitCode.SOME_FAILED
    assert rows(home) == {**before, "servers": 1}
    files = sorted(path.name for path in home.media.rglob("*") if path.is_file())
    assert files == ["Silent (1920).mkv", "Text (2024).mkv"]
    assert not home.playground.requests("POST")


def test_a_dry_run_is_json_for_scripts(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.add_silent_film()
    ran = at_home("scan", "--dry-run", "--json")
    assert ran.code == ExitCode.SOME_FAILED
    silent, text = sorted(ran.json["sources"], key=lambda row: row["title"])
    assert text == {
        "server": "home",
        "title": TEXT,
        "path": str(home.film(TEXT)),
        "targets": [
            {"language": "en", "standing": "covered", "why": "en subrip inside the file"},
            {"language": "pt", "standing": "gap", "why": "no such subtitle"},
        ],
        "make": ["pt"],
        "origin": "the en subtitle",
        "problem": "",
    }
    assert silent["problem"].startswith(f"{SILENT} has no audio track")
    assert (silent["make"], silent["origin"]) == ([], "")
    forecast = ran.json["forecast"]
    assert forecast["lines"] == [
        {
            "server": "home",
            "library": "Movies",
            "language": "pt",
            "origin": "text",
            "sources": 1,
            "seconds": 4,
            "work_seconds": None,
        }
    ]
    assert (forecast["sources"], forecast["seconds"]) == (1, 4)
    assert (forecast["work_seconds"], forecast["without_time"]) == (None, 1)
    assert (forecast["confidence"], forecast["model"]) == ("low", "small")
    assert set(forecast["tier"]) == {"tier", "model", "why"}


def test_a_source_that_is_passed_over_is_no_failure(home: Home, at_home: Subtide) -> None:
    home.add_covered_film()
    link = home.film("Far (2000)").with_suffix(".strm")
    link.parent.mkdir()
    link.write_text("http://127.0.0.1:9/far.mkv\n")
    home.playground.scan()
    dry = at_home("scan", "--dry-run")
    assert dry.code == 0
    assert "a remote source — set allow_remote for this server to read it" in dry.out
    ran = at_home("run", "--once")
    assert ran.code == 0
    assert "passed over: Far (2000): a remote source" in ran.out


def test_a_running_daemon_is_asked_to_look(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    with locked(home.data, serves=True):
        ran = at_home("scan")
        assert (ran.code, ran.out) == (
            0,
            "The running daemon was asked to look. Follow it with: subtide jobs\n",
        )
        assert at_home("scan", "--json").json == {"asked": ["home"]}
    database = home.database()
    ((look, _),) = Looks(database).pending()
    database.close()
    assert (look.item, look.signal) == (EVERYTHING, "person")
    assert at_home("jobs", "--json").json == []


# -- run --once ---------------------------------------------------------------------------


def test_run_once_makes_what_lacks_and_a_second_run_has_nothing_to_do(
    home: Home, at_home: Subtide
) -> None:
    film = home.add_text_film()
    ran = at_home("run", "--once", "--json")
    assert ran.code == 0, ran
    made = film.with_name(f"{film.stem}.subtide.pt.srt")
    assert ran.json == {
        "sources": 1,
        "unchanged": 0,
        "covered": 1,
        "closed": 0,
        "unreleased": 0,
        "limited": 0,
        "passed_over": [],
        "results": [
            {
                "title": TEXT,
                "language": "pt",
                "state": "published",
                "path": str(made),
                "reason": "",
                "fix": "",
            }
        ],
        "left": [],
    }
    (cue,) = read(made.read_bytes(), "srt")
    assert "porta" in cue.plain
    again = at_home("scan")
    assert again.code == 0
    assert "1 source looked at: 2 subtitles there, 0 worked on, 0 closed" in again.out
    assert "1 item as before: nothing to do." in at_home("scan").out
    assert len(at_home("jobs", "--json").json) == 1


def test_what_cannot_be_made_is_told_once_with_the_reason(home: Home, at_home: Subtide) -> None:
    home.add_silent_film()
    ran = at_home("run", "--once")
    assert ran.code == ExitCode.SOME_FAILED
    assert f"{SILENT}  pt        failed  {SILENT} has no audio track" in ran.out
    again = at_home("run", "--once")
    assert again.code == 0
    assert "0 worked on" in again.out
    assert "1 item as before: nothing to do." in again.out


def test_work_that_waits_for_an_admin_is_left(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.configure(policy={"languages": ["de"]}, models={"pull": False})
    ran = at_home("run", "--once", "--json")
    assert ran.code == ExitCode.WORK_LEFT
    (left,) = ran.json["left"]
    assert (left["title"], left["task"]) == (TEXT, "translate")
    assert "firefox-en-de" in left["error"]
    again = at_home("run", "--once")
    assert again.code == ExitCode.WORK_LEFT
    assert f"left for later: {TEXT}, translate: " in again.out


def test_run_once_takes_the_next_text_where_one_cannot_be_read(
    home: Home, at_home: Subtide
) -> None:
    home.add_torn_film()
    ran = at_home("run", "--once", "--json")
    assert ran.code == 0, ran
    (result,) = ran.json["results"]
    assert (result["language"], result["state"]) == ("pt", "published")


# -- when it cannot work ------------------------------------------------------------------


@pytest.mark.parametrize("words", [("scan", "--dry-run"), ("scan",), ("run", "--once")])
def test_a_server_that_is_down_is_told(home: Home, at_home: Subtide, words: tuple[str]) -> None:
    home.playground.stop()
    ran = at_home(*words, "--json")
    assert ran.code == ExitCode.SERVER
    assert ran.json["error"]["code"] in {"unconnected", "server-unreachable"}
    assert ran.json["error"]["fix"] == "check that it runs and that its address is right"


def test_a_wrong_key_is_told_and_not_shown(home: Home, at_home: Subtide) -> None:
    wrong = "0123456789abcdef0123456789abcdef"
    home.configure(servers={"home": {"url": home.playground.url, "key": wrong}})
    ran = at_home("scan")
    assert ran.code == ExitCode.SERVER
    assert "the server refused the key" in ran.err
    assert "fix: make a new API key" in ran.err
    assert wrong not in ran.out + ran.err


def test_an_unknown_library_is_told(home: Home, at_home: Subtide) -> None:
    server = {"url": home.playground.url, "key": home.playground.key, "libraries": ["Filme"]}
    home.configure(servers={"home": server})
    ran = at_home("scan", "--json")
    assert ran.code == ExitCode.SETTINGS
    assert ran.json["error"]["fix"] == "it has: Movies"


def test_another_server_at_the_address_is_told(home: Home, at_home: Subtide) -> None:
    assert at_home("scan").code == 0
    home.playground.id = make_id("Server", "another")
    ran = at_home("scan")
    assert ran.code == ExitCode.SERVER
    assert "doctor --accept-server home" in ran.err
    assert at_home("doctor", "--accept-server", "home").code == 0
    assert at_home("scan").code == 0


@pytest.mark.parametrize("words", [("run", "--once"), ("run",)])
def test_a_second_one_in_the_data_folder_is_told(
    home: Home, at_home: Subtide, words: tuple[str]
) -> None:
    with locked(home.data, serves=True):
        ran = at_home(*words, "--json")
    assert ran.code == ExitCode.RUNNING
    assert ran.json["error"]["what"] == (
        f"another Subtide (process {os.getpid()}, the daemon) works in {home.data}"
    )


# -- jobs ---------------------------------------------------------------------------------


def test_without_jobs_the_list_is_empty(at_home: Subtide) -> None:
    assert at_home("jobs", "--json").json == []
    assert at_home("jobs").out.split() == ["job", "state", "done", "title", "languages", "remark"]


def test_a_job_is_listed_and_shown_with_its_tasks(home: Home, at_home: Subtide) -> None:
    number = plan_text_film(home, at_home)
    table = at_home("jobs").out.splitlines()
    assert table[1].split()[:5] == [str(number), "running", "67%", "Text", "(2024)"]
    assert "waits: " in table[1], "and why it does not go on"
    shown = at_home("jobs", "show", str(number))
    assert shown.out.startswith(f"{TEXT}: running")
    assert [line.split()[0] for line in shown.out.splitlines()[2:]] == [
        "prepare",
        "compose",
        "translate",
    ]
    document = at_home("jobs", "show", str(number), "--json").json
    assert document["languages"] == ["de"]
    assert document["origin"]["kind"] == "text"
    assert document["created_at"].endswith("+00:00")
    waiting = document["tasks"][2]
    assert (waiting["kind"], waiting["state"], waiting["attempt"]) == ("translate", "ready", 1)
    assert "firefox-en-de" in waiting["error"]


def test_a_job_can_be_cancelled_and_then_tried_again(home: Home, at_home: Subtide) -> None:
    number = str(plan_text_film(home, at_home))
    early = at_home("jobs", "retry", number)
    assert early.code == ExitCode.USAGE
    assert f"job {number} has not ended" in early.err
    assert at_home("jobs", "cancel", number).out == f"job {number} is cancelled\n"
    assert at_home("jobs", "cancel", number).out == f"job {number} had ended already\n"
    assert at_home("jobs", "cancel", number, "--json").json == {
        "job": int(number),
        "cancelled": False,
    }
    assert at_home("jobs", "--open", "--json").json == []
    ran = at_home("jobs", "retry", number)
    assert ran.code == 0
    assert "without one: subtide run --once" in ran.out
    database = home.database()
    ((look, _),) = Looks(database).pending()
    database.close()
    assert look.signal == "person"


def test_to_try_again_opens_a_failure(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    home.playground.fail("POST", "/Subtitles", status=400, text="not this one")
    assert at_home("run", "--once").code == ExitCode.SOME_FAILED
    (closed,) = at_home("scan", "--dry-run", "--json").json["sources"]
    assert closed["make"] == []
    assert closed["targets"][1]["standing"] == "closed"
    (job,) = at_home("jobs", "--json").json
    assert job["state"] == "failed"
    assert at_home("jobs", "retry", str(job["job"]), "--json").json["reopened"] == 1
    (opened,) = at_home("scan", "--dry-run", "--json").json["sources"]
    assert opened["make"] == ["pt"]


@pytest.mark.parametrize("verb", ["show", "cancel", "retry"])
def test_a_job_that_is_not_there_is_told(at_home: Subtide, verb: str) -> None:
    ran = at_home("jobs", verb, "7")
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "there is no job 7; see: subtide jobs" in ran.err
    assert at_home("jobs", verb, "7", "--json").json["error"]["code"] == "usage"


# -- the daemon's process -----------------------------------------------------------------

HEAVY = {
    "av",
    "budoux",
    "numpy",
    "onnxruntime",
    "faster_whisper",
    "ctranslate2",
    "fxtranslate",
    "py3langid",
}
PROGRAM = """
import json, sys
import subtide.cli
from subtide.daemon import Daemon, run_once
from subtide.house import locked, open_house
from subtide.settings import load
house = open_house(load().settings)
with locked(house.data, serves=True):
    daemon = Daemon(house)
    daemon.start()
    daemon.stop()
    summaries, left = run_once(house, lambda tasks: None)
house.close()
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"sources": summaries[0].sources, "planned": summaries[0].planned,
                  "left": len(left), "modules": loaded}))
"""


@pytest.mark.parametrize("work", [False, True], ids=["with nothing to do", "with work"])
def test_the_daemon_s_process_loads_no_media_or_model_library(home: Home, *, work: bool) -> None:
    home.add_covered_film()
    home.configure(scan={"at_start": False}, web={"port": 0})
    if work:
        home.add_text_film()
    environ = {**os.environ, "SUBTIDE_CONFIG": str(home.config)}
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env=environ,
        capture_output=True,
        text=True,
        timeout=WAITS_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    assert (told["sources"], told["planned"], told["left"]) == (1 + work, int(work), 0)
    assert HEAVY & set(told["modules"]) == set()
    assert home.film(TEXT).with_name(f"{TEXT}.subtide.pt.srt").exists() is work


def test_the_sample_text_is_a_subtitle() -> None:
    assert [cue.plain for cue in read(SRT.encode(), "srt")] == ["Who left the door open?"]
