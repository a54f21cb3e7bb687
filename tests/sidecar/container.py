"""An image that was built, and its containers: one port for an engine and for its stand-in."""

import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

LONG_SECONDS = 120.0
BUILD_SECONDS = 1000.0
"""Wide deadlines: they only end a hang."""


@dataclass(frozen=True)
class Container:
    """What `docker run` is told."""

    volume: Path
    """The folder that stands at /config."""
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    """Numeric uid:gid, or nothing for the image's own."""
    name: str = "subtide-test"


class Image(Protocol):
    """A built image, entered through command lines of the host."""

    @property
    def how(self) -> str:
        """What it was built and is run with, for people."""

    @property
    def healthcheck(self) -> Sequence[str]:
        """The command of its HEALTHCHECK."""

    def start(self, container: Container, arguments: Sequence[str]) -> list[str]:
        """Run its ENTRYPOINT with the arguments, or with its CMD if there are none."""

    def enter(self, container: Container, command: Sequence[str]) -> list[str]:
        """Run a command in a container that runs, as its first user."""

    def look(self, command: Sequence[str]) -> list[str]:
        """Run a command in the image, without its ENTRYPOINT."""

    def terminate(self, process: subprocess.Popen[str]) -> None:
        """Ask process 1 of the container to stop, as `docker stop` does."""


def finish(
    command: Sequence[str], seconds: float = LONG_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run to the end; standard error comes with standard output."""
    return subprocess.run(  # noqa: S603 - command lines of these tests
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=seconds,
        check=False,
    )


@dataclass(frozen=True)
class DockerImage:
    """Built and run by Docker."""

    tag: str
    healthcheck: Sequence[str]
    how: str = "by Docker"

    def start(self, container: Container, arguments: Sequence[str]) -> list[str]:
        command = ["docker", "run", "--rm", f"--name={container.name}"]
        command += [f"--env={name}={value}" for name, value in container.environment.items()]
        command += [f"--volume={container.volume}:/config"]
        command += [f"--user={container.user}"] if container.user else []
        return [*command, self.tag, *arguments]

    def enter(self, container: Container, command: Sequence[str]) -> list[str]:
        return ["docker", "exec", container.name, *command]

    def look(self, command: Sequence[str]) -> list[str]:
        return ["docker", "run", "--rm", f"--entrypoint={command[0]}", self.tag, *command[1:]]

    def terminate(self, process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGTERM)  # the client hands it on to the container


def docker_answers() -> bool:
    """Whether there is a container engine behind the docker command."""
    docker = shutil.which("docker")
    return docker is not None and finish([docker, "info"]).returncode == 0


def docker_build(context: Path, target: str, healthcheck: Sequence[str]) -> DockerImage:
    """Build a target of the context's Dockerfile."""
    image = DockerImage(f"subtide-test:{target}", healthcheck)
    command = ["docker", "build", f"--target={target}", f"--tag={image.tag}", str(context)]
    built = finish(command, BUILD_SECONDS)
    assert built.returncode == 0, built.stdout
    return image
