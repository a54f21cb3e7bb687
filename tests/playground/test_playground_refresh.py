"""The playground sees what changed on disk when it is told to look, and not before."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from playground_client import FILM, SRT, Client, Open

from subtide.playground.flavour import V10_11, V12, Flavour
from subtide.playground.refresh import RefreshQueue

LATER = (2_000_000_000, 2_000_000_000)


def lay_down(root: Path) -> None:
    (root / FILM).with_suffix(".de.srt").write_text(SRT, encoding="utf-8")


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", False),
        ("?metadataRefreshMode=None", False),
        ("?metadataRefreshMode=ValidationOnly", True),
        ("?metadataRefreshMode=Default", True),
        ("?metadataRefreshMode=FullRefresh", True),
    ],
)
def test_a_refresh_needs_a_mode_to_see_a_sidecar(
    playground: Open, root: Path, query: str, *, seen: bool
) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    lay_down(root)
    assert client.ask("POST", f"/Items/{film}/Refresh{query}").status_code == 204
    server.settle()
    assert bool(client.sidecars(film)) == seen


@pytest.mark.parametrize(("flavour", "status"), [(V12, 404), (V10_11, 500)])
def test_refresh_of_an_unknown_item(
    playground: Open, root: Path, flavour: Flavour, status: int
) -> None:
    server = playground(root, flavour)
    answer = Client(server, server.key).ask("POST", f"/Items/{'0' * 32}/Refresh")
    assert answer.status_code == status


def test_refreshes_are_done_one_after_another() -> None:
    queue, running, alone = RefreshQueue(0.0), threading.Lock(), []

    def work() -> None:
        alone.append(running.acquire(blocking=False))
        running.release()

    queue.start()
    for _ in range(20):
        queue.add(work)
    assert queue.settle()
    queue.stop()
    assert alone == [True] * 20


def test_each_refresh_takes_its_time() -> None:
    queue, done = RefreshQueue(0.05), threading.Event()
    queue.start()
    began = time.monotonic()
    queue.add(lambda: None)
    queue.add(done.set)
    assert done.wait(10)
    queue.stop()
    assert time.monotonic() - began >= 0.1


def test_a_report_of_changed_media_counts_after_the_monitors_delay(
    playground: Open, root: Path
) -> None:
    server = playground(root, monitor_seconds=0.0)
    client = Client(server, server.key)
    film = client.id_of("Film")
    lay_down(root)
    body = {"Updates": [{"Path": str(root / FILM), "UpdateType": "Created"}]}
    assert client.ask("POST", "/Library/Media/Updated", json=body).status_code == 204
    server.settle()
    assert client.sidecars(film) == ["Film (2020).de.srt"]


def test_a_scan_finds_new_films_and_saves_the_known_again(
    playground: Open, root: Path, made: Path
) -> None:
    server = playground(root)
    client = Client(server, server.key)
    before = client.items()[0]
    shutil.copy(made, root / "Movies" / "New (2021).mkv")
    task = next(
        t for t in client.ask("GET", "/ScheduledTasks").json() if t["Key"] == "RefreshLibrary"
    )
    assert client.ask("POST", f"/ScheduledTasks/Running/{task['Id']}").status_code == 204
    server.settle()
    after = {i["Name"]: i for i in client.items()}
    assert "New (2021)" in after
    assert after["Film (2020)"]["Id"] == before["Id"]
    assert after["Film (2020)"]["Etag"] != before["Etag"]


def test_a_renamed_film_is_a_new_item(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    old = client.id_of("Film")
    (root / "Movies" / "Film (2020)").rename(root / "Movies" / "Movie (2020)")
    server.scan()
    assert [i["Id"] for i in client.items()] != [old]
    assert client.items(f"ids={old}") == []


def test_a_file_replaced_in_place_keeps_its_id(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    old = client.items()[0]
    (root / FILM).write_bytes(b"broken")
    os.utime(root / FILM, LATER)
    server.scan()
    new = client.items()[0]
    assert new["Id"] == old["Id"]
    assert new["MediaSources"][0]["MediaStreams"] == []
    assert "RunTimeTicks" not in new


def test_only_a_change_to_the_primary_counts_as_saved(
    playground: Open, root: Path, made: Path
) -> None:
    folder = root / "Movies" / "Two (2021)"
    folder.mkdir()
    for name in ("Two (2021) - 1080p.mkv", "Two (2021) - 720p.mkv"):
        shutil.copy(made, folder / name)
    server = playground(root)
    client = Client(server, server.key)
    item = next(i for i in client.items() if i["Name"].startswith("Two"))
    primary, alternate = (s["Id"] for s in item["MediaSources"])
    moment = server.catalogue.clock().isoformat().replace("+00:00", "Z")
    since = f"collapseBoxSetItems=false&minDateLastSaved={moment}"
    assert client.upload(alternate) == 204
    assert client.items(since) == []
    assert client.upload(primary) == 204
    assert [i["Id"] for i in client.items(since)] == [primary]
