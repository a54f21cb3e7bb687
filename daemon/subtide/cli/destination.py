"""How our destination is shown to a person: as a change, or field by field to be typed in."""

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

from subtide.jellyfin.destination import EVENTS, Configuration, Destination, Entry, find

LOGIN = re.compile(r"//[^/@]*@")


def change(configuration: Configuration, wanted: Destination) -> list[str]:
    """Return the change of our entry as the lines of a diff; nothing if it is right.

    It holds no secret: values of headers and fields are told apart, but not told.
    """
    before = find(configuration, wanted)
    if before is not None and not wanted.changes(before):
        return []
    after = find(wanted.put_into(configuration), wanted)
    return list(
        difflib.unified_diff(
            _lines(before, wanted),
            _lines(after, wanted),
            "the Webhook plugin's configuration",
            "the same, with Subtide",
            lineterm="",
        )
    )


def fields(wanted: Destination) -> Iterator[tuple[str, str]]:
    """Yield every field of the plugin's page with what to enter; the secret is among them."""
    yield "Add", "Add Generic Destination"
    yield "Webhook Name", wanted.title
    yield "Webhook Url", wanted.uri
    yield "Status", "Enable"
    yield "Notification Type", ", ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", e) for e in EVENTS)
    yield "User Filter", "nobody"
    yield "Item Type", "Movies, Episodes, Videos; not the others"
    yield "Send All Properties", "on (Template stays empty)"
    for key, value in wanted.headers:
        yield "Add Request Header", f"{key}: {value}"
    yield "Add Field", "none"


def _lines(entry: Entry | None, wanted: Destination) -> list[str]:
    if entry is None:
        return []
    known = {value for _, value in wanted.headers}
    shown: dict[str, Any] = {
        **entry,
        "WebhookUri": LOGIN.sub("//***@", str(entry.get("WebhookUri"))),
        "Headers": [_masked(one, known) for one in entry.get("Headers") or []],
        "Fields": [_masked(one, set()) for one in entry.get("Fields") or []],
    }
    return json.dumps(shown, indent=2, ensure_ascii=False, sort_keys=True).splitlines()


def _masked(one: Entry, known: set[str]) -> dict[str, Any]:
    """Hide a value, but tell whether it is ours."""
    key, value = str(one.get("Key")), one.get("Value")
    hidden = "*** (the secret)" if value in known else "*** (another value)"
    return {"Key": key, "Value": value if key.lower() == "content-type" else hidden}
