"""What the Webhook plugin sends, and what only looks like it."""

import json

import pytest

from subtide.errors import BadPayload
from subtide.jellyfin.webhook import WebhookEvent, read_event

SERVER = "7858929768684d1784da2825047aff27"
ITEM = "663d1fe6869b2783ed78033e4856dbc7"
DASHED = "663d1fe6-869b-2783-ed78-033e4856dbc7"


def body(**changes: object) -> bytes:
    payload = {
        "ServerId": SERVER,
        "NotificationType": "ItemAdded",
        "ItemId": ITEM,
        "ItemType": "Movie",
        "RunTimeTicks": 200_230_000,
    }
    return json.dumps(payload | changes).encode()


def test_an_item_is_read_with_its_kind() -> None:
    assert read_event(body()) == WebhookEvent("ItemAdded", SERVER, ITEM, "Movie", "", probed=True)


@pytest.mark.parametrize("written", [ITEM, DASHED, DASHED.upper()])
def test_ids_come_plain_and_with_dashes(written: str) -> None:
    event = read_event(body(ItemId=written, ServerId=SERVER.upper()))
    assert (event.item, event.server) == (ITEM, SERVER)


def test_a_byte_order_mark_and_doubled_escapes_do_no_harm() -> None:
    named = body(Name='The \\"Pilot\\" \U0001f3ac')
    assert read_event(b"\xef\xbb\xbf" + named).item == ITEM


@pytest.mark.parametrize("ticks", [0, None, "200", True])
def test_an_event_from_the_middle_of_a_scan_is_not_probed_yet(ticks: object) -> None:
    assert not read_event(body(RunTimeTicks=ticks)).probed


def test_a_session_has_a_device_and_no_item() -> None:
    started = read_event(
        body(NotificationType="SessionStart", ItemId=None, ItemType=None, DeviceId="t1")
    )
    assert (started.item, started.item_kind, started.device) == (None, "", "t1")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "not JSON"),
        (b"event=ItemAdded&item=1", "not JSON"),
        (b'{"played": False}', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"[]", "no JSON object"),
        (b'"ItemAdded"', "no JSON object"),
        (b'{"event": "ItemAdded", "item": "1"}', "no NotificationType"),
        (body(NotificationType=9), "NotificationType is no text"),
        (body(NotificationType="Item\ud800Added"), "no NotificationType"),
        (body(ServerId=None), "ServerId is no id"),
        (body(ServerId="nas"), "ServerId is no id"),
        (body(ItemId="../../etc"), "ItemId is no id"),
        (body(ItemId=5), "ItemId is no id"),
        (body(ItemType=["Movie"]), "ItemType is no text"),
        (body(DeviceId={}), "DeviceId is no text"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason_that_does_not_quote_it(
    sent: bytes, reason: str
) -> None:
    with pytest.raises(BadPayload) as caught:
        read_event(sent)
    assert caught.value.what == reason
    assert caught.value.fix
