"""One name under ``servers``: what sets it now, and what the data folder may keep for it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from subtide.errors import SettingsError
from subtide.settings import Layer, Loaded, keep_secret, secret_file

NAME = re.compile(r"[a-z0-9_-]+")
Part = Literal["url", "key"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A server that is configured, or is to be."""

    name: str
    loaded: Loaded

    def value(self, part: Part) -> str:
        """Return what is set now, empty for nothing."""
        server = self.loaded.settings.servers.get(self.name)
        if server is None:
            return ""
        return server.key.get_secret_value() if part == "key" else server.url

    def ours(self, part: Part) -> bool:
        """Whether what counts now is what the data folder keeps."""
        return self._place(part) == str(secret_file(self.loaded.settings.data, self._path(part)))

    def check(self, part: Part, wanted: str | None = None) -> None:
        """Make sure that what is to be kept will count. ``wanted``: the value, if it is known.

        Raises:
            SettingsError: another place sets another value; or no file can have the name.
        """
        if self.ours(part) or self.value(part) == wanted:
            return
        # Over an empty value of a lower layer a file counts, but not over another file.
        if self.value(part) or self.loaded.origin(self._path(part))[0] is Layer.SECRET:
            raise SettingsError(
                f"{'.'.join(self._path(part))} is set already, by {self._place(part)}",
                "take it out there and try again, or connect under another name: --name",
            )

    def keep(self, part: Part, value: str) -> Path | None:
        """Keep a value in the data folder; return its file, or None where another place sets it.

        Raises:
            SettingsError: the folder cannot be written.
        """
        if self.value(part) == value and not self.ours(part):
            return None
        return keep_secret(self.loaded.settings.data, self._path(part), value)

    def _path(self, part: Part) -> tuple[str, ...]:
        return ("servers", self.name, part)

    def _place(self, part: Part) -> str:
        return self.loaded.origin(self._path(part))[1]


def entry_of(loaded: Loaded, wanted: str) -> Entry:
    """Return the entry of a name: as the settings write it, else as a file can be named."""
    for known in loaded.settings.servers:
        if known.lower() == wanted.lower():
            return Entry(known, loaded)
    if not NAME.fullmatch(wanted):
        raise click.BadParameter("write small letters, digits, - and _", param_hint="--name")
    return Entry(wanted, loaded)
