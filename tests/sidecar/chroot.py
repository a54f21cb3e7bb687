"""Carries out a Dockerfile without a container engine, in a root folder of its own.

A stage starts as a folder in which this Debian's /usr and /etc and a Python stand, read-only, in
place of the base image; all else is empty. Its instructions run there, under `unshare` and
`chroot`, as a container would: with processes, mounts and environment of their own. It needs
root. What it cannot show: that the base image itself can be pulled and has what ours uses.
"""

import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from container import Container
from dockerfile import Instruction, Stage, expand

BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FROM_HOST = ("usr", "etc", "bin", "sbin", "lib", "lib64")
FRESH = ("dev", "home", "opt", "proc", "root", "run", "tmp", "var")


@dataclass(frozen=True)
class Root:
    """A stage's files, and what its instructions said of running it."""

    folder: Path
    python: Path
    """Prefix of the Python that stands in for the base image's."""
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": BASE_PATH})
    directory: str = "/"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        return (
            "WITHOUT a container engine: its Dockerfile's steps in a chroot on this"
            f" {platform.freedesktop_os_release()['PRETTY_NAME']} with {self.python.name}"
        )

    def inside(self, command: Sequence[str], container: Container | None = None) -> list[str]:
        """Return the host's command line that runs ``command`` in here as process 1."""
        steps = [f"cd {shlex.quote(str(self.folder))}"]
        steps += [f"mount --bind /{name} {name}" for name in self._bound()]
        steps += [f"mount -o remount,bind,ro {name}" for name in self._bound()]
        for place in ("/usr/local", str(self.python)):
            if not self.python.is_relative_to("/usr"):
                steps += [f"mkdir -p .{place}", f"mount --bind -o ro {self.python} .{place}"]
        steps += ["mount --rbind /dev dev", "mount -t proc proc proc"]
        environment = dict(self.environment)
        userspec = []
        if container:
            steps += [f"mount --bind {shlex.quote(str(container.volume))} config"]
            environment |= container.environment
            userspec = [f"--userspec={container.user}", "--groups="] if container.user else []
        pairs = [f"{name}={value}" for name, value in environment.items()]
        enter = ["chroot", *userspec, ".", "env", "-i", f"--chdir={self.directory}", *pairs]
        script = " && ".join([*steps, shlex.join(["exec", *enter, *command])])
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]

    def _bound(self) -> list[str]:
        here = [name for name in FROM_HOST if (self.folder / name).is_dir()]
        return [name for name in here if not (self.folder / name).is_symlink()]

    def start(self, container: Container, arguments: Sequence[str]) -> list[str]:
        return self.inside([*self.entrypoint, *(arguments or self.command)], container)

    def enter(self, container: Container, command: Sequence[str]) -> list[str]:
        return self.inside(command, container)

    def look(self, command: Sequence[str]) -> list[str]:
        return self.inside(command)

    def terminate(self, process: subprocess.Popen[str]) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        os.kill(int(children), signal.SIGTERM)


def build(stages: dict[str, Stage], target: str, context: Path, work: Path) -> Root:
    """Carry out the stages that ``target`` needs, below the folder ``work``."""
    assert os.geteuid() == 0, "these tests need a Docker engine, or root to do without one"
    built: dict[str, Root] = {}

    def stage(name: str) -> Root:
        if name not in built:
            plan = stages[name]
            folder = work / name
            base = stage(plan.base) if plan.base in stages else None
            root = _on_top_of(base, folder) if base else _fresh(folder, find_python(plan.base))
            for instruction in plan.instructions:
                root = _carry_out(instruction, root, context, stage)
            built[name] = root
        return built[name]

    return stage(target)


def find_python(image: str) -> Path:
    """Return the prefix of a Python like the image's, or of the one that runs."""
    ours = Path(sys.base_prefix)
    version = re.search(r"python:(\d+\.\d+)", image)
    assert version, f"{image} is no Python image"
    beside = sorted(ours.parent.glob(f"*{version[1]}.*/bin/python{version[1]}"))
    return beside[-1].parent.parent if beside else ours


def _fresh(folder: Path, python: Path) -> Root:
    folder.mkdir(mode=0o755, parents=True)
    for name in (*FRESH, *FROM_HOST):
        host = Path("/", name)
        if name in FROM_HOST and host.is_symlink():
            (folder / name).symlink_to(host.readlink())
        elif host.exists():
            (folder / name).mkdir(mode=0o755)
    (folder / "tmp").chmod(0o1777)
    return Root(folder, python)


def _on_top_of(base: Root, folder: Path) -> Root:
    subprocess.run(["/bin/cp", "--archive", "--link", base.folder, folder], check=True)  # noqa: S603 - our folders
    return replace(base, folder=folder)


def _carry_out(
    instruction: Instruction, root: Root, context: Path, stage: Callable[[str], Root]
) -> Root:
    match instruction.word:
        case "ENV":
            pairs = replace(instruction, text=expand(instruction.text, root.environment)).pairs()
            return replace(root, environment=root.environment | pairs)
        case "WORKDIR":
            (root.folder / instruction.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            return replace(root, directory=instruction.text)
        case "COPY":
            origin = instruction.flags.get("from")
            _copy(instruction, stage(origin).folder if origin else context, root)
        case "RUN":
            command = root.inside(["/bin/sh", "-c", instruction.text])
            subprocess.run(command, check=True)  # noqa: S603 - our own Dockerfile's line
        case "ENTRYPOINT":
            return replace(root, entrypoint=tuple(instruction.argv()))
        case "CMD":
            return replace(root, command=tuple(instruction.argv()))
        case "HEALTHCHECK":
            return replace(root, healthcheck=tuple(instruction.argv()))
    return root


def _copy(instruction: Instruction, origin: Path, root: Root) -> None:
    *sources, target = instruction.text.split()
    place = root.folder / Path(root.directory, target).relative_to("/")
    for source in sources:
        path = origin / source.lstrip("/")
        into = place / path.name if target.endswith("/") and path.is_file() else place
        into.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(path, into)
        if "chmod" in instruction.flags:
            into.chmod(int(instruction.flags["chmod"], 8))


def allowed_context(repository: Path, folder: Path) -> Path:
    """Copy what .dockerignore lets through: ours names all that is let through, after a *."""
    lines = (repository / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    without = shutil.ignore_patterns(*(r.removeprefix("**/") for r in rules if r[:2] == "**"))
    folder.mkdir()
    for name in (rule[1:] for rule in rules if rule.startswith("!")):
        source = repository / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=without)
        else:
            shutil.copy2(source, folder / name)
    return folder
