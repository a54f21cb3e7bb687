"""What every command starts from: the settings, the log, the house."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from subtide import house, settings
from subtide.errors import DatabaseError, SettingsError
from subtide.observe import logging
from subtide.storage.database import SQLITE_FILE, Database, open_database
from subtide.storage.overrides import Overrides


@dataclass
class Context:
    """The options before the command's name."""

    config_file: str | None
    default_config: Path = settings.DEFAULT_CONFIG
    """What is read when no file is named."""

    def load(self) -> settings.Loaded:
        """Read the settings.

        Raises:
            SettingsError: with every fault, its place and its fix.
        """
        base = self.load_with({})
        url = base.settings.database.get_secret_value()
        if not url and not (base.settings.data / SQLITE_FILE).exists():
            return base
        try:
            with _database(base.settings) as database:
                overrides = Overrides(database).current()
        except DatabaseError:
            return base  # whoever needs the database says what is wrong with it
        return self.load_with(overrides) if overrides else base

    def load_with(self, overrides: Mapping[tuple[str, ...], object]) -> settings.Loaded:
        """Read the settings with these overrides. Raises SettingsError as ``load`` does."""
        named = Path(self.config_file) if self.config_file else None
        return settings.load(named, default_config=self.default_config, overrides=overrides)

    def _read_from(self) -> str:
        named = self.config_file or os.environ.get(settings.CONFIG_VARIABLE)
        if named or self.default_config.exists():
            return f"{named or self.default_config} was read"
        return "no settings file was read"

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the database alone, for commands that need no house."""
        with _database(self.load_with({}).settings) as database:
            yield database

    @contextmanager
    def house(self, *, service: bool = False, need_server: bool = True) -> Iterator[house.House]:
        """Open the house for one command.

        ``service``: it logs as a service does; a command at a terminal only warns.
        """
        loaded = self.load().settings
        if need_server and not loaded.servers:
            raise SettingsError(
                f"no server is configured ({self._read_from()})",
                "run: subtide connect http://your-jellyfin:8096; or add one under `servers` in"
                " config.yaml and name the file with --config, or set SUBTIDE_SERVERS__HOME__URL"
                " and SUBTIDE_SERVERS__HOME__KEY",
            )
        form: Literal["auto", "lines", "json"] = loaded.log.form if service else "lines"
        level = loaded.log.level if service or not sys.stderr.isatty() else "warning"
        logging.set_up(level, form, secrets_of(loaded))
        opened = house.open_house(loaded)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def _database(loaded: settings.Settings) -> Iterator[Database]:
    database = open_database(loaded.database.get_secret_value(), loaded.data)
    try:
        yield database
    finally:
        database.close()


def secrets_of(loaded: settings.Settings) -> list[str]:
    """Return the texts that may never be printed."""
    found = [
        secret.get_secret_value()
        for server in loaded.servers.values()
        for secret in (server.key, server.webhook_secret)
    ]
    database = loaded.database.get_secret_value()
    # A driver may tell the address in another form, so its password counts by itself.
    password = urlsplit(database).password or ""
    chats = [chat.key.get_secret_value() for chat in loaded.translation.chat.values()]
    token = loaded.models.token.get_secret_value()
    return [*found, *chats, token, database, password, unquote(password)]
