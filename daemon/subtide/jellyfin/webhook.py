"""What Jellyfin's Webhook plugin sends with SendAllProperties, read without trust.

The content type is no guide (text/plain, though it is JSON); ids come plain from the plugin and
with dashes from templates. An event is a hint: it is late, it may come twice or never, and it
names no path.
"""

import json
import re
from dataclasses import dataclass

from subtide.errors import BadPayload

ID = re.compile(r"[0-9a-f]{32}")
WORD = re.compile(r"[A-Za-z]{1,64}")
FIX = "in the Webhook plugin use a Generic destination with `Send All Properties`"


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event."""

    kind: str
    """Jellyfin's word: ItemAdded, ItemDeleted, PlaybackStart, SessionStart and many more."""
    server: str
    """The server's system Id."""
    item: str | None
    """The item's id, None where the event is about none. Of a film with versions the primary's."""
    item_kind: str
    """Movie, Episode and so on; empty without an item."""
    device: str
    """The DeviceId of a session, as a client chose it; empty for others."""
    probed: bool
    """Whether the server knew the item's duration. An event can leave in the middle of a scan,
    before the streams are known, and is not sent again."""


def read_event(body: bytes) -> WebhookEvent:
    """Read one request's body.

    Raises BadPayload with a short reason that does not quote it.
    """
    try:
        payload = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadPayload("not JSON", FIX) from None
    if not isinstance(payload, dict):
        raise BadPayload("no JSON object", FIX)
    item, kind = payload.get("ItemId"), _text(payload, "NotificationType")
    if not WORD.fullmatch(kind):
        raise BadPayload("no NotificationType", FIX)
    return WebhookEvent(
        kind=kind,
        server=_id(payload.get("ServerId"), "ServerId"),
        item=_id(item, "ItemId") if item else None,
        item_kind=_text(payload, "ItemType") if item else "",
        device=_text(payload, "DeviceId"),
        probed=_is_number(payload.get("RunTimeTicks")) and payload["RunTimeTicks"] > 0,
    )


def _text(payload: dict[str, object], name: str) -> str:
    value = payload.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadPayload(f"{name} is no text", FIX)
    return value


def _id(value: object, name: str) -> str:
    plain = value.replace("-", "").lower() if isinstance(value, str) else ""
    if not ID.fullmatch(plain):
        raise BadPayload(f"{name} is no id", FIX)
    return plain


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
