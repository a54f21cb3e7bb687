"""The layers of the settings: read each, put the higher over the lower, check the whole."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from subtide.errors import SettingsError
from subtide.settings.faults import explain, knows
from subtide.settings.origin import Layer, Loaded
from subtide.settings.secrets import (
    DEFAULT_SECRETS,
    FOLDER,
    PREFIX,
    SECRETS_VARIABLE,
    path_of,
    secret_files,
)
from subtide.settings.tree import Settings

CONFIG_VARIABLE = "SUBTIDE_CONFIG"
DEFAULT_CONFIG = Path("/config/config.yaml")
DATA = ("data",)
DEFAULT_DATA: Path = Settings.model_fields["data"].default
NOT_THERE = (FileNotFoundError, NotADirectoryError)


@dataclass(frozen=True)
class _Value:
    path: tuple[str, ...]
    value: object
    layer: Layer
    place: str


def load(
    config: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[tuple[str, ...], object] | None = None,
    default_config: Path = DEFAULT_CONFIG,
) -> Loaded:
    """Merge all layers and check them.

    ``config``: the file to read; a file that was named but is absent is an error, the
    default one may be absent. ``overrides``: values set at run time, by path.

    Raises:
        SettingsError: one line for each thing wrong, with its place and the fix.
    """
    environ = os.environ if environ is None else environ
    named = config or _named(environ, CONFIG_VARIABLE)
    secrets = _named(environ, SECRETS_VARIABLE)
    lower = (
        *_from_yaml(named or default_config, required=named is not None),
        *(
            _Value(p, v, Layer.OVERRIDE, f"config set {'.'.join(p)}")
            for p, v in (overrides or {}).items()
        ),
        *_from_environment(environ),
    )
    mounted = tuple(
        _from_secrets(secrets, f"correct {SECRETS_VARIABLE}")
        if secrets
        else _from_secrets(DEFAULT_SECRETS, "", absent=OSError)
    )
    data = _data_folder((*lower, *mounted))
    kept = _from_secrets(data / FOLDER, "give it to Subtide's user", absent=NOT_THERE)
    tree: dict[str, Any] = {}
    origins: dict[tuple[str, ...], tuple[Layer, str]] = {}
    for value in (*lower, *kept, *mounted):
        _put(tree, origins, value)
    try:
        return Loaded(Settings.model_validate(tree), origins)
    except ValidationError as error:
        raise SettingsError("\n".join(explain(error, origins))) from None


def _data_folder(values: Iterable[_Value]) -> Path:
    """Return the data folder that these values lead to; a wrong one is told by the check."""
    chosen = [value.value for value in values if value.path == DATA]
    try:
        return Path(str(chosen[-1])).expanduser() if chosen else DEFAULT_DATA
    except RuntimeError:  # a tilde where there is no home folder
        return DEFAULT_DATA


def _named(environ: Mapping[str, str], variable: str) -> Path | None:
    return Path(environ[variable]) if environ.get(variable) else None


def _put(
    tree: dict[str, Any], origins: dict[tuple[str, ...], tuple[Layer, str]], value: _Value
) -> None:
    """Put a value in its place; what a lower layer set there, or below, is gone."""
    path: tuple[str, ...] = ()
    for depth, name in enumerate(value.path, 1):
        path = (*path, _same_name(name, tree, value.layer))
        if depth == len(value.path):
            tree[path[-1]] = value.value
            break
        below = tree.setdefault(path[-1], {})
        if not isinstance(below, dict):
            raise SettingsError(
                f"{value.place}: {'.'.join(value.path)} reaches into {name}, which has no parts",
                f"remove it, or make a mapping of {name}",
            )
        tree = below
    for older in [known for known in origins if known[: len(path)] == path]:
        del origins[older]
    origins[path] = (value.layer, value.place)


def _same_name(name: str, tree: Mapping[str, object], layer: Layer) -> str:
    """Return the name as it stands in the tree: variables and secret files have no capitals."""
    if layer not in {Layer.ENVIRONMENT, Layer.SECRET}:
        return name
    return next((known for known in tree if known.lower() == name), name)


def _from_yaml(path: Path, *, required: bool) -> Iterator[_Value]:
    text = _read(path, required=required)
    if text is None:
        return
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        # Of a duplicate key the parser quotes both values, and one may be a secret.
        problem = (error.problem or "").partition(" with value")[0]
        raise SettingsError(
            f"{path}:{line}: not valid YAML ({problem})",
            "check the indentation and the quotes there",
        ) from None
    except YAMLError as error:
        raise SettingsError(
            f"{path}: not valid YAML ({str(error).splitlines()[0]})",
            "write it again with an editor for plain text",
        ) from None
    if document is None:
        return
    if not isinstance(document, CommentedMap):
        raise SettingsError(f"{path}:1: the file is not a mapping", "write `name: value` lines")
    yield from _leaves(document, (), f"{path}", 1)


def _read(path: Path, *, required: bool) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not required:
            return None
        raise SettingsError(
            f"{path}: there is no such file", f"write one with: subtide config init {path}"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text", "save it as UTF-8") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"{path}: cannot be read ({error.strerror})",
        "make it a file that Subtide's user may read (in a container: check PUID and PGID)",
    )


def _leaves(node: CommentedMap, above: tuple[str, ...], file: str, line: int) -> Iterator[_Value]:
    for key, value in node.items():
        path = (*above, str(key))
        # A key that came in by `<<` has no line here; its mapping has.
        here = node.lc.key(key)[0] + 1 if key in (node.lc.data or {}) else line
        if isinstance(value, CommentedMap) and value:
            yield from _leaves(value, path, file, here)
        elif value is not None or not knows(path):
            # A relative data folder lies beside the file that names it, wherever we are called.
            beside = path == DATA and isinstance(value, str) and not value.startswith("~")
            plain = str(Path(file).absolute().parent / value) if beside else _plain(value)
            yield _Value(path, plain, Layer.CONFIG, f"{file}:{here}")


def _plain(value: object) -> object:
    if isinstance(value, CommentedSeq):
        return [_plain(v) for v in value]
    if isinstance(value, CommentedMap):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Value]:
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in {CONFIG_VARIABLE, SECRETS_VARIABLE}:
            yield _Value(path_of(name), _parse(environ[name], name), Layer.ENVIRONMENT, name)


def _from_secrets(
    folder: Path, fix: str, absent: type[OSError] | tuple[type[OSError], ...] = ()
) -> Iterator[_Value]:
    """Read a folder of secret files; ``absent``: the errors that mean that there is none."""
    try:
        files = secret_files(folder)
    except OSError as error:
        if isinstance(error, absent):
            return
        raise SettingsError(
            f"{folder}: the folder of secret files cannot be read ({error.strerror})", fix
        ) from None
    for file in files:
        text = _read(file, required=True) or ""
        yield _Value(path_of(file.name), text.strip(), Layer.SECRET, str(file))


def _parse(text: str, name: str) -> object:
    """Lists and mappings are JSON; all else stays text, which pydantic reads by type."""
    if not text.strip().startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise SettingsError(
            f"{name}: not valid JSON", 'write a list as ["en", "pt"], a mapping as {"en": "small"}'
        ) from None
