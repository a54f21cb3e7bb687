"""The sidecar's image: built from its Dockerfile, started as an admin starts it.

With a Docker engine at hand the tests use it; otherwise they carry out the Dockerfile's own
steps in a chroot, and say so. The engine's way has been written to the same checks, but could
not be tried where it was written.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from container import LONG_SECONDS, Container, Image, finish

from subtide.cli.output import ExitCode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # installs some fifty packages

PUID, PGID = 1234, 1235
OWNER = {"PUID": str(PUID), "PGID": str(PGID)}
NOBODY_LISTENS = {"SUBTIDE_SERVERS__HOME__URL": "http://127.0.0.1:1"}
PYTHON = "/opt/subtide/bin/python"
STOP_SECONDS = 10.0
"""How long `docker stop` waits before it kills."""
MOST_MEGABYTES = 800
LISTEN = """
import io, wave
import ctranslate2, faster_whisper, fxtranslate, psycopg
import numpy as np
from subtide.asr.audio import decode
from subtide.asr.speech import find_speech

file = io.BytesIO()
with wave.open(file, "wb") as sound:
    sound.setparams((1, 2, 16000, 0, "NONE", ""))
    sound.writeframes(bytes(2 * 2 * 16000))
speech = find_speech(np.concatenate(list(decode(file, 0))))
print(speech.duration, "seconds, speech at", speech.spans)
"""
"""Two seconds of silence go through FFmpeg and the speech detector."""


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


def owners(folder: Path) -> set[tuple[int, int]]:
    places = [folder, *folder.rglob("*")]
    return {(place.stat().st_uid, place.stat().st_gid) for place in places}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def test_it_is_at_most_800_megabytes(image: Image, capsys: pytest.CaptureFixture[str]) -> None:
    measure = "cd /opt/subtide && du -sm . && du -sm lib/python*/site-packages/* | sort -rn"
    whole, *parts = finish(image.look(["sh", "-c", measure])).stdout.splitlines()
    megabytes = int(whole.split()[0])
    with capsys.disabled():
        sys.stdout.write(f"\nThe sidecar was built and is run {image.how}.\n")
        sys.stdout.write(f"/opt/subtide has {megabytes} MB. The largest parts:\n")
        sys.stdout.writelines(f"{part}\n" for part in parts[:8])
    assert 0 < megabytes <= MOST_MEGABYTES


def test_a_first_start_writes_a_config_and_tells_the_next_step(image: Image, volume: Path) -> None:
    ended = finish(image.start(Container(volume, OWNER), []))
    assert ended.returncode == ExitCode.SETTINGS, ended.stdout
    assert "/config/config.yaml is written" in ended.stdout
    assert "Next: " in ended.stdout
    assert "servers:" in (volume / "config.yaml").read_text(encoding="utf-8")
    assert owners(volume) == {(PUID, PGID)}


def test_a_server_from_the_environment_passes_the_check(image: Image, volume: Path) -> None:
    ended = finish(image.start(Container(volume, OWNER | NOBODY_LISTENS), ["config", "check"]))
    assert ended.returncode == ExitCode.OK, ended.stdout
    assert "Servers: home" in ended.stdout


def test_a_user_that_the_engine_was_given_stays(image: Image, volume: Path) -> None:
    os.chown(volume, 4321, 4322)
    ended = finish(image.start(Container(volume, OWNER, user="4321:4322"), []))
    assert ended.returncode == ExitCode.SETTINGS, ended.stdout
    assert owners(volume) == {(4321, 4322)}


def test_a_folder_of_the_right_owner_is_not_walked(image: Image, volume: Path) -> None:
    (volume / "of-someone-else").touch()
    os.chown(volume, PUID, PGID)
    finish(image.start(Container(volume, OWNER), ["config", "check"]))
    assert (volume / "of-someone-else").stat().st_uid == os.getuid()


def test_an_owner_that_is_no_number_is_refused_with_the_fix(image: Image, volume: Path) -> None:
    ended = finish(image.start(Container(volume, {"PUID": "media"}), []))
    assert ended.returncode == ExitCode.SETTINGS
    assert "PUID=media and PGID=1000 must be numbers" in ended.stdout


def test_the_time_zone_that_was_set_is_known_inside(image: Image) -> None:
    zone = "import tzlocal; print(tzlocal.get_localzone_name())"
    ended = finish(image.look(["env", "TZ=Europe/Lisbon", PYTHON, "-c", zone]))
    assert ended.stdout == "Europe/Lisbon\n"


def test_a_time_zone_that_does_not_exist_is_told(image: Image, volume: Path) -> None:
    ended = finish(image.start(Container(volume, OWNER | {"TZ": "Lisbon"}), ["--version"]))
    assert "TZ=Lisbon is no time zone" in ended.stdout
    assert ended.returncode == ExitCode.OK


def test_it_holds_the_package_and_what_that_needs_alone(image: Image) -> None:
    opt = finish(image.look(["find", "/opt", "-mindepth", "1", "-maxdepth", "2", "-type", "f"]))
    assert set(opt.stdout.split()) == {
        "/opt/sidecar/healthcheck",
        "/opt/sidecar/subtide",
        "/opt/subtide/pyvenv.cfg",
    } | ({"/opt/subtide/.gitignore"} & set(opt.stdout.split()))
    unwanted = "import importlib.util as u; print(*filter(u.find_spec, ('pip', 'hatchling')))"
    assert finish(image.look([PYTHON, "-c", unwanted])).stdout.strip() == ""


def test_its_libraries_decode_and_listen_for_a_user_without_a_name(image: Image) -> None:
    at_home = f'export HOME=$(mktemp -d); {PYTHON} -c "$0" && find $HOME -mindepth 1'
    nobody = ["setpriv", f"--reuid={PUID}", f"--regid={PGID}", "--clear-groups"]
    ended = finish(image.look([*nobody, "sh", "-c", at_home, LISTEN]))
    assert ended.stdout == "2.0 seconds, speech at ()\n", "onnxruntime keeps an id of the machine?"
    assert ended.returncode == 0


def test_the_daemon_is_healthy_and_stops_in_time_with_nothing_of_root(
    image: Image, volume: Path
) -> None:
    port = {"SUBTIDE_WEB__PORT": str(free_port())}
    container = Container(volume, OWNER | NOBODY_LISTENS | port)
    with running(image, container) as daemon:
        healthy = finish(image.enter(container, image.healthcheck))
        jobs = finish(image.enter(container, ["subtide", "jobs"]))
        asked = time.monotonic()
        image.terminate(daemon)
        status = daemon.wait(LONG_SECONDS)
        took = time.monotonic() - asked
    assert healthy.returncode == 0, healthy.stdout
    assert jobs.returncode == ExitCode.OK, jobs.stdout
    assert status == 0
    assert took < STOP_SECONDS
    assert owners(volume) == {(PUID, PGID)}


def test_a_daemon_that_is_not_there_is_not_healthy(image: Image) -> None:
    assert finish(image.look(image.healthcheck)).returncode != 0


@contextmanager
def running(image: Image, container: Container) -> Iterator[subprocess.Popen[str]]:
    """Start a container and wait until it says that it has started."""
    command = image.start(container, [])
    with subprocess.Popen(  # noqa: S603 - command lines of these tests
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout
            said = ""
            for line in process.stdout:
                said += line
                if '"started"' in line:
                    break
            else:
                pytest.fail(f"it ended before it had started:\n{said}")
            yield process
        finally:
            if process.poll() is None:
                process.kill()
