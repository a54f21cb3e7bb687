"""Aftercare: takes files of ours away that nobody wants any more, one after another.

The ledger's row is the to-do, so whatever ends this in the middle, the next one goes on with it.
"""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from subtide.errors import (
    BeingWatched,
    CheckFailed,
    RetryLater,
    ServerStarting,
    ServerUnreachable,
    StopAndTell,
    SubtideError,
)
from subtide.jobs.store import JobStore
from subtide.jobs.task import TaskKind
from subtide.pipeline.removal import NotRemovable, arrived, remove
from subtide.pipeline.sidecar import Fate
from subtide.pipeline.source import Place, current_source, known_server, look_again
from subtide.pipeline.stage import Tools
from subtide.pipeline.viewers import is_watched
from subtide.storage.database import Database
from subtide.storage.ledger import QUEUE_SECONDS, Entry, Ledger
from subtide.storage.servers import Servers
from subtide.storage.titles import title_of
from subtide.storage.unwanted import Unwanted

POLL_SECONDS = 2.0
"""How often the ledger is asked for files to take away."""
UNSEEN_SECONDS = 30.0
"""When a file is looked for again whose upload may still wait in the server's queue."""
FIRST_SECONDS = 60.0
"""The first wait after an error that names none; each further one is twice as long."""
SERVER_SECONDS = 600.0
"""The longest wait for a server that is away or refuses us."""
MOST_SECONDS = 86_400.0
"""The longest wait for one file."""
OF_THE_SERVER = (ServerStarting, ServerUnreachable, StopAndTell)
"""Errors that every other file on the server would bring too."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file of the ledger belongs."""

    server: str
    server_name: str
    item: str
    source: str
    title: str
    path: str = ""


class Aftercare:
    """The thread that takes away what the ledger calls unwanted."""

    def __init__(self, database: Database, store: JobStore, tools: Tools) -> None:
        self._store = store
        self._tools = tools
        self._database = database
        self._unwanted = Unwanted(database)
        self._ledger = Ledger(database)
        self._servers = Servers(database)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aftercare", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier process left."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, after the file in hand if that takes no longer than ``seconds``."""
        self._stopping.set()
        self._thread.join(seconds)

    def step(self) -> bool:
        """Take away the next file that is due. Return whether there was one.

        Beside a source that is being published to, nothing is due.
        """
        if self._unwanted.due() is None:
            return False
        with self._unwanted.alone() as alone:
            return alone and self._step()

    def _step(self) -> bool:
        entry = self._unwanted.due(self._published_to())
        if entry is None:
            return False
        try:
            stays = self._taken_away(entry)
        except CheckFailed as error:
            log.warning("a removal went wrong", name=entry.name, what=error.what, fix=error.fix)
            self._unwanted.retire(entry, str(error))
        except SubtideError as error:
            self._postpone(entry, error)
        except Exception as error:
            log.exception("a file of ours could not be taken away", name=entry.name)
            what = f"unexpected {type(error).__name__}"
            self._unwanted.postpone(entry, _wait(entry, FIRST_SECONDS, MOST_SECONDS), what)
        else:
            self._unwanted.retire(entry, stays)
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            busy = False
            try:
                busy = self.step()
            except Exception:
                log.exception("the aftercare could not do its step")
            if not busy:
                self._stopping.wait(POLL_SECONDS)

    def _published_to(self) -> set[tuple[str, str]]:
        return {
            (task.plan.server, task.plan.source)
            for task in self._store.running()
            if task.kind is TaskKind.PUBLISH
        }

    def _taken_away(self, entry: Entry) -> str:
        """Remove what an entry put out. Return why it stays all the same, or nothing."""
        place = self._place(entry)
        server = self._tools.server(entry.server)
        known_server(server, place)
        if is_watched(server, entry.item, entry.source):
            raise BeingWatched(f"{place.title} is being watched on {place.server_name}")
        place = replace(place, path=current_source(server, place).path)
        paths = [entry.path] if entry.path else self._arrived(entry, place)
        fates = {remove(self._tools, place, path, entry) for path in paths}
        if Fate.CHANGED in fates:
            return "another hand changed it, so it is theirs"
        if Fate.REMOVED in fates:
            log.info("a file of ours was taken away", name=entry.name)
        return ""

    def _arrived(self, entry: Entry, place: Place) -> list[str]:
        """Find a file whose arrival was never recorded.

        Raises:
            RetryLater: its upload is so fresh that it may still show up.
            CheckFailed: more files are there than were sent, so none is surely ours.
        """
        paths = arrived(self._tools, place, entry)
        same = (entry.name, entry.sha256)
        beside = self._ledger.of_target(entry.server, entry.source, entry.target)
        if len(paths) > sum((one.name, one.sha256) == same for one in beside):
            raise CheckFailed(
                f"{', '.join(paths)} look like ours, and we sent fewer",
                "look whether another Subtide is at work there",
            )
        if not paths and self._now() < entry.created_at + timedelta(seconds=QUEUE_SECONDS):
            look_again(self._tools.server(entry.server), place)
            raise RetryLater(f"{entry.name} may still show up", after=UNSEEN_SECONDS)
        return paths

    def _place(self, entry: Entry) -> _Place:
        names = {known.id: known.name for known in self._servers.all()}
        name = names.get(entry.server, entry.server)
        title = title_of(self._database, entry.server, entry.item) or entry.name
        return _Place(entry.server, name, entry.item, entry.source, title)

    def _now(self) -> datetime:
        with self._database.read() as connection:
            return self._database.now(connection)

    def _postpone(self, entry: Entry, error: SubtideError) -> None:
        """Put it off for longer each time; with a server that is away, all of its files."""
        text = _told(error)
        if text != entry.error:
            tell = log.info if isinstance(error, BeingWatched) else log.warning
            tell("a file of ours stays for now", name=entry.name, because=text)
        first = error.after if isinstance(error, RetryLater) else FIRST_SECONDS
        if isinstance(error, OF_THE_SERVER):
            seconds = _wait(entry, first, SERVER_SECONDS)
            self._unwanted.postpone_server(entry.server, seconds, text)
            return
        most = first if isinstance(error, BeingWatched) else MOST_SECONDS
        self._unwanted.postpone(entry, _wait(entry, first, most), text)


def _wait(entry: Entry, first: float, most: float) -> float:
    """Return twice the seconds that an entry waited last, between ``first`` and ``most``."""
    last = entry.not_before - entry.changed_at if entry.not_before else timedelta()
    return min(max(first, 2 * last.total_seconds()), most)


def _told(error: SubtideError) -> str:
    if isinstance(error, NotRemovable):
        return f"{error.what} — {error.mend}"
    return str(error)
