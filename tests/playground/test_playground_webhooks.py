"""The playground's webhooks look as the official plugin's did."""

import json
import shutil
from pathlib import Path
from typing import Any

from playground_client import Client, Open

from subtide.playground.payload import as_dotnet
from subtide.playground.plugins import destination
from subtide.playground.webhooks import ADDED, DELETED, send
from webhook_ear import Ear

RECORDED = Path(__file__).parents[1] / "data" / "jellyfin" / "recorded" / "webhook-12.jsonl"
UNKNOWN_HERE = frozenset({"PremiereDate", "ParentThumbItemId"})
"""What only online metadata brings, besides the Provider_ keys."""


def wants(ear: Ear, *events: str, **more: object) -> dict[str, object]:
    """A destination in the plugin's configuration."""
    return {"WebhookUri": ear.url, "NotificationTypes": list(events), **more}


def recorded(event: str, kind: str) -> dict[str, Any]:
    """The recorded payload of this event that has most keys."""
    found: list[dict[str, Any]] = []
    for line in RECORDED.read_text("utf-8").splitlines():
        exchange = json.loads(line)
        if exchange["path"] != "/all" or not exchange["body"].startswith("{"):
            continue
        body = json.loads(exchange["body"])
        if body.get("NotificationType") == event and body.get("ItemType") == kind:
            found.append(body)
    return max(found, key=len)


def comparable(payload: dict[str, Any]) -> dict[str, str]:
    """Keys and kinds of what the playground can know."""
    kept = (k for k in payload if not k.startswith(("Provider_", "Subtitle_", "Audio_1")))
    return {k: type(payload[k]).__name__ for k in kept if k not in UNKNOWN_HERE}


def test_a_new_film_is_told_as_the_plugin_tells_it(
    playground: Open, root: Path, made: Path, ear: Ear
) -> None:
    server = playground(root)
    header = {"Key": "Authorization", "Value": "Bearer secret"}
    server.install_webhook_plugin(wants(ear, "ItemAdded", Headers=[header]))
    shutil.copy(made, root / "Movies" / "New (2021).mkv")
    server.scan()
    server.webhooks.run(ADDED)
    headers, payload = ear.next()
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Authorization"] == "Bearer secret"
    assert payload["ItemId"] == Client(server, server.key).id_of("New")
    theirs = comparable(recorded("ItemAdded", "Movie"))
    ours = comparable(payload)
    assert ours.keys() == theirs.keys()
    assert "Path" not in payload


def test_playback_names_the_version_that_plays(playground: Open, root: Path, ear: Ear) -> None:
    server = playground(root)
    server.install_webhook_plugin(wants(ear, "PlaybackStart"))
    film = Client(server, server.key).id_of("Film")
    server.play(film)
    _, payload = ear.next()
    assert payload["MediaSourceId"] == film
    assert comparable(payload).keys() == comparable(recorded("PlaybackStart", "Movie")).keys()


def test_an_episode_carries_its_numbers(playground: Open, root: Path, made: Path, ear: Ear) -> None:
    server = playground(root)
    server.install_webhook_plugin(wants(ear, "ItemAdded"))
    episode = root / "Movies" / "x.mkv"
    assert not episode.exists()
    tv = root / "TV" / "Show" / "Season 02"
    tv.mkdir(parents=True)
    shutil.copy(made, tv / "Show S02E07.mkv")
    server.catalogue.libraries.append(type(server.catalogue.libraries[0])(root / "TV"))
    server.scan()
    server.webhooks.run(ADDED)
    _, payload = ear.next()
    assert (payload["SeriesName"], payload["SeasonNumber"]) == ("Show", 2)
    assert (payload["EpisodeNumber"], payload["EpisodeNumber00"]) == (7, "07")


def test_a_renamed_film_is_added_and_then_deleted(playground: Open, root: Path, ear: Ear) -> None:
    server = playground(root)
    server.install_webhook_plugin(wants(ear, "ItemAdded", "ItemDeleted"))
    old = Client(server, server.key).id_of("Film")
    (root / "Movies" / "Film (2020)").rename(root / "Movies" / "Movie (2020)")
    server.scan()
    server.webhooks.run(ADDED)
    server.webhooks.run(DELETED)
    events = [ear.next()[1]["NotificationType"] for _ in range(2)]
    assert events == ["ItemAdded", "ItemDeleted"]
    assert old not in server.catalogue.items


def test_a_refused_event_is_not_sent_again(ear: Ear) -> None:
    ear.status = 503
    assert send(destination(WebhookUri=ear.url), b"{}") == 503
    ear.next()
    assert ear.heard.empty()


def test_a_receiver_that_is_not_there_is_ignored() -> None:
    assert send(destination(WebhookUri="http://127.0.0.1:9/nothing"), b"{}") is None


def test_quotes_are_escaped_as_dotnet_does() -> None:
    assert as_dotnet({"Name": 'The \\"Pilot\\" & é'}) == (
        rb'{"Name":"The \\\u0022Pilot\\\u0022 \u0026 \u00E9"}'
    )
