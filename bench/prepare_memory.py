"""Memory of prepare: the peak PSS of one process for 10 and for 60 minutes of audio.

Run: python bench/prepare_memory.py. Prints both and their ratio; flat is 1.15 at most.
"""

import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

MINUTES = (10, 60)
FLAT = 1.15
PAUSE = -0.3
"""Level of a slow wave below which the sound pauses: about two of seven seconds."""

SAMPLED_EVERY = 0.1
"""Seconds between two readings of PSS."""


def main() -> None:
    """Measure each length in a process of its own, then compare."""
    peaks = {}
    for minutes in MINUTES:
        command = [sys.executable, __file__, str(minutes)]
        started = time.monotonic()
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks[minutes] = float(answer.stdout)
        print(f"{minutes} min: {peaks[minutes]:.0f} MiB, {time.monotonic() - started:.1f} s")
    ratio = peaks[MINUTES[1]] / peaks[MINUTES[0]]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"ratio {ratio:.3f} (flat: {FLAT}); {machine}")
    assert ratio <= FLAT, "prepare's memory grows with the film"


def measure(minutes: int) -> float:
    """Return the peak PSS in MiB while a film of that length is prepared."""
    from subtide.asr.blocks import prepare  # noqa: PLC0415 - counted in the child alone

    with tempfile.TemporaryDirectory() as folder:
        film = _film(Path(folder), minutes)
        peak, done = [0.0], threading.Event()

        def watch() -> None:
            while not done.wait(SAMPLED_EVERY):
                peak[0] = max(peak[0], _pss())

        watching = threading.Thread(target=watch)
        watching.start()
        prepare(film, 0, Path(folder))
        done.set()
        watching.join()
        return peak[0]


def _film(folder: Path, minutes: int) -> Path:
    """Write a Matroska file whose sound rises and falls as syllables do, with pauses."""
    path = folder / "film.mkv"
    command = [sys.executable, __file__, "write", str(path), str(minutes)]
    subprocess.run(command, check=True)
    return path


def write(path: Path, minutes: int) -> None:
    """Write the film minute by minute."""
    import av  # noqa: PLC0415 - needed in this child alone

    rate = 24_000
    random = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        for number in range(minutes):
            frame = av.AudioFrame.from_ndarray(
                _minute(random, rate)[np.newaxis], format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = rate, number * 60 * rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _minute(
    random: np.random.Generator, rate: int
) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    time_ = np.arange(60 * rate) / rate
    voice = sum(np.sin(2 * np.pi * 120 * n * time_ + np.sin(9 * time_)) / n for n in range(1, 25))
    sentences = np.sin(2 * np.pi * time_ / 7) > PAUSE
    syllables = np.clip(np.sin(2 * np.pi * 4 * time_), 0, 1) * sentences
    return (0.1 * voice * syllables + random.normal(0, 0.003, 60 * rate)).astype(np.float32)


def _pss() -> float:
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", film, length]:
            write(Path(film), int(length))
        case [length]:
            print(measure(int(length)))
        case _:
            main()
