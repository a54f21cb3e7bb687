"""Peak memory of the main job: the sum of PSS of the daemon and its children, sampled.

The stand-in Jellyfin and the film maker run elsewhere and are not counted.
Run: python -m bench.memory
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.2
GOAL_ALL_MB = 1200
GOAL_DAEMON_MB = 120
SETTLE_SECONDS = 20.0
"""How long the daemon is watched after its last job."""


def main() -> None:
    """Run the daemon on the sample library and print its peaks."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "library")
        run = [sys.executable, "-m", "subtide.playground.film", str(library)]
        subprocess.run(run, check=True)
        stand_in = subprocess.Popen(
            [sys.executable, "-m", "subtide.playground", str(library)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert stand_in.stdout
        where = json.loads(stand_in.stdout.readline())
        peaks = _watch(_environment(where, Path(folder, "data")), library)
        stand_in.communicate()
    print(f"memory: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, (peak, goal) in peaks.items():
        print(f"  {name:<22} peak {peak:6.0f} MB, {peak / goal:.2f} of the goal of {goal} MB")


def _environment(where: dict[str, str], data: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SUBTIDE_DATA": str(data),
        "SUBTIDE_SERVERS__HOME__URL": where["url"],
        "SUBTIDE_SERVERS__HOME__KEY": where["key"],
        "SUBTIDE_POLICY__LANGUAGES": "en,pt",
        "SUBTIDE_SPEECH__MODEL": "base",
        "SUBTIDE_SPEECH__MODELS": '{"en": "tiny.en"}',
        "SUBTIDE_MODELS__PULL": "false",
        "SUBTIDE_WEB__PORT": "0",
        "SUBTIDE_LOG__LEVEL": "warning",
    }


def _watch(environ: dict[str, str], library: Path) -> dict[str, tuple[float, int]]:
    daemon = psutil.Popen([sys.executable, "-m", "subtide", "run"], env=environ)
    peak_all = peak_daemon = 0.0
    finished = None
    while finished is None or time.monotonic() - finished < SETTLE_SECONDS:
        own = _pss(daemon)
        peak_daemon = max(peak_daemon, own)
        peak_all = max(peak_all, own + sum(map(_pss, daemon.children(recursive=True))))
        if finished is None and len(list(library.rglob("*.subtide.*.srt"))) == 4:  # noqa: PLR2004 - two for the film, one an episode
            finished = time.monotonic()
        time.sleep(SAMPLE_SECONDS)
    daemon.terminate()
    daemon.wait()
    return {
        "daemon and children": (peak_all, GOAL_ALL_MB),
        "daemon alone": (peak_daemon, GOAL_DAEMON_MB),
    }


def _pss(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss / 1e6
    except psutil.NoSuchProcess:
        return 0.0


if __name__ == "__main__":
    main()
