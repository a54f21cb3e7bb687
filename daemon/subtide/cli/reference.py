"""Texts made from the settings themselves: config.yaml.example, and the reference page."""

import json
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from subtide.settings import PathMapping, Server, Settings

HEADER = """\
# Subtide's settings. Every line shows a default: take the # away to change it.
# An environment variable such as SUBTIDE_POLICY__LANGUAGES='["en", "pt"]' goes over this file,
# and a secret file /run/secrets/subtide_servers__home__key over both.
# Check your changes with: subtide config check
"""

FIRST_SERVER = """\
servers:
  home:                                # any name you like
    url: http://jellyfin:8096          # its address, with the base URL if it has one
    # key: ""                          # its API key; better in a secret file
"""

MAPPING = (
    "#   - server: /media               # the folder as Jellyfin names it",
    "#     local: /mnt/media            # the same folder here",
)


def example() -> str:
    """Return config.yaml.example: every setting with its default and one line of why."""
    return "\n".join([HEADER, *_section(Settings, 0)]) + "\n"


def _section(section: type[BaseModel], depth: int) -> Iterator[str]:
    for name, field in section.model_fields.items():
        if name == "servers":
            yield FIRST_SERVER.rstrip()
            yield from _fields(Server, "    ", skip=("url", "key"))
            yield ""
        elif below := _model(field):
            yield f"# {name}:"
            yield from _fields(below, "  ")
            yield ""
        else:
            yield _line(name, field, "  " * depth)
    yield ""


def _fields(section: type[BaseModel], indent: str, skip: tuple[str, ...] = ()) -> Iterator[str]:
    for name, field in section.model_fields.items():
        if name not in skip:
            yield _line(name, field, indent)
            if field.annotation == tuple[PathMapping, ...]:
                yield from (indent + line for line in MAPPING)


def _line(name: str, field: FieldInfo, indent: str) -> str:
    setting = f"{indent}# {name}: {_default(field)}"
    return f"{setting:<38} # {field.description}"


def reference() -> str:
    """Return the reference page: every setting with type, default, variable and meaning."""
    lines = [
        "# Settings",
        "",
        "Every setting, as `config.yaml` and the environment name it. Made from the code.",
        "",
    ]
    for section, prefix, model in _sections():
        lines += [
            f"## {section}",
            "",
            "| setting | type | default | meaning |",
            "|---|---|---|---|",
        ]
        for name, field in model.model_fields.items():
            if not _model(field) and name != "servers":
                path = ".".join([*prefix, name])
                lines.append(
                    f"| `{path}` | {_type(field.annotation)} | `{_default(field)}`"
                    f" | {field.description} |"
                )
        lines.append("")
    return "\n".join(lines)


def _sections() -> Iterator[tuple[str, list[str], type[BaseModel]]]:
    yield "Top level", [], Settings
    yield "servers", ["servers", "NAME"], Server
    yield "servers.NAME.paths", ["servers", "NAME", "paths", "N"], PathMapping
    for name, field in Settings.model_fields.items():
        if below := _model(field):
            yield name, [name], below


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "(required)"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None:
        return "null"
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, default=str)


def _type(annotation: Any) -> str:  # noqa: ANN401 - any type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return " or ".join(_type(a) for a in arguments if a is not type(None))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "mapping"
    if origin is not None and arguments and all(isinstance(a, str) for a in arguments):
        return ", ".join(f"`{a}`" for a in arguments)
    if arguments:
        return _type(arguments[0])
    names = {"str": "text", "bool": "yes or no", "int": "whole number", "float": "number"}
    name = getattr(annotation, "__name__", str(annotation))
    return names.get(name, {"SecretStr": "secret", "Path": "path"}.get(name, name))
