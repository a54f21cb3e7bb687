"""Texts made from the code itself: config.yaml.example and the reference pages."""

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from subtide.cli.output import ExitCode
from subtide.settings import PathMapping, Policy, Rule, Server, Settings, When

HELP_WIDTH = 88
"""Columns of the help on the commands' page."""
HEADER = """\
# Subtide's settings. Every line shows a default: take its first # away to change it.
# An environment variable such as SUBTIDE_POLICY__LANGUAGES='["en", "pt"]' goes over this file,
# and a secret file /run/secrets/subtide_servers__home__key over both.
# Check your changes with: subtide config check
"""

FIRST_SERVER = """\
servers:
  home:                                # any name you like
    # url: http://jellyfin:8096        # its address; `subtide connect URL` keeps it, with a key
    # key: ""                          # its API key; better in a secret file
"""

MAPPING = (
    "    #   - server: /media               # the folder as Jellyfin names it",
    "    #     local: /mnt/media            # the same folder here",
)
"""A list has no default that could be filled in; this is how one looks."""
RULE = (
    "#   - when: {libraries: [Children]}    # which items; empty for all",
    "#     set: {languages: [en, pt]}       # settings of the policy that are different there",
)
"""The same for rules."""
TYPES: dict[Any, str] = {
    str: "text",
    bool: "yes or no",
    int: "whole number",
    float: "number",
    SecretStr: "secret",
    Path: "path",
    PathMapping: "mappings",
    Rule: "rules",
    When: "the lines below",
    Policy: "settings of `policy`",
}


def example() -> str:
    """Return config.yaml.example: every setting with its default and one line of why."""
    return "\n".join([HEADER, *_settings()]) + "\n"


def _settings() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        if name == "servers":
            yield ""
            yield FIRST_SERVER.rstrip()
            yield from _fields(Server, "    ", skip=("url", "key"))
        elif below := _model(field):
            # The section's own name is no comment: a setting whose # is taken away alone would
            # belong to the section above.
            yield ""
            yield f"{name}:"
            yield from _fields(below, "  ")
        elif name == "rules":
            yield ""
            yield _line(name, "", field, "")
            yield from RULE
        else:
            yield _line(name, _default(field), field, "")


def _fields(section: type[BaseModel], indent: str, skip: tuple[str, ...] = ()) -> Iterator[str]:
    for name, field in section.model_fields.items():
        if name in skip:
            continue
        if field.annotation == tuple[PathMapping, ...]:
            yield _line(name, "", field, indent)
            yield from MAPPING
        else:
            yield _line(name, _default(field), field, indent)


def _line(name: str, default: str, field: FieldInfo, indent: str) -> str:
    setting = f"{indent}# {name}: {default}".rstrip()
    return f"{setting:<38} # {field.description}"


def commands(root: click.Group) -> str:
    """Return the reference page of the commands: the help of each, and the exit codes."""
    lines = ["# Commands", "", "Every command, as its `--help` tells it. Made from the code.", ""]
    for path, text in _helps(root, None, "subtide"):
        lines += [f"## {path}", "", "```text", text, "```", ""]
    lines += ["## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code:d} | {code.meaning} |" for code in ExitCode]
    return "\n".join([*lines, ""])


def _helps(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[tuple[str, str]]:
    context = click.Context(
        command,
        parent,
        info_name=name,
        terminal_width=HELP_WIDTH,
        **command.context_settings,
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _helps(command.commands[below], context, below)


def reference() -> str:
    """Return the reference page: every setting with type, default, variable and meaning."""
    lines = [
        "# Settings",
        "",
        "Every setting, as `config.yaml` names it. Made from the code.",
        "",
        "In the environment `policy.languages` is `SUBTIDE_POLICY__LANGUAGES`, with a list as",
        '`en,pt` or `["en", "pt"]`; as a secret file it is `subtide_policy__languages`. From the',
        "lowest to the highest: the default, `config.yaml`, what was set at run time, the",
        "environment, a secret file that Subtide keeps itself (in `secrets` in the data folder),",
        "one of yours (in `/run/secrets`, or the folder in `SUBTIDE_SECRETS`).",
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
            if prefix or not (_model(field) or name == "servers"):
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
            for inner, mapping in below.model_fields.items():
                if each := _model_of_values(mapping):
                    yield f"{name}.{inner}.NAME", [name, inner, "NAME"], each
        elif name == "rules":
            yield name, [name, "N"], Rule
            yield f"{name}.N.when", [name, "N", "when"], When


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _model_of_values(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section that each entry of a mapping is."""
    if get_origin(field.annotation) is not dict:
        return None
    kind = get_args(field.annotation)[1]
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "(required)"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None:
        return "null"
    if isinstance(value, BaseModel):
        return "{}"
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, default=str)


def _type(annotation: Any) -> str:  # noqa: ANN401 - any type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        kinds = [_type(a) for a in arguments if a not in {type(None), Literal[""]}]
        return " or ".join(kinds)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "mapping"
    if origin is not None and arguments and all(isinstance(a, str) for a in arguments):
        return ", ".join(f"`{a}`" for a in arguments)
    return _type(arguments[0]) if arguments else TYPES.get(annotation, str(annotation))
