"""The database: SQLite by default, PostgreSQL by URL, the same SQL for both."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from subtide.errors import DatabaseError

HEAD = "0005"
"""The newest migration; a test compares it with the folder."""
SQLITE_OLDEST = (3, 40, 0)
"""The oldest SQLite that our SQL was checked on (Debian 12)."""
SQLITE_FILE = "subtide.db"
"""The database's name in the data folder."""
BUSY_SECONDS = 30.0
"""How long a SQLite writer waits for the one before it."""
WAL_SECONDS = 0.02
"""How long one that opens a new SQLite file waits before it asks again for WAL."""


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime:
        """Return the time now, with UTC as its zone."""


def utc_now() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


class Database:
    """An engine with two doors: ``read`` and ``write``, each one transaction."""

    def __init__(self, engine: sa.Engine, clock: Clock = utc_now) -> None:
        self.engine = engine
        self._clock = clock

    @property
    def postgresql(self) -> bool:
        """Whether several machines may share this database."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that writes; on SQLite it waits for its turn at the start."""
        writer = self.engine.execution_options(subtide_write=True)
        with writer.begin() as connection:
            yield connection

    def now(self, connection: sa.Connection) -> datetime:
        """Return the time that leases are measured by: PostgreSQL's own, else this machine's."""
        if self.postgresql:
            moment: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
            return moment.astimezone(UTC)
        return self._clock()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(url: str, data: Path, clock: Clock = utc_now) -> Database:
    """Open ``url``, or subtide.db in ``data`` where it is empty, and bring its schema up to date.

    Raises:
        DatabaseError: it cannot be reached, opened or migrated.
    """
    place = url_without_secrets(url) if url else str(data)
    with _told(place):
        engine = _postgresql(url) if url else _sqlite(data / SQLITE_FILE)
    try:
        with _told(place):
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine, clock)


def url_without_secrets(url: str) -> str:
    """Return a database address that may stand in a log.

    Raises:
        DatabaseError: it is no address.
    """
    return _parsed(url).render_as_string(hide_password=True)


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, OSError) as error:
        lines = str(getattr(error, "orig", None) or error).splitlines()
        reason = lines[0] if lines else type(error).__name__
        raise DatabaseError(
            f"the database in {place} cannot be opened: {reason}",
            "check `database`, the folder's owner and the free disk space",
        ) from None


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # Their text may hold the password.
        raise DatabaseError(
            "`database` is no address", "write it as postgresql://user:password@host/name"
        ) from None


def _postgresql(url: str) -> sa.Engine:
    parsed = _parsed(url)
    if parsed.get_backend_name() != "postgresql":
        raise DatabaseError(
            f"`database` names {parsed.get_backend_name()}", "use a postgresql:// address, or none"
        )
    try:
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ImportError as error:
        raise DatabaseError(
            f"the PostgreSQL driver is not there: {error}", "install subtide[postgresql]"
        ) from None


def _sqlite(file: Path) -> sa.Engine:
    if sqlite3.sqlite_version_info < SQLITE_OLDEST:
        raise DatabaseError(
            f"SQLite {sqlite3.sqlite_version} is too old", "use Python with SQLite 3.40 or newer"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    url = sa.URL.create("sqlite", database=str(file))
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # Python's sqlite3 would begin transactions by itself, and too late; we do it in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _use_wal(cursor: DBAPICursor) -> None:
    """Switch a new file to WAL. SQLite does not wait for another that is doing so, we do."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(WAL_SECONDS)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("subtide_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: sa.Engine) -> None:
    """Run the migrations that are missing.

    Alembic costs ten megabytes of memory, so it is imported only when there is something to do.
    """
    found = _revision(engine)
    if found == HEAD:
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise DatabaseError(
            f"the database has schema {found}, and this Subtide knows up to {HEAD}",
            "a newer Subtide made it: install that one again, or restore a backup",
        ) from None


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: Any = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
        revision: str | None = found.scalar()
        return revision
