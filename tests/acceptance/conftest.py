"""Fixtures of the acceptance tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Where a daemon of the test writes its log, which is shown when the test fails."""
    path = tmp_path / "daemon.log"
    yield path
    print(path.read_text() if path.exists() else "no log")  # noqa: T201 - shown by pytest
