"""Settings: one frozen tree, merged from layers, where every value knows its origin.

From lowest to highest: the default here, config.yaml, a runtime override, a SUBTIDE_
environment variable, a secret file. ``servers`` is a mapping by name, so that
``SUBTIDE_SERVERS__HOME__URL`` and a secret file ``subtide_servers__home__key`` reach into it.
Unknown keys and unknown SUBTIDE_ variables are errors that name the place.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from apscheduler.triggers.cron import CronTrigger
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from subtide.errors import SettingsError
from subtide.languages import Language

PREFIX = "SUBTIDE_"
CONFIG_VARIABLE = "SUBTIDE_CONFIG"
SECRETS_VARIABLE = "SUBTIDE_SECRETS"
DEFAULT_CONFIG = Path("/config/config.yaml")
DEFAULT_SECRETS = Path("/run/secrets")


def _language_tag(value: object) -> str:
    if not isinstance(value, str):
        # YAML 1.1 readers turn `no` into False; ours does not, but a person may write it so.
        msg = f"{value!r} is no language: write it as text, such as en or pt-BR"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError with its place
    return Language.parse(value).tag


def _comma_list(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _cron(value: str) -> str:
    CronTrigger.from_crontab(value)
    return value


def _direction(value: str) -> str:
    if not re.fullmatch(r"\*|[a-z]{2,3}-[a-z]{2,3}", value):
        msg = "write a direction as en-de, or * for every one"
        raise ValueError(msg)
    return value


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        msg = "write the address as http://host:8096 or https://host/base, without a login"
        raise ValueError(msg)
    return value.rstrip("/")


LanguageTag = Annotated[str, BeforeValidator(_language_tag)]
EngineName = Literal["firefox", "opus-mt", "opus-mt-many", "m2m100", "nllb", "madlad"]
Direction = Annotated[str, AfterValidator(_direction)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Cron = Annotated[str, AfterValidator(_cron)]


class Section(BaseModel):
    """What every section shares: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class PathMapping(Section):
    """The same folder as the server and as this machine see it."""

    server: str = Field(description="the folder as Jellyfin names it")
    local: Path = Field(description="the same folder here")


class Server(Section):
    """One Jellyfin."""

    url: WebAddress = Field(description="its address, with the base URL if it has one")
    key: SecretStr = Field(SecretStr(""), description="its API key; better in a secret file")
    ca: Path | None = Field(None, description="a file with its own certificate authority")
    libraries: Annotated[tuple[str, ...], BeforeValidator(_comma_list)] = Field(
        (), description="the libraries to care for, by name; empty for all"
    )
    paths: tuple[PathMapping, ...] = Field(
        (), description="where its folders are here; empty when they have the same path"
    )
    allow_remote: bool = Field(default=False, description="also read .strm and network sources")


class Policy(Section):
    """What every item should have."""

    languages: Annotated[tuple[LanguageTag, ...], BeforeValidator(_comma_list)] = Field(
        ("en",), description="the subtitle languages of the house, most wanted first"
    )
    trust_audio_tag: bool = Field(
        default=False, description="believe the audio's language tag when the vote is unsure"
    )


