"""The house, put together from the settings: database, stores, servers, tools.

Both the daemon and the commands work in it; only one process at a time may hold its lock.
"""

import fcntl
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from subtide import __version__
from subtide.asr.hardware import cpu_threads, gpu_present
from subtide.errors import AlreadyRunning, SettingsError
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.store import JobStore
from subtide.library.planning import Planner, options_from
from subtide.library.policy import Rules
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.models.store import ModelStore
from subtide.pipeline.stage import ChatAccess, Tools
from subtide.settings import Chat, Settings
from subtide.signals.playback import PlaybackWatch, pauses
from subtide.storage.artifacts import Artifacts
from subtide.storage.choices import Choices
from subtide.storage.database import Database, open_database
from subtide.storage.ledger import Ledger
from subtide.storage.looks import Looks
from subtide.storage.memory import TranslationMemory
from subtide.storage.outcomes import Outcomes
from subtide.storage.releases import Releases
from subtide.storage.servers import Servers
from subtide.storage.spending import Spending

MEGABYTE = 1_000_000
LOCK = "subtide.lock"
DAEMON = ", the daemon"
"""What the lock's file says after the process's number."""

log = structlog.get_logger()


@dataclass(frozen=True)
class House:
    """Everything that works together, built once."""

    settings: Settings
    identity: str
    """This installation's own id: DeviceId at the server, name of its worker."""
    database: Database
    servers: tuple[ConnectedServer, ...]
    known: Servers
    store: JobStore
    looks: Looks
    outcomes: Outcomes
    ledger: Ledger
    scanner: Scanner
    tools: Tools
    releases: Releases
    watch: PlaybackWatch
    """Who watches what; it knows nothing until it is started."""

    @property
    def title(self) -> str:
        """What this installation is called at a server: its key, its webhook."""
        return f"Subtide {self.identity[:8]}"

    @property
    def data(self) -> Path:
        """The folder of database, artifacts and models."""
        return self.settings.data

    def makes_room(self) -> bool:
        """Whether somebody who watches needs the machine now: then nothing is computed."""
        return pauses(self.settings.limits.pause_while_playing, cpu_threads()) and self.watch.busy()

    def server_of(self, server_id: str) -> ConnectedServer:
        """Return the configured server with this system Id.

        Raises:
            SettingsError: it is no longer configured.
        """
        return _find(server_id, self.known, self.servers)

    def accept_server(self, name: str) -> None:
        """Let ``name`` be another server from now on; the history of the former stays apart."""
        replaced = self.known.forget_name(name)
        if replaced:
            self.store.abandon(replaced)

    def close(self) -> None:
        """Give back connections."""
        for server in self.servers:
            server.client.close()
        self.database.close()


def open_house(settings: Settings, *, tell: Callable[[str], None] | None = None) -> House:
    """Build the house. ``tell`` hears what a person should know, such as a pull that begins.

    Raises:
        SettingsError: the data folder, or a server's certificate file, cannot be used.
        DatabaseError: the database cannot.
    """
    data = _data_folder(settings.data)
    identity = _identity(data)
    servers = tuple(_connect(name, settings, identity) for name in settings.servers)
    database = open_database(settings.database.get_secret_value(), data)
    known = Servers(database)
    ledger = Ledger(database)
    reserve = settings.limits.disk_reserve_mb * MEGABYTE
    looks = Looks(database)
    releases = Releases(database, all_open=settings.start == "auto")
    watch = PlaybackWatch(servers, known, looks)
    tools = Tools(
        artifacts=Artifacts(database, data / "artifacts", reserve),
        ledger=ledger,
        models=open_models(settings, tell=tell),
        memory=TranslationMemory(database),
        choices=Choices(database),
        spending=Spending(database),
        chat={name: _chat_access(chat) for name, chat in settings.translation.chat.items()},
        server=lambda server_id: _find(server_id, known, servers).client,
        media=lambda server_id: _find(server_id, known, servers).media,
        threads=settings.limits.threads or max(1, cpu_threads() // 2),
        sleep=time.sleep,
        busy=lambda server_id: bool(watch.playing(server_id)),
    )
    store = JobStore(database)
    options = options_from(settings, gpu=gpu_present())
    planner = Planner(Rules(settings.policy, settings.rules), options)
    return House(
        settings=settings,
        identity=identity,
        database=database,
        servers=servers,
        known=known,
        store=store,
        looks=looks,
        outcomes=Outcomes(database),
        ledger=ledger,
        scanner=Scanner(
            database,
            store,
            planner,
            limits=settings.limits,
            releases=releases,
        ),
        tools=tools,
        watch=watch,
        releases=releases,
    )


def open_models(settings: Settings, *, tell: Callable[[str], None] | None = None) -> ModelStore:
    """Open the model store alone, for commands that need no database."""
    return ModelStore(
        settings.data / "models",
        tell=tell or log.info,
        hub=settings.models.hub,
        token=settings.models.token.get_secret_value() or None,
        may_pull=settings.models.pull,
        reserve=settings.limits.disk_reserve_mb * MEGABYTE,
    )


@contextmanager
def locked(data: Path, *, serves: bool = False) -> Iterator[None]:
    """Hold the data folder for this process; ``serves``: it is the daemon, and takes requests.

    Raises:
        AlreadyRunning: another process holds it.
    """
    with (_data_folder(data) / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(
                f"another Subtide (process {file.read().strip() or '?'}) works in {data}",
                "wait for it or stop it, or give this one another data folder",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}{DAEMON if serves else ''}")
        file.flush()
        yield


def daemon_runs(data: Path) -> bool:
    """Whether a daemon works in the data folder now; another command is none."""
    try:
        with locked(data):
            return False
    except AlreadyRunning:
        return DAEMON in (data / LOCK).read_text(encoding="ascii")


def _chat_access(chat: Chat) -> ChatAccess:
    return ChatAccess(
        url=chat.url,
        key=chat.key.get_secret_value(),
        timeout_seconds=chat.timeout_seconds,
        keep_alive_seconds=chat.keep_alive_seconds,
        price_in=chat.price_in,
        price_out=chat.price_out,
        budget=chat.budget,
    )


def _connect(name: str, all_settings: Settings, identity: str) -> ConnectedServer:
    settings = all_settings.servers[name]
    client = Jellyfin(
        settings.url,
        settings.key.get_secret_value(),
        device_id=identity,
        device_name=socket.gethostname(),
        version=__version__,
        ca=settings.ca,
    )
    mappings = [(path.server, path.local) for path in settings.paths]
    media = MediaAccess(mappings, allow_remote=settings.allow_remote)
    others = frozenset(all_settings.servers) - {name}
    return ConnectedServer(name, settings, client, media, others)


def _find(server_id: str, known: Servers, servers: tuple[ConnectedServer, ...]) -> ConnectedServer:
    names = {row.id: row.name for row in known.all()}
    for server in servers:
        if server.name == names.get(server_id):
            return server
    raise SettingsError(
        f"work is left for server {names.get(server_id, server_id)}, which is not configured",
        "add it to `servers` again, or cancel its jobs",
    )


def _data_folder(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"the data folder {data} cannot be written ({error.strerror})",
            "set `data`, or SUBTIDE_DATA, to a folder that Subtide's user owns (in a container:"
            " check PUID, PGID)",
        ) from None
    return data


def _identity(data: Path) -> str:
    file = data / "device-id"
    if not file.exists():
        file.write_text(uuid.uuid4().hex, encoding="ascii")
    return file.read_text(encoding="ascii").strip()
