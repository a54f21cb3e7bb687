"""Secret files: one value each, named like its variable in small letters.

They lie where an orchestrator puts them (/run/secrets, or what SUBTIDE_SECRETS names), and in
the data folder, where Subtide keeps what it was given itself.
"""

import os
from pathlib import Path

from subtide.errors import SettingsError

PREFIX = "SUBTIDE_"
SECRETS_VARIABLE = "SUBTIDE_SECRETS"
DEFAULT_SECRETS = Path("/run/secrets")
FOLDER = "secrets"
"""Below the data folder."""


def path_of(variable: str) -> tuple[str, ...]:
    """Return the path of the setting that a variable or a secret file is named for."""
    return tuple(variable[len(PREFIX) :].lower().split("__"))


def variable_of(path: tuple[str, ...]) -> str:
    """Return the variable that sets the setting at this path; in small letters, its file.

    Raises:
        SettingsError: the names in the path do not survive in one word.
    """
    name = f"{PREFIX}{'__'.join(path)}".upper()
    if path_of(name) != tuple(part.lower() for part in path) or {"/", "\0"} & set(name):
        raise SettingsError(
            f"no variable and no secret file can be named for {'.'.join(path)}",
            "choose a name without a slash or __, and with no _ at its end",
        )
    return name


def secret_file(data: Path, path: tuple[str, ...]) -> Path:
    """Return where the data folder keeps the secret at this path, whether it is there or not.

    Raises:
        SettingsError: as ``variable_of`` does.
    """
    return data / FOLDER / variable_of(path).lower()


def keep_secret(data: Path, path: tuple[str, ...], value: str) -> Path:
    """Keep a value in the data folder, for this user alone; return its file.

    It is there whole or not at all. Settings that are read from now on have it, unless another
    secret file has the same name.

    Raises:
        SettingsError: the folder cannot be written, or the path cannot be a file's name.
    """
    file = secret_file(data, path)
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        _write(file, value)
    except OSError as error:
        raise SettingsError(
            f"{file} cannot be written ({error.strerror})",
            "make the folder one that Subtide's user owns (in a container: check PUID and PGID)",
        ) from None
    return file


def _write(file: Path, value: str) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as opened:  # noqa: PTH123 - a handle has no path
            opened.write(value)
            opened.flush()
            os.fsync(handle)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def secret_files(folder: Path) -> list[Path]:
    """Return the secret files of a folder, by name. Raises OSError."""
    named = (file for file in folder.iterdir() if file.name.upper().startswith(PREFIX))
    return sorted(file for file in named if not file.is_dir())
