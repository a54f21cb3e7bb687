"""A store in a fresh database."""

import pytest

from subtide.jobs.store import JobStore
from subtide.storage.database import Database


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)
