"""Reads a Dockerfile into stages. It knows the instructions that ours uses, and refuses others."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TAKEN = {"ARG", "COPY", "ENV", "FROM", "RUN", "WORKDIR"}
RUNNING = {"CMD", "ENTRYPOINT", "HEALTHCHECK"}
TOLD = {"EXPOSE", "LABEL", "STOPSIGNAL", "VOLUME"}
"""These change nothing inside."""
KNOWN = TAKEN | RUNNING | TOLD


@dataclass(frozen=True)
class Instruction:
    word: str
    text: str
    """All that follows the word and its flags."""
    flags: Mapping[str, str]

    def pairs(self) -> dict[str, str]:
        """NAME=value as in ENV, LABEL and ARG."""
        return dict(part.split("=", 1) for part in shlex.split(self.text))

    def argv(self) -> list[str]:
        """The JSON form of ENTRYPOINT, CMD and HEALTHCHECK."""
        words = json.loads(self.text.removeprefix("CMD "))
        assert isinstance(words, list)
        return words


@dataclass(frozen=True)
class Stage:
    name: str
    base: str
    """Another stage's name, or an image's."""
    instructions: tuple[Instruction, ...]


def expand(text: str, values: Mapping[str, str]) -> str:
    """Put values in for ${NAME}; a name without one is an error."""
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], text)


def read(path: Path) -> dict[str, Stage]:
    """Return the stages by name, in their order."""
    text = re.sub(r"(?m)^\s*#.*\n", "", path.read_text(encoding="utf-8")).replace("\\\n", " ")
    arguments: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        instruction = _instruction(line)
        if instruction.word == "FROM":
            base, name = expand(instruction.text, arguments).split(" AS ")
            stages[name] = Stage(name, base, ())
        elif not stages:
            assert instruction.word == "ARG", line
            arguments |= instruction.pairs()
        else:
            last = stages[list(stages)[-1]]
            stages[last.name] = Stage(last.name, last.base, (*last.instructions, instruction))
    return stages


def _instruction(line: str) -> Instruction:
    word, rest = line.split(maxsplit=1)
    assert word in KNOWN, f"the tests cannot carry out {word!r} yet: {line}"
    flags = {}
    while found := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        flags[found[1]] = found[2]
        rest = rest[found.end() :]
    return Instruction(word, rest, flags)
