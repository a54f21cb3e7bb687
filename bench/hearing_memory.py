"""Memory of a film's whole hearing: the peak PSS of one child for 10 minutes and for 4 hours.

The child decodes, marks speech, writes the blocks, and turns every block into words, as the
daemon's child does. The long audio repeats the short one.
Run: python -m bench.hearing_memory [--short]; about 10 minutes on two cores, or 3 with one hour.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from bench.machine import arguments, describe, table, verdict, watched
from bench.spoken import RATE, spoken
from bench.weights import need

MINUTES = 10
LONG, SHORT_LONG = 240, 60
"""Minutes of the long film."""
SHARE = 0.55
FLAT = 1.15
MODEL = "tiny.en"
STEP = 10 * RATE


def main(args: Sequence[str] | None = None) -> None:
    """Measure each length in a process of its own, then compare."""
    options = arguments("Memory by the length of the film.").parse_args(args)
    peaks: list[float] = []
    rows = []
    for minutes in (MINUTES, SHORT_LONG if options.short else LONG):
        with tempfile.TemporaryDirectory() as folder:
            film = Path(folder, "film.flac")
            subprocess.run([*_self("write"), str(film), str(minutes)], check=True)
            began = time.monotonic()
            process = psutil.Popen([*_self("hear"), str(need(MODEL).folder), str(film)])
            peaks.append(watched(process))
            assert process.returncode == 0, "the film could not be heard"
        rows.append((f"{minutes} min", f"{peaks[-1]:.0f}", f"{time.monotonic() - began:.0f}"))
    ratio = peaks[1] / peaks[0]
    print(f"hearing_memory: {MODEL}, int8, {SHARE:.0%} speech")
    print(table(("film", "peak MB", "s"), rows))
    print(f"  ratio {ratio:.3f}, goal {FLAT} {verdict(ratio, FLAT, holds=float.__le__)}")
    print(describe())


def _self(task: str) -> list[str]:
    return [sys.executable, "-m", "bench.hearing_memory", task]


def write(film: Path, minutes: int) -> None:
    """Write ten spoken minutes as often as they fit."""
    from subtide.asr.flac import to_16_bits, write_flac  # noqa: PLC0415 - not counted in hear

    samples = spoken(MINUTES, SHARE).samples

    def pieces() -> Iterator[bytes]:
        for _ in range(minutes // MINUTES):
            for at in range(0, len(samples), STEP):
                yield to_16_bits(samples[at : at + STEP])

    write_flac(film, pieces())


def hear(folder: Path, film: Path) -> None:
    """Turn a film into words, and forget them."""
    from subtide.asr.blocks import prepare  # noqa: PLC0415 - counted in this process alone
    from subtide.asr.flac import read_flac  # noqa: PLC0415
    from subtide.asr.whisper import WhisperEngine  # noqa: PLC0415
    from subtide.languages import Language  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        prepared = prepare(film, 0, Path(scratch))
        engine = WhisperEngine(folder)
        for block in prepared.blocks:
            engine.transcribe(
                read_flac(block.path),
                language=Language("en"),
                offset=block.start,
                progress=lambda _: None,
            )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", film, minutes]:
            write(Path(film), int(minutes))
        case ["hear", folder, film]:
            hear(Path(folder), Path(film))
        case _:
            main()
