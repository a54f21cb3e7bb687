import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage_fixtures import Place
from subtide.errors import DatabaseError
from subtide.storage.database import Database, open_database, url_without_secrets
from subtide.storage.tables import servers

URL = "postgresql://subtide:s3cret@host.invalid:5432/subtide"
MOMENT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def add_server(connection: sa.Connection, seen_at: datetime = MOMENT) -> None:
    connection.execute(servers.insert().values(id="1", name="h", version="12", seen_at=seen_at))


def test_without_an_address_it_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    database = open_database("", tmp_path / "new" / "100% ?#folder")
    assert not database.postgresql
    database.close()
    assert (tmp_path / "new" / "100% ?#folder" / "subtide.db").stat().st_size > 0


def test_sqlite_keeps_readers_and_writers_apart_and_its_keys(tmp_path: Path) -> None:
    database = open_database("", tmp_path)
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_a_moment_comes_back_as_it_was_in_utc(database: Database) -> None:
    far_east = timezone(timedelta(hours=9))
    with database.write() as connection:
        add_server(connection, MOMENT.astimezone(far_east))
        found = connection.execute(sa.select(servers.c.seen_at)).scalar_one()
    assert found == MOMENT
    assert found.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with (
        pytest.raises(sa.exc.StatementError, match="no time zone"),
        database.write() as connection,
    ):
        add_server(connection, datetime(2026, 3, 1))  # noqa: DTZ001 - what is refused


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as connection:
            add_server(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with database.read() as connection:
        assert connection.execute(sa.select(servers)).all() == []


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writer:
        add_server(writer)
        with database.read() as reader:
            assert reader.execute(sa.select(servers)).all() == []


def test_writers_wait_for_each_other(database: Database) -> None:
    def count_up(_number: int) -> None:
        with database.write() as connection:
            row = connection.execute(sa.select(servers.c.version).with_for_update()).scalar_one()
            connection.execute(servers.update().values(version=str(int(row) + 1)))

    with database.write() as connection:
        add_server(connection)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_up, range(80)))
    with database.read() as connection:
        assert connection.execute(sa.select(servers.c.version)).scalar_one() == "92"


def test_sqlite_measures_leases_by_the_clock_it_was_given(tmp_path: Path) -> None:
    database = open_database("", tmp_path, lambda: MOMENT)
    with database.read() as connection:
        assert database.now(connection) == MOMENT
    database.close()


def test_postgresql_measures_leases_by_its_own_clock(place: Place) -> None:
    database = open_database(place.url, place.data, lambda: MOMENT)
    with database.read() as connection:
        now = database.now(connection)
    assert (now != MOMENT) == database.postgresql
    database.close()


def test_opening_a_new_file_waits_for_another_that_does_so(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "subtide.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as threads:
            opened = threads.submit(open_database, "", tmp_path)
            with pytest.raises(TimeoutError):
                opened.result(0.3)
            other.execute("COMMIT")
            opened.result(30).close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "subtide.db").write_bytes(b"no database, but long enough to look like one" * 99)
    with pytest.raises(DatabaseError) as caught:
        open_database("", tmp_path)
    assert "file is not a database" in caught.value.what
    assert str(tmp_path) in caught.value.what


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="File exists"):
        open_database("", tmp_path / "file")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        (URL, "cannot be opened"),
        ("mysql://subtide:s3cret@host/subtide", "names mysql"),
        ("host=/tmp password=s3cret", "no address"),
        ("postgresql://subtide:s3cret@host:port/subtide", "no address"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    url: str, what: str, tmp_path: Path
) -> None:
    with pytest.raises(DatabaseError) as caught:
        open_database(url, tmp_path)
    assert what in caught.value.what
    assert caught.value.fix
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_driver_that_is_not_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseError) as caught:
        open_database(URL, tmp_path)
    assert "subtide[postgresql]" in caught.value.fix


def test_an_address_is_logged_without_its_password() -> None:
    assert url_without_secrets(URL) == URL.replace("s3cret", "***")
