"""Fixtures of the commands' tests."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from command import Home, Ran

from subtide.cli import main
from subtide.playground.server import Playground


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """Commands set up the process's logs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of Subtide in the environment, and a folder of its own to stand in."""
    for name in os.environ:
        if name.startswith("SUBTIDE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def subtide(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run one command as a person does: ``subtide("config", "check")``."""

    def run(*words: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Ran(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def home(tmp_path: Path, playground: Callable[..., Playground]) -> Home:
    """An empty library on a server that is configured."""
    media = tmp_path / "media"
    (media / "Movies").mkdir(parents=True)
    made = Home(media, playground(media), tmp_path / "data", tmp_path / "config.yaml")
    made.configure()
    return made


@pytest.fixture
def at_home(home: Home, subtide: Callable[..., Ran]) -> Callable[..., Ran]:
    """Run a command with the home's settings."""
    return lambda *words: subtide("--config", home.config, *words)
