"""A store in a fresh database, and calls that a child process finds."""

import os
from pathlib import Path

import pytest

from subtide.jobs.store import JobStore
from subtide.storage.database import Database


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)


@pytest.fixture
def calls_for_tests(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module of calls, on the path of every child process."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    return "child_calls"
