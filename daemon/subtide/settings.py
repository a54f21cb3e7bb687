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
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

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
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from subtide.errors import SettingsError
from subtide.languages import Language

PREFIX = "SUBTIDE_"
CONFIG_VARIABLE = "SUBTIDE_CONFIG"
SECRETS_VARIABLE = "SUBTIDE_SECRETS"
DEFAULT_CONFIG = Path("/config/config.yaml")
DEFAULT_SECRETS = Path("/run/secrets")
CRON_FIELDS = 5
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Cron's numbers of the days, 0 to 7; APScheduler counts from Monday."""


def _language_tag(value: object) -> str:
    if not isinstance(value, str):
        # YAML 1.1 readers turn `no` into False; ours does not, but a person may write it so.
        msg = f"{value!r} is no language: write it as text, such as en or pt-BR"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError with its place
    return Language.parse(value).tag


def _comma_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _cron(value: str) -> str:
    """Check a line of cron; its days of the week come out by name, as APScheduler needs them."""
    fields = value.split()
    if len(fields) != CRON_FIELDS:
        msg = 'write five fields (minute, hour, day, month, weekday), such as "0 3 * * *"'
        raise ValueError(msg)
    fields[-1] = ",".join(_weekdays(part) for part in fields[-1].split(","))
    line = " ".join(fields)
    CronTrigger.from_crontab(line, timezone="UTC")
    return line


def _weekdays(part: str) -> str:
    """Turn one part of cron's last field, such as ``0``, ``1-5`` or ``0-6/2``, into names."""
    numbers = re.fullmatch(r"([0-7])(?:-([0-7])(?:/([1-7]))?)?", part)
    if not numbers:
        return part
    first, last, step = (int(n) if n else None for n in numbers.groups())
    assert first is not None  # noqa: S101 - the pattern has it
    return ",".join(WEEKDAYS[first : (first if last is None else last) + 1 : step or 1]) or part


def _time_zone(value: str) -> str:
    try:
        return value and ZoneInfo(value).key
    except (OSError, LookupError, ValueError):
        msg = f"{value!r} is no time zone: use a name such as Europe/Lisbon"
        raise ValueError(msg) from None


def _home_resolved(value: Path) -> Path:
    try:
        return value.expanduser()
    except RuntimeError:
        msg = f"{value} needs a home folder, and there is none: write the whole path"
        raise ValueError(msg) from None


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
TimeZone = Annotated[str, AfterValidator(_time_zone)]
LocalPath = Annotated[Path, AfterValidator(_home_resolved)]


class Section(BaseModel):
    """What every section shares: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class PathMapping(Section):
    """The same folder as the server and as this machine see it."""

    server: str = Field(description="the folder as Jellyfin names it")
    local: LocalPath = Field(description="the same folder here")


class Server(Section):
    """One Jellyfin."""

    url: WebAddress = Field(description="its address, with the base URL if it has one")
    key: SecretStr = Field(SecretStr(""), description="its API key; better in a secret file")
    ca: LocalPath | None = Field(None, description="a file with its own certificate authority")
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
    time_zone: TimeZone = Field("", description="time zone of the line above; empty: the machine's")


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

    data: LocalPath = Field(
        Path("/config"), description="the folder for database, artifacts, models"
    )
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

    def origin(self, path: tuple[str, ...]) -> tuple[Layer, str]:
        """Return the layer of a value, or of what it stands in, and the place in that layer."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return Layer.DEFAULT, ""


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
    tree: dict[str, Any] = {}
    origins: dict[tuple[str, ...], tuple[Layer, str]] = {}
    for value in (
        *_from_yaml(named or default_config, required=named is not None),
        *(
            _Value(p, v, Layer.OVERRIDE, f"config set {'.'.join(p)}")
            for p, v in (overrides or {}).items()
        ),
        *_from_environment(environ),
        *_from_secrets(secrets or DEFAULT_SECRETS, required=secrets is not None),
    ):
        _put(tree, origins, value)
    try:
        return Loaded(Settings.model_validate(tree), origins)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error, origins))) from None


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
        elif value is not None or not _knows(path):
            yield _Value(path, _plain(value), Layer.CONFIG, f"{file}:{here}")


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


def _from_secrets(folder: Path, *, required: bool) -> Iterator[_Value]:
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        if required:
            raise SettingsError(
                f"{folder}: the folder of secret files cannot be read ({error.strerror})",
                f"correct {SECRETS_VARIABLE}",
            ) from None
        return
    for file in files:
        if file.name.upper().startswith(PREFIX) and not file.is_dir():
            text = _read(file, required=True) or ""
            yield _Value(_path(file.name), text.strip(), Layer.SECRET, str(file))


def _path(variable: str) -> tuple[str, ...]:
    return tuple(variable[len(PREFIX) :].lower().split("__"))


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
        section = _section_at(path[:-1])
        known = ", ".join(section.model_fields) if section else "nothing"
        return f"there is no such setting; known here: {known}"
    if kind == "missing":
        return "this setting is required"
    if kind == "string_type":
        return "this is to be text: put it in quotes"
    if kind in {"model_type", "dict_type"}:
        return "this is no value: write `name: value` lines below it"
    return message.removeprefix("Value error, ")


def _knows(path: tuple[str, ...]) -> bool:
    section = _section_at(path[:-1])
    return section is not None and path[-1] in section.model_fields


def _section_at(path: tuple[str, ...]) -> type[BaseModel] | None:
    """Return the section whose settings stand below a path; None where there is none."""
    kind: Any = Settings
    for name in path:
        if _is_section(kind):
            field = kind.model_fields.get(name)
            kind = field.annotation if field else None
        elif get_origin(kind) in {dict, tuple}:
            # dict[str, Server] by name, tuple[PathMapping, ...] by number
            kind = get_args(kind)[get_origin(kind) is dict]
        else:
            return None
    return kind if _is_section(kind) else None


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
