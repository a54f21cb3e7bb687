"""Checks requests against the Jellyfin operations that Subtide calls.

``tests/data/jellyfin/openapi-*.json`` hold these operations as the servers describe them.
Give ``checker(version)`` to a playground as its ``request_check``: a request for an unknown
path, with an unknown query name or an impossible value, or with a body that the schema
refuses, then fails the test when the playground closes.
"""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from subtide.playground.wire import Raw

DATA = Path(__file__).parent / "data" / "jellyfin"
UNDOCUMENTED = frozenset(
    {
        ("GET", "/health"),
        ("GET", "/"),
        ("GET", "/socket"),
        ("DELETE", "/videos/activeencodings"),
    }
)
"""Calls that the documents leave out though every server answers them."""
UNDOCUMENTED_BODY = frozenset({"/Plugins/{pluginId}/Configuration"})
"""Paths whose body the documents leave out: what a plugin is set to is its own affair."""
UNDOCUMENTED_QUERY = frozenset({"apikey"})


def checker(version: str, base: str = "") -> Callable[[Raw], None]:
    """Return the check for a server's version, such as ``12.0.0``, below a base URL."""
    document = load("12" if int(version.split(".", 1)[0]) >= 12 else "10.11")

    def check(raw: Raw) -> None:
        path = raw.path.removeprefix(base) or "/"
        if (raw.method, path.lower()) in UNDOCUMENTED:
            return
        _check_people(raw)
        template, parts = _find(document, raw.method, path)
        operation = document["paths"][template][raw.method.lower()]
        _check_parameters(document, operation, raw, parts)
        if template not in UNDOCUMENTED_BODY:
            _check_body(document, operation, raw)

    return check


@functools.cache
def load(name: str) -> dict[str, Any]:
    """Return the operations of a version."""
    loaded: dict[str, Any] = json.loads((DATA / f"openapi-{name}.json").read_text("utf-8"))
    return loaded


def _check_people(raw: Raw) -> None:
    """People are slow: they are asked of single items, never of a listing."""
    query = dict(raw.query)
    people = "People" in query.get("fields", "").split(",")
    assert not people or 0 < len(query.get("ids", "").split(",")) <= 2, f"people of a list: {query}"


def _find(document: dict[str, Any], method: str, path: str) -> tuple[str, dict[str, str]]:
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        found = re.fullmatch(pattern, path, re.IGNORECASE)
        if found and method.lower() in operations:
            return template, {name: unquote(value) for name, value in found.groupdict().items()}
    raise AssertionError(f"no operation for {method} {path}")


def _check_parameters(
    document: dict[str, Any], operation: dict[str, Any], raw: Raw, parts: dict[str, str]
) -> None:
    known = {(p["in"], p["name"].lower()): p for p in operation["parameters"]}
    for name, value in raw.query:
        where = f"{raw.method} {raw.path}?{name}={value}"
        if name in UNDOCUMENTED_QUERY:
            continue
        assert ("query", name) in known, f"unknown query name: {where}"
        _check_value(document, known["query", name]["schema"], value, where)
    for name, value in parts.items():
        where = f"{raw.method} {raw.path} ({name})"
        _check_value(document, known["path", name.lower()]["schema"], value, where)
    given = {name for name, _ in raw.query}
    for (place, name), parameter in known.items():
        missing = place == "query" and parameter.get("required") and name not in given
        assert not missing, f"{raw.method} {raw.path} lacks {name}"


def _check_value(document: dict[str, Any], schema: dict[str, Any], text: str, where: str) -> None:
    schema = _plain(document, schema)
    if schema.get("type") == "array":
        for word in text.split(","):
            _check_value(document, schema["items"], word, where)
        return
    if "enum" in schema:
        assert text in schema["enum"], f"no such word: {where}"
    elif schema.get("type") == "boolean":
        assert text in {"true", "false"}, f"neither true nor false: {where}"
    elif schema.get("type") == "integer":
        assert re.fullmatch(r"-?\d+", text), f"no whole number: {where}"
    elif schema.get("format") == "uuid":
        assert re.fullmatch(r"[0-9a-f]{32}", text.replace("-", "")), f"no id: {where}"
    elif "pattern" in schema:
        assert re.search(schema["pattern"], text), f"does not fit: {where}"


def _check_body(document: dict[str, Any], operation: dict[str, Any], raw: Raw) -> None:
    described = operation.get("requestBody")
    where = f"{raw.method} {raw.path}"
    if described is None:
        assert not raw.body, f"{where} takes no body"
        return
    kind = raw.headers.get("Content-Type") or ""
    assert kind.split(";")[0] == "application/json", f"{where} wants JSON, got {kind!r}"
    schema = _plain(document, described["content"]["application/json"]["schema"])
    errors = Draft202012Validator(schema).iter_errors(json.loads(raw.body))
    faults = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in errors]
    assert not faults, f"{where}: {'; '.join(faults)}"


def _plain(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Resolve references, and say nullable as JSON Schema does; unknown fields are faults."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _plain(document, document["components"]["schemas"][name])
    plain = {k: v for k, v in schema.items() if k not in {"nullable", "allOf"}}
    for part in schema.get("allOf", []):
        plain |= _plain(document, part)
    if "properties" in plain:
        properties = plain["properties"].items()
        plain["properties"] = {k: _plain(document, v) for k, v in properties}
        plain["additionalProperties"] = False
    if "items" in plain:
        plain["items"] = _plain(document, plain["items"])
    if schema.get("nullable") and "type" in plain:
        plain["type"] = [plain["type"], "null"]
    return plain