class Speech(Section):
    """How speech becomes words."""

    model: str = Field("auto", description="Whisper model; auto: small, large-v3-turbo on a GPU")
    models: dict[LanguageTag, str] = Field(
        default_factory=dict, description="another model for a spoken language"
    )
    vote_model: str = Field(
        "auto", description="multilingual model that names the language; auto: the one above"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where it runs")
    compute_type: str = Field("auto", description="number format; auto: int8, float16 on a GPU")
    block_seconds: float = Field(
        300.0, ge=10, le=1800, description="length of a block; a restart repeats at most one"
    )


class Translation(Section):
    """How cues get into another language."""

    engines: Annotated[tuple[EngineName, ...], BeforeValidator(_comma_list)] = Field(
        ("firefox",), description="engines in the order in which a line is offered to them"
    )
    models: dict[EngineName, dict[Direction, str]] = Field(
        default_factory=dict,
        description='CTranslate2 models, such as {opus-mt: {en-de: "ct2:owner/repository"}};'
        ' "*" stands for every direction',
    )


class Models(Section):
    """Where models come from."""

    pull: bool = Field(
        default=True, description="pull a model that is missing when it is first needed"
    )
    hub: WebAddress = Field("https://huggingface.co", description="the hub for Whisper models")
    token: SecretStr = Field(SecretStr(""), description="access token for the hub")


class Scan(Section):
    """When Subtide looks by itself."""

    at_start: bool = Field(
        default=True, description="look through all libraries when the daemon starts"
    )
    poll_seconds: float = Field(
        300.0, ge=10, description="how often to ask the server for what changed"
    )
    nightly: Cron = Field("0 3 * * *", description="when to look through everything, as cron")
    time_zone: str = Field("", description="time zone of the line above; empty: the machine's")


class Publish(Section):
    """How a subtitle gets into Jellyfin."""

    label: str = Field(
        "subtide",
        pattern=r"^[a-z0-9]*$",
        description="the word in the file name that marks our files; empty for none",
    )
    patience_seconds: float = Field(
        300.0, ge=1, description="how long an accepted upload may take to show up, at least"
    )


class Limits(Section):
    """What Subtide may take from the machine."""

    threads: int = Field(0, ge=0, description="threads of a model; 0: half the cores")
    idle_seconds: float = Field(
        120.0, ge=0, description="how long an idle child process keeps its model in memory"
    )
    disk_reserve_mb: int = Field(500, ge=0, description="disk space that is never used")


class Web(Section):
    """The HTTP side."""

    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 in a container")
    port: int = Field(8765, ge=0, le=65535, description="port to listen on; 0: a free one")


class Log(Section):
    """What the daemon says."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="how much to say"
    )
    form: Literal["auto", "lines", "json"] = Field(
        "auto", description="auto: lines on a terminal, json elsewhere"
    )


class Settings(Section):
    """The whole tree."""

    data: Path = Field(Path("/config"), description="the folder for database, artifacts, models")
    database: SecretStr = Field(
        SecretStr(""), description="postgresql:// address; empty: SQLite in the data folder"
    )
    servers: dict[str, Server] = Field(default_factory=dict, description="your Jellyfin servers")
    policy: Policy = Policy()
    speech: Speech = Speech()
    translation: Translation = Translation()
    models: Models = Models()
    scan: Scan = Scan()
    publish: Publish = Publish()
    limits: Limits = Limits()
    web: Web = Web()
    log: Log = Log()

    @property
    def threads(self) -> int:
        """Threads that one model may use."""
        return self.limits.threads or max(1, (os.cpu_count() or 2) // 2)


class Layer(StrEnum):
    """Where a value came from, lowest first."""

    DEFAULT = "default"
    CONFIG = "config.yaml"
    OVERRIDE = "runtime override"
    ENVIRONMENT = "environment"
    SECRET = "secret file"  # noqa: S105 - a layer's name


@dataclass(frozen=True)
class Loaded:
    """The settings, and where each value that is no default came from."""

    settings: Settings
    origins: Mapping[tuple[str, ...], tuple[Layer, str]]
    """Path of a value to its layer and the place in it (a line, a variable, a file)."""


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
) -> Loaded:
    """Merge all layers and check them.

    ``config``: the file to read; a file that was named but is absent is an error, the
    default one may be absent. ``overrides``: values set at run time, by path.

    Raises:
        SettingsError: one line for each thing wrong, with its place and the fix.
    """
    environ = os.environ if environ is None else environ
    named = config or (Path(environ[CONFIG_VARIABLE]) if CONFIG_VARIABLE in environ else None)
    values = [
        *_from_yaml(named or DEFAULT_CONFIG, required=named is not None),
        *(_Value(p, v, Layer.OVERRIDE, ".".join(p)) for p, v in (overrides or {}).items()),
        *_from_environment(environ),
        *_from_secrets(Path(environ.get(SECRETS_VARIABLE, DEFAULT_SECRETS))),
    ]
    tree: dict[str, Any] = {}
    origins: dict[tuple[str, ...], tuple[Layer, str]] = {}
    for value in values:
        _put(tree, value)
        origins[value.path] = (value.layer, value.place)
    try:
        return Loaded(Settings.model_validate(tree), origins)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error, origins))) from None


def _put(tree: dict[str, Any], value: _Value) -> None:
    *parents, last = value.path
    for name in parents:
        below = tree.setdefault(name, {})
        if not isinstance(below, dict):
            raise SettingsError(
                f"{value.place}: {'.'.join(value.path)} reaches into {name}, which has no parts"
            )
        tree = below
    tree[last] = value.value


def _from_yaml(path: Path, *, required: bool) -> Iterator[_Value]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if required:
            raise SettingsError(
                f"{path}: there is no such file", "write one with: subtide config init"
            ) from None
        return
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error})") from None
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(
            f"{path}:{line}: not valid YAML ({error.problem})",
            "check the indentation and the quotes there",
        ) from None
    if document is None:
        return
    if not isinstance(document, CommentedMap):
        raise SettingsError(f"{path}:1: the file is not a mapping", "write `name: value` lines")
    yield from _leaves(document, (), path)


def _leaves(node: CommentedMap, above: tuple[str, ...], file: Path) -> Iterator[_Value]:
    for key, value in node.items():
        path = (*above, str(key))
        place = f"{file}:{node.lc.key(key)[0] + 1}"
        if isinstance(value, CommentedMap) and value:
            yield from _leaves(value, path, file)
        elif value is not None:
            yield _Value(path, _plain(value), Layer.CONFIG, place)


def _plain(value: object) -> object:
    if isinstance(value, CommentedSeq):
        return [_plain(v) for v in value]
    if isinstance(value, CommentedMap):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Value]:
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in {CONFIG_VARIABLE, SECRETS_VARIABLE}:
            yield _Value(_path(name), _parse(environ[name], name), Layer.ENVIRONMENT, name)


def _from_secrets(folder: Path) -> Iterator[_Value]:
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir()):
        if file.name.upper().startswith(PREFIX) and file.is_file():
            try:
                text = file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{file}: cannot be read ({error})") from None
            yield _Value(_path(file.name), text, Layer.SECRET, str(file))


def _path(variable: str) -> tuple[str, ...]:
    return tuple(variable[len(PREFIX) :].lower().split("__"))


def _parse(text: str, name: str) -> object:
    """Lists and mappings are JSON; all else stays text, which pydantic reads by type."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise SettingsError(f"{name}: not valid JSON", 'write it as ["en", "pt"]') from None


def _explain(
    error: ValidationError, origins: Mapping[tuple[str, ...], tuple[Layer, str]]
) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        path = tuple(str(part) for part in fault["loc"] if part != "[key]")
        place = next((origins[p][1] for p in _nearest(path, origins)), "config.yaml or environment")
        yield f"{place}: {'.'.join(path)}: {_fix(fault['type'], fault['msg'], path)}"


def _nearest(
    path: tuple[str, ...], origins: Mapping[tuple[str, ...], tuple[Layer, str]]
) -> Iterator[tuple[str, ...]]:
    """Yield the path or its parents, longest first, then what stands below it."""
    for length in range(len(path), 0, -1):
        if path[:length] in origins:
            yield path[:length]
    yield from (p for p in origins if p[: len(path)] == path)
    yield from (p for p in origins if path[:-1] and p[: len(path) - 1] == path[:-1])


def _fix(kind: str, message: str, path: tuple[str, ...]) -> str:
    if kind == "extra_forbidden":
        known = ", ".join(_names_at(path[:-1])) or "nothing"
        return f"there is no such setting; known here: {known}"
    if kind == "missing":
        return "this setting is required"
    return message.removeprefix("Value error, ")


def _names_at(path: tuple[str, ...]) -> tuple[str, ...]:
    section: type[BaseModel] = Settings
    for name in path:
        if section is Settings and name == "servers":
            continue
        annotation = section.model_fields[name].annotation if name in section.model_fields else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
        elif path[0] == "servers":
            section = Server
    return tuple(section.model_fields)
