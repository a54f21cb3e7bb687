import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from old_schema import load, migrations

from plans import SERVER
from storage_fixtures import Place
from subtide.errors import DatabaseError
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, Resource, TaskKind
from subtide.storage.artifacts import Artifacts
from subtide.storage.database import HEAD, Database
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.looks import EVERYTHING, Looks
from subtide.storage.outcomes import Outcomes, OutcomeState
from subtide.storage.servers import Servers
from subtide.storage.tables import metadata

DUMPS = Path(__file__).parents[1] / "data" / "storage"
OPENS = """
import sys
from pathlib import Path
from subtide.storage.database import open_database
print("ready", flush=True)
sys.stdin.readline()
open_database(sys.argv[1], Path(sys.argv[2])).close()
print("alembic" in sys.modules)
"""


def revisions() -> list[str]:
    script = ScriptDirectory.from_config(migrations())
    return [revision.revision for revision in script.walk_revisions()]


def differences(database: Database) -> list[object]:
    with database.read() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))


def opening(place: Place) -> subprocess.Popen[str]:
    """Start a process that opens the database when it is told to."""
    command = [sys.executable, "-c", OPENS, place.url, str(place.data)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - ourselves
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture(params=sorted(DUMPS.glob("*.sql")), ids=lambda dump: dump.stem)
def upgraded(request: pytest.FixtureRequest, empty_place: Place) -> Iterator[Database]:
    """The database of an older Subtide, opened by this one."""
    load(request.param, empty_place)
    database = empty_place.open()
    yield database
    database.close()


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    assert revisions()[0] == HEAD


def test_every_schema_has_its_dump() -> None:
    assert {dump.stem for dump in DUMPS.glob("*.sql")} == set(revisions())


def test_every_dump_has_rows_in_every_table_of_its_schema() -> None:
    for dump in DUMPS.glob("*.sql"):
        text = dump.read_text()
        tables = set(re.findall(r"CREATE TABLE (\w+)", text))
        assert tables == set(re.findall(r'INSERT INTO "(\w+)"', text))
        assert "alembic_version" in tables


def test_the_migrated_schema_is_that_of_the_tables(empty_place: Place) -> None:
    database = empty_place.open()
    assert differences(database) == []
    with database.write() as connection:
        connection.execute(sa.text("ALTER TABLE looks DROP COLUMN error"))
    assert len(differences(database)) == 1, "the comparison sees what is lacking"
    database.close()


def test_several_that_open_a_new_database_at_once_all_succeed(empty_place: Place) -> None:
    running = [opening(empty_place) for _ in range(3)]
    for process in running:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0, 0, 0]
    database = empty_place.open()
    assert differences(database) == []
    database.close()


def test_alembic_is_imported_only_when_the_schema_is_not_current(empty_place: Place) -> None:
    assert opening(empty_place).communicate("\n") == ("True\n", None)
    assert opening(empty_place).communicate("\n") == ("False\n", None)


def test_a_database_of_a_newer_subtide_is_left_alone(empty_place: Place) -> None:
    database = empty_place.open()
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(DatabaseError) as caught:
        empty_place.open()
    assert "9999" in caught.value.what
    assert "newer Subtide" in caught.value.fix


def test_an_older_database_gets_the_schema_of_this_one(upgraded: Database) -> None:
    assert differences(upgraded) == []


def test_the_rows_of_an_older_database_are_read(upgraded: Database, tmp_path: Path) -> None:
    (known,) = Servers(upgraded).all()
    assert (known.id, known.name) == (SERVER, "home")
    assert known.watermark is not None
    assert known.watermark.isoformat() == "2026-03-01T12:30:15.250000+00:00"
    assert {(look.item, error) for look, error in Looks(upgraded).pending()} == {
        ("i1", "the server sleeps"),
        (EVERYTHING, None),
    }
    # 0001 knew no refusal: a job that a person had cancelled left no outcome.
    refused = {("cancelled", OutcomeState.REFUSED)}
    assert {(o.source, o.state) for o in Outcomes(upgraded).all()} - refused == {
        ("published", OutcomeState.PUBLISHED),
        ("held", OutcomeState.HELD),
        ("failed", OutcomeState.FAILED),
    }
    (entry,) = Ledger(upgraded).all()
    assert (entry.state, entry.path) == (EntryState.VERIFIED, "/films/Film.subtide.de.srt")
    assert Artifacts(upgraded, tmp_path).count("publish") == 1


def test_the_work_of_an_older_database_goes_on(upgraded: Database) -> None:
    store = JobStore(upgraded)
    assert {job.source: job.state for job in store.list()} == {
        "published": JobState.DONE,
        "held": JobState.HELD,
        "failed": JobState.FAILED,
        "cancelled": JobState.CANCELLED,
        "waiting": JobState.RUNNING,
        "leased": JobState.RUNNING,
        "queued": JobState.QUEUED,
    }
    claimed = [store.claim("worker", list(Resource)) for _ in range(4)]
    assert [(t.kind, t.plan.source, t.attempt) for t in claimed if t] == [
        (TaskKind.PREPARE, "waiting", 2),
        (TaskKind.PREPARE, "leased", 2),
        (TaskKind.PREPARE, "queued", 1),
    ]
