"""Ranges of the raw file, and the audio that the server picks."""

from pathlib import Path

import pytest
from scripted import Connect, Reply, Script, page, plain

from subtide.errors import (
    MediaMissing,
    ServerFailed,
    ServerUnreachable,
    Stopped,
    WrongAddress,
)
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source

A, B = "a" * 32, "b" * 32
SOURCE = Source(
    id=B, item=A, name="Film", path="/m/F.mkv", container="mkv", size=0, duration=2.0,
    remote=False, disc=False, placeholder=False, tracks=(),
)  # fmt: skip


def part(body: bytes, place: str) -> Reply:
    return Reply(206, body, {"Content-Type": "video/x-matroska", "Content-Range": place})


def test_a_range_is_asked_for_uncompressed_by_the_lower_case_id(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(part(b"abcd", "bytes 100-103/384790"))
    assert jellyfin.range(B.upper(), 100, 4) == b"abcd"
    (request,) = script.requests
    assert request.path == f"/Videos/{B}/stream"
    assert request.query == {"static": "true", "mediaSourceId": B}
    assert request.headers["range"] == "bytes=100-103"
    assert request.headers["accept-encoding"] == "identity"


def test_a_range_past_the_end_is_empty(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(416, headers={"Content-Range": "bytes */384790"}))
    assert jellyfin.range(B, 384790, 10) == b""


def test_no_bytes_ask_nothing(script: Script, jellyfin: Jellyfin) -> None:
    assert jellyfin.range(B, 0, 0) == b""
    assert script.requests == []


def test_the_last_range_may_be_shorter(script: Script, jellyfin: Jellyfin) -> None:
    script.says(part(b"yz", "bytes 8-9/10"))
    assert jellyfin.range(B, 8, 100) == b"yz"


def test_a_range_that_breaks_off_is_read_again(script: Script, jellyfin: Jellyfin) -> None:
    broken = part(b"ab", "bytes 0-3/10")
    broken.promised = 4
    script.says(broken, part(b"abcd", "bytes 0-3/10"))
    assert jellyfin.range(B, 0, 4) == b"abcd"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, b"x" * 100_000), MediaMissing),
        (plain(400), MediaMissing),
        (plain(404), MediaMissing),
        (part(b"abcd", "bytes 0-3/10"), MediaMissing),
        (part(b"abcdefgh", "bytes 4-11/20"), MediaMissing),
        (part(b"abcd", "all of it"), MediaMissing),
        (Reply(206, b"abcd"), MediaMissing),
        (page(302), WrongAddress),
        (Reply(404), WrongAddress),
    ],
)
def test_a_range_is_that_range_or_an_error(
    script: Script, jellyfin: Jellyfin, reply: Reply, error: type[Exception]
) -> None:
    script.says(reply)
    with pytest.raises(error):
        jellyfin.range(B, 4, 4)


def test_the_size_is_read_from_one_byte(script: Script, jellyfin: Jellyfin) -> None:
    script.says(part(b"a", "bytes 0-0/384790"))
    assert jellyfin.size(B) == 384790
    assert script.requests[0].headers["range"] == "bytes=0-0"


def test_a_stream_of_unknown_size_can_be_read_but_not_measured(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(part(b"abcd", "bytes 4-7/*"))
    assert jellyfin.range(B, 4, 4) == b"abcd"
    with pytest.raises(MediaMissing, match="size"):
        jellyfin.size(B)


def test_an_empty_file_has_no_bytes(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(416, headers={"Content-Range": "bytes */0"}))
    assert jellyfin.size(B) == 0


def test_audio_is_written_with_progress(script: Script, jellyfin: Jellyfin, tmp_path: Path) -> None:
    body = bytes(range(256)) * 1000
    script.says(Reply(200, body, {"Content-Type": "audio/flac"}))
    steps: list[int] = []
    jellyfin.audio_flac(SOURCE, tmp_path / "a.flac", steps.append)
    assert (tmp_path / "a.flac").read_bytes() == body
    assert steps == sorted(set(steps))
    assert steps[-1] == len(body)
    (request,) = script.requests
    assert request.path == f"/Audio/{B}/stream.flac"
    assert request.query["mediaSourceId"] == B
    assert request.query["audioSampleRate"] == "16000"
    assert request.query["audioCodec"] == "flac"
    assert "audioStreamIndex" not in request.query


def test_each_request_for_audio_has_its_own_session(
    script: Script, jellyfin: Jellyfin, tmp_path: Path
) -> None:
    script.says(Reply(200, b"fLaC", {"Content-Type": "audio/flac"}))
    for _ in range(3):
        jellyfin.audio_flac(SOURCE, tmp_path / "a.flac", lambda _bytes: None)
    assert len({request.query["playSessionId"] for request in script.requests}) == 3


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, b"fLaC", {"Content-Type": "audio/flac"}, promised=99), ServerUnreachable),
        (Reply(200), ServerFailed),
        (page(), WrongAddress),
        (plain(500), ServerFailed),
        (page(502), ServerFailed),
        (plain(400), MediaMissing),
        (page(302), WrongAddress),
    ],
)
def test_failed_audio_leaves_no_file_and_is_asked_for_once(
    script: Script, jellyfin: Jellyfin, tmp_path: Path, reply: Reply, error: type[Exception]
) -> None:
    script.says(reply)
    with pytest.raises(error):
        jellyfin.audio_flac(SOURCE, tmp_path / "a.flac", lambda _bytes: None)
    assert list(tmp_path.iterdir()) == []
    assert len(script.requests) == 1


def test_progress_may_stop_the_audio(script: Script, jellyfin: Jellyfin, tmp_path: Path) -> None:
    def stop(_bytes: int) -> None:
        raise Stopped("cancelled")

    script.says(Reply(200, b"x" * 1_000_000))
    with pytest.raises(Stopped):
        jellyfin.audio_flac(SOURCE, tmp_path / "a.flac", stop)
    assert list(tmp_path.iterdir()) == []


def test_audio_of_a_server_that_is_gone(connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable):
        connect("http://127.0.0.1:1").audio_flac(SOURCE, tmp_path / "a", lambda _bytes: None)
    assert list(tmp_path.iterdir()) == []
