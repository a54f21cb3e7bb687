"""Whatever is wrong with media, server, disk or models: a clear line, and the daemon lives."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import (
    all_tasks,
    command,
    daemon,
    environment,
    speech_film,
    store_of,
    wait_until,
)

from subtide.jobs.task import JobState
from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.outcomes import Outcomes

pytestmark = pytest.mark.slow
SRT = "1\n00:00:01,000 --> 00:00:03,000\nWho left the door open?\n\n"
OpenPlayground = Callable[..., Playground]


def good_film(root: Path, name: str = "Good") -> Path:
    """A film that needs no ears: an English text track inside."""
    return make_media(
        root / f"Movies/{name} (2024)/{name} (2024).mkv",
        subtitles=[SubtitleTrack(SRT, language="eng")],
        duration=6.0,
    )


def bad_film(root: Path, name: str, data: bytes) -> Path:
    path = root / f"Movies/{name} (2024)/{name} (2024).mkv"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def results(environ: dict[str, str], *, status: int) -> dict[str, Any]:
    ran = command(environ, "run", "--once", "--json")
    assert ran.returncode == status, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def test_bad_media_get_a_reason_each_and_the_good_film_its_subtitle(
    tmp_path: Path, playground: OpenPlayground
) -> None:
    media = tmp_path / "media"
    good = good_film(media)
    whole = good_film(media, "Truncated").read_bytes()
    shutil.rmtree(media / "Movies/Truncated (2024)")
    secret = tmp_path / "secret.mkv"
    make_media(secret)
    bad_film(media, "Empty", b"")
    bad_film(media, "Scrambled", np.random.default_rng(1).bytes(200_000))
    bad_film(media, "Text", b"This is a diary, not a film.\n" * 50)
    bad_film(media, "Playlist", f"#EXTM3U\n#EXTINF:5,\n{secret}\n#EXT-X-ENDLIST\n".encode())
    bad_film(media, "Truncated", whole[:3000])
    make_media(media / "Movies/Mute (2024)/Mute (2024).mkv", [], duration=3.0)
    make_media(
        media / "Movies/Talk (2024)/Talk (2024).mkv",
        [AudioTrack(language="eng", title="Director's commentary", commentary=True)],
        duration=3.0,
    )
    make_media(media / "Movies/Quiet (2024)/Quiet (2024).mkv", duration=5.0)
    server = playground(media)
    report = results(environment(server, tmp_path / "data"), status=1)
    reasons = {row["title"]: row["reason"] for row in report["results"] if row["reason"]}
    said = {
        "Empty (2024)": "no streams",
        "Scrambled (2024)": "no streams",
        "Text (2024)": "no streams",
        "Playlist (2024)": "no streams",
        "Mute (2024)": "no audio track",
        "Talk (2024)": "only commentary",
        "Quiet (2024)": "no speech",
    }
    assert {t: said[t] for t in said if said[t] not in reasons.get(t, "")} == {}
    assert "Truncated (2024)" in reasons
    made = {row["title"]: row["path"] for row in report["results"] if row["path"]}
    assert made == {"Good (2024)": str(good.with_name("Good (2024).subtide.pt.srt"))}
    assert not report["left"]

    again = results(environment(server, tmp_path / "data"), status=0)
    assert again["results"] == [], "nothing that failed for good is tried by the next scan"


def test_a_file_that_went_bad_after_the_scan_is_told_by_the_one_who_opens_it(
    tmp_path: Path, playground: OpenPlayground
) -> None:
    film = make_media(tmp_path / "media/Movies/Cut (2024)/Cut (2024).mkv", duration=30.0)
    server = playground(tmp_path / "media")
    film.write_bytes(film.read_bytes()[:20_000])
    report = results(environment(server, tmp_path / "data"), status=1)
    assert {row["state"] for row in report["results"]} == {"failed-until"}
    assert all(row["reason"] for row in report["results"])


def test_a_missing_file_is_told(tmp_path: Path, playground: OpenPlayground) -> None:
    film = make_media(tmp_path / "media/Movies/Lost (2024)/Lost (2024).mkv", duration=5.0)
    server = playground(tmp_path / "media")
    film.unlink()
    report = results(environment(server, tmp_path / "data"), status=1)
    assert {row["state"] for row in report["results"]} == {"failed-until"}
    assert all(row["reason"] for row in report["results"])


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SUBTIDE_SERVERS__HOME__KEY": "wrong"}, "key-rejected"),
        ({"SUBTIDE_SERVERS__HOME__URL": "{url}/elsewhere"}, "wrong-address"),
        ({"SUBTIDE_SERVERS__HOME__URL": "http://127.0.0.1:9"}, "server-unreachable"),
    ],
)
def test_a_server_that_refuses_ends_a_single_run_with_the_reason(
    tmp_path: Path, playground: OpenPlayground, variables: dict[str, str], said: str
) -> None:
    good_film(tmp_path / "media")
    server = playground(tmp_path / "media", request_check=None)
    environ = environment(server, tmp_path / "data")
    environ |= {name: value.format(url=server.url) for name, value in variables.items()}
    ran = command(environ, "run", "--once", "--json")
    error = json.loads(ran.stdout)["error"]
    assert (ran.returncode, error["code"]) == (4, said)
    assert error["fix"]
    assert server.key not in ran.stdout + ran.stderr


def test_the_daemon_waits_for_a_server_that_starts_and_goes_away(
    tmp_path: Path, playground: OpenPlayground
) -> None:
    film = good_film(tmp_path / "media")
    server = playground(tmp_path / "media")
    server.starting = True
    data, log = tmp_path / "data", tmp_path / "log"
    environ = environment(server, data, publish__patience_seconds=2)
    with store_of(data) as (store, _), daemon(environ, log) as process:
        wait_until(lambda: "is starting" in log.read_text(), "word of the server")
        server.fail("POST", "Subtitles", status=None)
        server.starting = False
        wait_until(lambda: bool(server.requests("POST", "Subtitles")), "an upload")
        server.stop()
        wait_until(
            lambda: any("answer" in (t.error or "") or t.failures for t in all_tasks(store)),
            "a task that was put back",
        )
        assert process.poll() is None
        server.start()
        wait_until(lambda: [j.state for j in store.list()] == [JobState.DONE], "the end")
        starting = [line for line in log.read_text().splitlines() if "is starting" in line]
        said = [line for line in starting if "server is not ready" in line]
        assert len(said) == 1, "said once, not at every try"
        assert len(starting) == 2, "and once more as the reason why the socket is closed"
    assert [p.name for p in film.parent.glob("*.srt")] == ["Good (2024).subtide.pt.srt"]


def test_an_item_deleted_while_it_is_worked_on_ends_its_job_without_an_outcome(
    tmp_path: Path, playground: OpenPlayground
) -> None:
    film = good_film(tmp_path / "media")
    good_film(tmp_path / "media", "Other")
    server = playground(tmp_path / "media")
    data = tmp_path / "data"
    server.fail("POST", "Subtitles", status=503, times=2)
    environ = environment(server, data, publish__patience_seconds=2)
    with store_of(data) as (store, database), daemon(environ, tmp_path / "log"):
        wait_until(lambda: len(server.requests("POST", "Subtitles")) == 2, "both uploads")
        shutil.rmtree(film.parent)
        server.scan()
        wait_until(
            lambda: {j.state for j in store.list()} == {JobState.DONE, JobState.CANCELLED},
            "one job done, one cancelled",
        )
        titles = {outcome.title for outcome in Outcomes(database).all()}
    assert titles == {"Other (2024)"}


def test_a_full_disk_makes_the_work_wait_and_says_so(
    tmp_path: Path, playground: OpenPlayground
) -> None:
    good_film(tmp_path / "media")
    server = playground(tmp_path / "media")
    environ = environment(server, tmp_path / "data", limits__disk_reserve_mb=10**9)
    report = results(environ, status=6)
    assert "no room left" in report["left"][0]["error"]
    environ = environment(server, tmp_path / "data2")
    assert results(environ, status=0)["results"][0]["state"] == "published"


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_model_that_cannot_be_used_makes_the_work_wait_and_names_the_cure(
    tmp_path: Path, playground: OpenPlayground, damage: str
) -> None:
    speech_film(tmp_path / "media/Movies/Tide (2024)/Tide (2024).mkv", 20.0)
    server = playground(tmp_path / "media")
    name = "small"
    if damage == "damaged":
        name = str(tmp_path / "model")
        Path(name).mkdir()
        for file in ("config.json", "tokenizer.json", "vocabulary.json"):
            Path(name, file).write_text("{}")
        Path(name, "model.bin").write_bytes(b"\0" * 1000)
    models = json.dumps({"en": name})
    report = results(environment(server, tmp_path / "data", speech__models=models), status=6)
    (left,) = report["left"]
    assert left["task"] == "transcribe"
    wanted = "subtide models pull small" if damage == "missing" else "cannot be loaded"
    assert wanted in left["error"]
