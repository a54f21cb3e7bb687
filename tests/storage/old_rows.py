"""Rows in every table, written through the stores: what every later Subtide has to read.

A new migration comes with the dump of its schema. Write it with the code of that schema:

    PYTHONPATH=tests python tests/storage/old_rows.py > tests/data/storage/0002.sql
"""

import sqlite3
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plans import SERVER, TEXT, make_plan
from subtide.errors import LanguageUnknown, NoUsableAudio, ServerUnreachable
from subtide.jobs.store import JobStore
from subtide.jobs.task import Resource, Task
from subtide.storage import coverage, tables
from subtide.storage.artifacts import Artifacts
from subtide.storage.coverage import Cover
from subtide.storage.database import Database, open_database
from subtide.storage.items import Items, KnownItem
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.looks import EVERYTHING, Looks, Priority
from subtide.storage.overrides import Overrides
from subtide.storage.releases import Releases
from subtide.storage.servers import Servers
from subtide.storage.webhooks import Webhooks

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
DE = "subtitle/de/full/srt/jellyfin"
SCAN = {
    "server": SERVER,
    "kind": "everything",
    "signal": "schedule",
    "began_at": MOMENT,
    "ended_at": MOMENT,
    "sources": 2,
    "unchanged": 1,
    "gone": 0,
    "gaps": 1,
    "planned": 1,
}


def fill(database: Database, folder: Path) -> None:
    """Write rows in every table: jobs in every state, a lease that its worker left."""
    servers = Servers(database)
    servers.meet("home", SERVER, "12.0.0")
    servers.set_watermark(SERVER, MOMENT)
    looks = Looks(database)
    looks.ask(SERVER, "i1", signal="webhook", priority=Priority.NEW)
    looks.ask(SERVER, EVERYTHING, signal="schedule", priority=Priority.NIGHTLY)
    looks.postpone(looks.due()[0], 60.0, "the server sleeps")
    Artifacts(database, folder).write("a1", "publish", "text/plain", b"1\n")
    Overrides(database).set("policy.languages", ["en", "pt"])
    known = KnownItem("i1", "l1", "e1", 1, "f1", "j1", settled=True, title="Film", series="")
    Items(database).remember(SERVER, [known, replace(known, item="i2", settled=False)])
    Webhooks(database).heard("home", "SessionStart", "d1")
    Releases(database).release(SERVER, "l1")
    with database.write() as connection:
        row = Cover("s1", DE, "i1", "l1", "Show", "de", "gap", "speech", 60.0)
        coverage.replace(connection, SERVER, ["i1"], [row])
        connection.execute(tables.scans.insert().values(**SCAN))
        connection.execute(tables.samples.insert().values(what="small", cost=0.5, at=MOMENT))
        connection.execute(tables.translations.insert().values(key="k", text="Olá", used_at=MOMENT))
        connection.execute(
            tables.choices.insert().values(
                scope="film", source="en", target="pt", term="Wolf", translation="Lobo", at=MOMENT
            )
        )
        connection.execute(
            tables.spending.insert().values(
                day=MOMENT.date(),
                engine="ollama",
                model="m",
                requests=1,
                tokens_in=10,
                tokens_out=20,
                cost=0.5,
            )
        )
        connection.execute(
            tables.unfit_origins.insert().values(
                server="s", source="f", origin="text", reason="other times", at=MOMENT
            )
        )
    _fill_ledger(Ledger(database))
    _fill_jobs(JobStore(database))


def _fill_ledger(ledger: Ledger) -> None:
    entry = ledger.intend(
        server=SERVER,
        item="published",
        source="published",
        target=DE,
        name="Film.subtide.de.srt",
        artifact="a1",
        sha256="00ff",
        recipe={"publish": 1},
        job=1,
    )
    ledger.advance(entry, EntryState.VERIFIED, "/films/Film.subtide.de.srt")


def _fill_jobs(store: JobStore) -> None:
    published = _begun(store, "published", origin=TEXT, languages=("de",))
    store.finish(published, {"key": "t1", "format": "srt", "language": "en"})
    store.finish(_claimed(store), {"key": "c1", "language": "en", "recipe": {}})
    store.finish(_claimed(store), {"key": "c2", "language": "de", "recipe": {}})
    store.finish(_claimed(store), {"path": "/films/Film.subtide.de.srt", "cues": 1})
    store.fail(_begun(store, "held"), LanguageUnknown("nobody speaks"))
    store.fail(_begun(store, "failed"), NoUsableAudio("no audio", "add some"))
    _begun(store, "cancelled")
    store.cancel(store.list()[0].id)
    store.fail(_begun(store, "waiting"), ServerUnreachable("no answer"))
    store.beat(_begun(store, "leased"), 0.5)
    store.add(make_plan("queued", title="Die Räuber; 'zwölf'"), priority=50, signal="poll")


def _begun(store: JobStore, source: str, **changes: object) -> Task:
    store.add(make_plan(source, **changes), priority=50, signal="poll")  # type: ignore[arg-type]
    return _claimed(store)


def _claimed(store: JobStore) -> Task:
    task = store.claim("worker", list(Resource))
    assert task
    return task


def main() -> None:
    """Print the dump."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ticks = iter(range(1_000_000))
        database = open_database("", folder, lambda: MOMENT + timedelta(milliseconds=next(ticks)))
        fill(database, folder / "artifacts")
        database.close()
        with sqlite3.connect(folder / "subtide.db") as connection:
            sys.stdout.writelines(f"{line}\n" for line in connection.iterdump())


if __name__ == "__main__":
    main()
