"""Messages: what real servers' sockets said, and what no server should say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from subtide.errors import BrokenAnswer
from subtide.jellyfin.messages import (
    GoingDown,
    KeepAliveHeard,
    KeepAliveWanted,
    LibraryChanged,
    Played,
    Playing,
    ScanFinished,
    played,
    read,
)

RECORDED = Path(__file__).parents[1] / "data" / "jellyfin" / "recorded"
VERSIONS = ("12.0.0-rc5", "10.11.11")
FILM = "304f652eec86c396612013ba29e4de99"


def recorded(version: str) -> list[tuple[str, dict[str, Any]]]:
    """All recorded messages as (who heard it, message)."""
    kinds = json.loads((RECORDED / version / "websocket.json").read_text("utf-8"))
    return [
        (who, message)
        for who, heard in kinds.items()
        for kind in heard.values()
        for message in kind["examples"]
    ]


def say(kind: str, data: object = None) -> str:
    return json.dumps({"MessageId": "00", "Data": data, "MessageType": kind})


def session(**changes: object) -> dict[str, object]:
    """A session that plays, as the recorded one does."""
    whole: dict[str, object] = {
        "Id": "5e55",
        "UserId": "e89d869a452549788bf51baf5a6e2bc5",
        "NowPlayingItem": {"Id": FILM, "Type": "Movie"},
        "PlayState": {"MediaSourceId": FILM, "PositionTicks": 25_000_000, "IsPaused": True},
    }
    return whole | changes


def scan(**changes: object) -> dict[str, object]:
    ended = {"EndTimeUtc": "2026-11-21T08:24:26.9986314Z"}
    return {"Key": "RefreshLibrary", "State": "Idle", "LastExecutionResult": ended} | changes


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recorded_message_is_read(version: str) -> None:
    read_as = {
        "ForceKeepAlive": KeepAliveWanted,
        "KeepAlive": KeepAliveHeard,
        "Sessions": Playing,
        "LibraryChanged": LibraryChanged,
        "ScheduledTasksInfo": type(None),  # every recorded one is of a running scan
        "RefreshProgress": type(None),
        "UserDataChanged": type(None),
    }
    messages = recorded(version)
    assert len(messages) > 20
    for who, message in messages:
        said = read(json.dumps(message))
        assert type(said) is read_as[message["MessageType"]], (who, message)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_recorded_scan_is_finished_once_its_task_is_idle(version: str) -> None:
    tasks = [m for _, m in recorded(version) if m["MessageType"] == "ScheduledTasksInfo"]
    for message in tasks:
        message["Data"][0]["State"] = "Idle"
        ended = message["Data"][0]["LastExecutionResult"]["EndTimeUtc"]
        finished = read(json.dumps(message))
        assert isinstance(finished, ScanFinished)
        assert f"{finished.ended_at:%Y-%m-%dT%H:%M:%S}" == ended[:19]
        assert finished.ended_at.tzinfo is UTC


@pytest.mark.parametrize("version", VERSIONS)
def test_the_recorded_film_is_playing(version: str) -> None:
    message = next(m for _, m in recorded(version) if m["MessageType"] == "Sessions")
    playing = read(json.dumps(message))
    told = message["Data"][0]
    assert playing == Playing(
        (
            Played(
                session=told["Id"],
                user=told["UserId"],
                item=told["NowPlayingItem"]["Id"],
                source=told["PlayState"]["MediaSourceId"],
                position=0.0,
                paused=False,
                transcoding=False,
            ),
        )
    )


def test_the_recorded_change_names_each_item_once() -> None:
    message = next(m for _, m in recorded("10.11.11") if m["MessageType"] == "LibraryChanged")
    changed = read(json.dumps(message))
    assert isinstance(changed, LibraryChanged)
    assert changed.changed[0] == message["Data"]["ItemsAdded"][0]
    assert set(changed.changed[1:]) == set(message["Data"]["ItemsUpdated"])
    assert len(changed.changed) == len(set(changed.changed)) > 2000
    assert changed.removed == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (say("ForceKeepAlive", 60), KeepAliveWanted(60.0)),
        (say("ServerRestarting"), GoingDown(restarts=True)),
        (say("ServerShuttingDown"), GoingDown(restarts=False)),
        ('{"MessageType":"KeepAlive"}', KeepAliveHeard()),
        (say("Sessions", []), Playing(())),
        (say("Sessions"), Playing(())),
        (say("LibraryChanged"), LibraryChanged((), ())),
        (say("LibraryChanged", {"ItemsRemoved": [FILM]}), LibraryChanged((), (FILM,))),
        (say("LibraryChanged", {"ItemsAdded": ["304F652E-"]}), LibraryChanged(("304f652e",), ())),
        (say("ScheduledTasksInfo", []), None),
        (say("ScheduledTasksInfo", [scan(State="Running")]), None),
        (say("ScheduledTasksInfo", [scan(State="Cancelling")]), None),
        (say("ScheduledTasksInfo", [scan(Key="DeleteTranscodeFiles")]), None),
        (say("ScheduledTasksInfo", [scan(LastExecutionResult=None)]), None),
        (say("SomethingNew", {"any": ["thing"]}), None),
        ("{}", None),
    ],
)
def test_absent_unknown_and_plain_are_told_apart(text: str, expected: object) -> None:
    assert read(text) == expected


def test_a_scan_s_end_is_found_among_all_tasks() -> None:
    ended = datetime(2026, 11, 21, 8, 24, 26, 998631, tzinfo=UTC)
    tasks = [{"Key": "WebhookItemAdded", "State": "Running"}, scan(), {"New": 1}]
    assert read(say("ScheduledTasksInfo", tasks)) == ScanFinished(ended)


def test_an_end_without_a_zone_is_utc() -> None:
    task = scan(LastExecutionResult={"EndTimeUtc": "2026-11-21T08:24:26"})
    ended = datetime(2026, 11, 21, 8, 24, 26, tzinfo=UTC)
    assert read(say("ScheduledTasksInfo", [task])) == ScanFinished(ended)


def test_of_a_session_the_moment_and_the_way_are_read() -> None:
    state = {"MediaSourceId": "AA", "PositionTicks": 25_000_000, "PlayMethod": "Transcode"}
    playing = read(say("Sessions", [session(), session(PlayState=state)]))
    assert isinstance(playing, Playing)
    first, second = playing.sessions
    assert (first.position, first.paused, first.transcoding) == (2.5, True, False)
    assert (second.source, second.paused, second.transcoding) == ("aa", False, True)


def test_of_an_episode_its_place_in_the_series_is_read() -> None:
    episode = {"Id": FILM, "Type": "Episode", "SeriesId": "5E-7", "ParentIndexNumber": 2}
    (one,) = played([session(NowPlayingItem=episode | {"IndexNumber": 11})])
    assert (one.series, one.season, one.episode) == ("5e7", 2, 11)


def test_live_television_is_watched_though_it_is_no_item_of_a_library() -> None:
    channel = {"Id": FILM, "Type": "TvChannel", "MediaType": "Video"}
    (one,) = played([session(NowPlayingItem=channel)])
    assert (one.session, one.item) == ("5e55", "")


@pytest.mark.parametrize("version", VERSIONS)
def test_nobody_plays_in_the_recorded_list_though_our_own_audio_was_converted(version: str) -> None:
    answer = json.loads((RECORDED / version / "sessions.json").read_text("utf-8"))["body"]
    assert answer
    assert played(answer) == ()


@pytest.mark.parametrize(
    "now",
    [
        None,
        {},
        {"Id": FILM, "Type": "Audio", "MediaType": "Audio"},
        {"Id": FILM, "Type": "TvChannel", "MediaType": "Audio"},
    ],
)
def test_what_plays_no_video_is_left_out(now: object) -> None:
    assert read(say("Sessions", [session(NowPlayingItem=now)])) == Playing(())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[]", "whole"),
        ('"hello"', "whole"),
        ('{"MessageType": 7}', "MessageType"),
        (say("ForceKeepAlive", "60"), "Data"),
        (say("ForceKeepAlive"), "Data"),
        (say("Sessions", {"Id": 1}), "Data"),
        (say("Sessions", [7]), r"Data\[0\]"),
        (say("Sessions", [session(Id=None)]), r"Data\[0\].Id"),
        (say("Sessions", [session(PlayState=7)]), r"Data\[0\].PlayState"),
        (say("LibraryChanged", {"ItemsAdded": [7]}), "ItemsAdded"),
        (say("LibraryChanged", [7]), "Data"),
        (say("ScheduledTasksInfo", [scan(State=7)]), r"Data\[0\].State"),
        (
            say("ScheduledTasksInfo", [scan(LastExecutionResult={"EndTimeUtc": "today"})]),
            "'today'",
        ),
    ],
)
def test_a_wrong_type_is_named_with_its_place(text: str, place: str) -> None:
    with pytest.raises(BrokenAnswer, match=place):
        read(text)


@pytest.mark.parametrize(
    "text",
    ["", "{", "no json", b"\xff\xfe", "[" * 100_000, "9" * 10_000],
    ids=["empty", "cut", "words", "bytes", "deep", "long number"],
)
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, each with its own words
        read(text)
