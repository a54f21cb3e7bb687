"""Scans of a large library: what they cost our own process, and what they ask of the server.

The stand-in Jellyfin runs in a process of its own and is not counted; its items have no files.
Run: python -m bench.scan [ITEMS]
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.store import JobStore
from subtide.library.planning import Planner, options_from
from subtide.library.policy import Rules
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.playground.streams import Probe, probe
from subtide.playground.tree import Item, MediaFile, make_id
from subtide.settings import Server, Settings
from subtide.storage.database import open_database
from subtide.storage.looks import CHANGES, EVERYTHING, Look, Priority

ITEMS = 100_000
LACKING = 100
"""One item of so many has no subtitle."""
CHANGED = 10
SECONDS_ALL, SECONDS_CHANGES, MEGABYTES = 30.0, 1.0, 300.0
"""What a look at everything and one at ten changes may cost us of a processor, and the memory."""
LISTED, FETCHED = 8000.0, 2100.0
"""Items a second that real servers list without and with their sources, at best."""
SRT = "1\n00:00:00,500 --> 00:00:01,500\nGood evening.\n\n"


def main(items: int = ITEMS) -> None:
    """Measure in a process of its own, so that its memory is only that of scans."""
    run = [sys.executable, "-m", "bench.scan", "measure", str(items)]
    subprocess.run(run, check=True)


def measure(count: int) -> None:
    """Follow one look after another, and print what each cost."""
    with tempfile.TemporaryDirectory() as folder, serving(count) as stand_in:
        scanner, server, system_id = connect(Path(folder, "data"), stand_in)
        looks = {
            "everything, the first time": (EVERYTHING, "", SECONDS_ALL),
            f"changes, {CHANGED} of them": (CHANGES, f"strip {CHANGED}", SECONDS_CHANGES),
            f"everything, {CHANGED} changes": (EVERYTHING, f"strip {CHANGED}", SECONDS_ALL),
            "everything, all saved anew": (EVERYTHING, "save", SECONDS_ALL),
        }
        print(f"scans of {count} items")
        for name, (item, command, goal) in looks.items():
            if command:
                stand_in.tell(command)
            before = stand_in.tell("requests")
            own, wall = time.process_time(), time.perf_counter()
            look = Look(system_id, item, "bench", Priority.NEW, 1)
            summary = scanner.follow(server, look)
            own, wall = time.process_time() - own, time.perf_counter() - wall
            requests = stand_in.tell("requests") - before
            print(
                f"  {name:<26} {own:6.2f} s of ours, {own / goal:.2f} of the goal of {goal:.0f} s;"
                f" {wall:6.1f} s in all, {requests:5} requests, {summary.planned:4} planned"
            )
            if command == "save":
                sourced = count / own
            elif item == EVERYTHING:
                listed = count / own
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(
            f"  peak memory {peak:.0f} MB, {peak / MEGABYTES:.2f} of the goal of {MEGABYTES:.0f} MB"
        )
        print(
            f"  a server takes {listed / LISTED:.1f} times as long as we do to list items,"
            f" {sourced / FETCHED:.1f} times with their sources"
        )
        print(f"  {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


class StandIn:
    """The process that serves; it does what its standard input says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        where = self._answer()
        self.url, self.key = str(where["url"]), str(where["key"])

    def tell(self, command: str) -> int:
        """Let it do something. Return how many requests it has answered so far."""
        assert self._process.stdin
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return int(self._answer())

    def _answer(self) -> Any:  # noqa: ANN401 - parsed JSON
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def serving(count: int) -> Iterator[StandIn]:
    """Start the stand-in, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.scan", "serve", str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield StandIn(process)
    process.communicate()


def connect(data: Path, stand_in: StandIn) -> tuple[Scanner, ConnectedServer, str]:
    """Return what scans, with a new database, and the server that it scans."""
    database = open_database("", data)
    settings = Settings.model_validate({"policy": {"languages": ["en"]}})
    planner = Planner(Rules(settings.policy, settings.rules), options_from(settings, gpu=False))
    client = Jellyfin(
        stand_in.url, stand_in.key, device_id="0" * 32, device_name="bench", version="0"
    )
    chosen = Server.model_validate({"url": stand_in.url, "key": stand_in.key})
    server = ConnectedServer("bench", chosen, client, MediaAccess())
    return Scanner(database, JobStore(database), planner), server, client.ready().id


def serve(count: int) -> None:
    """Serve so many films until standard input ends."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "library")
        (root / "Movies").mkdir(parents=True)
        covered, bare = probes(Path(folder))
        with Playground(root) as server:
            films = fill(server, count, covered, bare)
            say({"url": server.url, "key": server.key})
            for line in sys.stdin:
                match line.split():
                    case ["strip", number]:
                        change(films, server, int(number), bare)
                    case ["save"]:
                        change(films, server, 0, bare, len(films))
                say(len(server.requests_log))


def probes(folder: Path) -> tuple[Probe, Probe]:
    """Return what a film with subtitles holds, and one without."""
    audio = [AudioTrack("eng", default=True), AudioTrack("fre")]
    texts = [SubtitleTrack(SRT, code) for code in ("ger", "eng", "fre", "spa")]
    covered = make_media(folder / "covered.mkv", audio, texts, duration=1.0)
    bare = make_media(folder / "bare.mkv", audio, duration=1.0)
    return probe(covered), probe(bare)


def fill(server: Playground, count: int, covered: Probe, bare: Probe) -> list[Item]:
    """Let a server have so many films, which were saved long ago."""
    (library,) = server.catalogue.libraries
    parent = next(iter(server.catalogue.items.values()))
    long_ago = datetime(2025, 1, 1, tzinfo=UTC)
    films = []
    for number in range(count):
        name = f"Film {number} ({1950 + number % 75})"
        path = library.folder / name / f"{name}.mkv"
        item = Item(make_id("Movie", name), "Movie", name, str(path), library, parent)
        item.year = 1950 + number % 75
        found = covered if number % LACKING else bare
        created = long_ago + timedelta(seconds=number)
        file = MediaFile(item.id, "Movie", name, path, library, created, long_ago, found)
        item.files = [file]
        films.append(item)
    server.catalogue.items |= {film.id: film for film in films}
    server.catalogue.changes += 1
    return films


def change(
    films: list[Item], server: Playground, lacking: int, bare: Probe, saved: int = 0
) -> None:
    """Take the subtitles from the next so many films that have some, and save so many films."""
    having = (film.files[0] for film in films if film.files[0].probe is not bare)
    stripped = [file for file, _ in zip(having, range(lacking), strict=False)]
    for file in stripped:
        file.probe = bare
    for file in (*stripped, *(film.files[0] for film in films[:saved])):
        file.saved = server.catalogue.clock()
    server.catalogue.changes += 1


def say(value: object) -> None:
    """Write one line of JSON."""
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", items]:
            serve(int(items))
        case ["measure", items]:
            measure(int(items))
        case [items]:
            main(int(items))
        case _:
            main()
