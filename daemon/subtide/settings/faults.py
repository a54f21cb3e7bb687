"""What is wrong with the settings, in words: the place, the setting, the fix."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from subtide.settings.origin import Layer
from subtide.settings.tree import Settings


def explain(
    error: ValidationError, origins: Mapping[tuple[str, ...], tuple[Layer, str]]
) -> Iterator[str]:
    """Yield a line for each fault, with its place in the layer that it came from."""
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


def knows(path: tuple[str, ...]) -> bool:
    """Whether there is a setting or a section at this path."""
    above = _section_at(path[:-1])
    return _section_at(path) is not None or (above is not None and path[-1] in above.model_fields)


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
