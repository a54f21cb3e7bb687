"""What a household gets: how long speech takes and what memory, by model and number of cores.

A film's way from its file to words: decoding and the map of speech, the vote on the language by
Whisper base, and the words. Each line is a process of its own that may use so many cores; memory
is the peak PSS of it and its children. Ten minutes with 55 % speech stand for any film; the vote
is counted once for a film of 100 minutes.

Run: python -m bench.household [--model PATH]... [--short]; about 6 minutes on two cores without
a model of your own. Whisper small comes in no package: give the path of its CTranslate2 folder.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.machine import arguments, cores, describe, table, timed, watched
from bench.spoken import spoken
from bench.weights import find

MINUTES, SHORT_MINUTES = 10.0, 2.0
SHARE = 0.55
FILM_MINUTES = 100.0
HOURS = 1000.0
THREADS = (1, 2)


@dataclass(frozen=True, slots=True)
class Heard:
    """Processor and clock seconds of one run, by stage."""

    load: float
    prepare: float
    vote: float
    hear: float
    audio: float
    """Seconds of the film."""


def main(args: Sequence[str] | None = None) -> None:
    """Measure every model with every number of cores."""
    parser = arguments("Speech to words on a household's machine.")
    parser.add_argument("--model", action="append", default=[], help="also a folder; repeatable")
    options = parser.parse_args(args)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        audio = spoken(SHORT_MINUTES if options.short else MINUTES, SHARE)
        film = audio.write(Path(folder, "film.flac"))
        for name in ("base", *(options.model or ["small"])):
            rows += [_row(name, threads, film) for threads in THREADS]
    print(f"household: int8, {SHARE:.0%} speech; a film has {FILM_MINUTES:.0f} min")
    head = ("model", "cores", "hear x", "film x", "peak MB", f"days for {HOURS:.0f} h", "load s")
    print(table(head, rows))
    print(describe())


def _row(name: str, threads: int, film: Path) -> tuple[str, ...]:
    shown = Path(name).name
    model = find(name)
    if model is None or threads > cores():
        return (shown, str(threads), *["not measured"] * 2, "", "", "")
    command = [sys.executable, "-m", "bench.household", "measure"]
    process = psutil.Popen(
        [*command, str(model.folder), str(threads), str(film)],
        stdout=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    )
    peak = watched(process)
    assert process.stdout
    assert process.returncode == 0, f"{shown} could not be measured"
    heard = Heard(**json.loads(process.stdout.read()))
    hearing = (heard.prepare + heard.hear) / heard.audio
    whole = hearing + heard.vote / (FILM_MINUTES * 60)
    return (
        shown,
        str(threads),
        f"{1 / hearing:.1f}",
        f"{1 / whole:.1f}",
        f"{peak:.0f}",
        f"{HOURS * whole / 24:.1f}",
        f"{heard.load:.1f}",
    )


def measure(folder: Path, threads: int, film: Path) -> Heard:
    """Hear a film with so many cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    from subtide.asr.blocks import prepare  # noqa: PLC0415 - counted in this process alone
    from subtide.asr.flac import read_flac  # noqa: PLC0415
    from subtide.asr.vote import read_windows, vote  # noqa: PLC0415
    from subtide.asr.whisper import WhisperEngine  # noqa: PLC0415
    from subtide.languages import Language  # noqa: PLC0415

    with timed() as load:
        engine = WhisperEngine(folder, threads=threads)
    with tempfile.TemporaryDirectory() as scratch:
        with timed() as preparing:
            prepared = prepare(film, 0, Path(scratch))
        with timed() as voting:
            vote(engine, read_windows(prepared.speech, prepared.blocks))
        with timed() as hearing:
            for block in prepared.blocks:
                engine.transcribe(
                    read_flac(block.path),
                    language=Language("en"),
                    offset=block.start,
                    progress=lambda _: None,
                )
    return Heard(load.wall, preparing.wall, voting.wall, hearing.wall, prepared.duration)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", folder, threads, film]:
            print(json.dumps(asdict(measure(Path(folder), int(threads), Path(film)))))
        case _:
            main()
