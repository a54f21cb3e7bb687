"""Puts the dump of an older schema into a place, as the Subtide of that time left it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import subtide.storage
from storage_fixtures import Place

MIGRATIONS = Path(subtide.storage.__file__).parent / "migrations"


def migrations() -> Config:
    """Return what Alembic needs to find our migrations."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def load(dump: Path, place: Place) -> None:
    """Load a dump, whose name is its revision."""
    with closing(sqlite3.connect(place.data / "subtide.db")) as connection:
        connection.executescript(dump.read_text())
    if place.url:
        _move_to_postgresql(dump.stem, place)


def _move_to_postgresql(revision: str, place: Place) -> None:
    url = sa.make_url(place.url).set(drivername="postgresql+psycopg")
    source = sa.create_engine(f"sqlite:///{place.data / 'subtide.db'}")
    target = sa.create_engine(url)
    config = migrations()
    config.attributes["engine"] = target
    command.upgrade(config, revision)
    tables = sa.MetaData()
    tables.reflect(source)
    with source.begin() as old, target.begin() as new:
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                rows = [_in_utc(row) for row in old.execute(sa.select(table)).mappings()]
                new.execute(sa.Table(table.name, sa.MetaData(), autoload_with=new).insert(), rows)
    source.dispose()
    target.dispose()


def _in_utc(row: sa.RowMapping) -> dict[str, object]:
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
