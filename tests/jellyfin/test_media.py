"""The order of ways to the media, what is never opened, and the fingerprint."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from subtide.errors import MediaMissing, MediaUnreadable
from subtide.jellyfin.items import Source, Track, TrackKind
from subtide.jellyfin.media import (
    SAMPLE,
    LocalFile,
    MediaAccess,
    ServerFlac,
    ServerRanges,
    Way,
    fingerprint,
    picked_by_server,
    stream_words,
)

ID = "b" * 32


class Server:
    """Knows one size and counts who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def size(self, source_id: str) -> int:
        self.asked.append(source_id)
        return 4321


def track(kind: TrackKind = TrackKind.AUDIO, ordinal: int = 0, **facts: object) -> Track:
    base = Track(
        kind=kind, index=ordinal + 1, ordinal=ordinal, codec="aac", language=None, title="",
        external=False, forced=False, hearing_impaired=False, default=False, text=False,
        path=None, channels=2,
    )  # fmt: skip
    return replace(base, **facts)  # type: ignore[arg-type]


def source(path: str | Path = "/media/Film.mkv", *tracks: Track, **facts: object) -> Source:
    base = Source(
        id=ID, item="a" * 32, name="Film", path=str(path), container="mkv", size=5,
        duration=10.0, remote=False, disc=False, placeholder=False, tracks=tracks,
    )  # fmt: skip
    return replace(base, **facts)  # type: ignore[arg-type]


def ways(access: MediaAccess, one: Source, *, server_default: bool = False) -> list[Way]:
    return list(access.ways(one, server_default=server_default, server=Server()))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder ``films`` with Film.mkv of 5 bytes, and ``secret`` beside it."""
    (tmp_path / "films").mkdir()
    (tmp_path / "films/Film.mkv").write_bytes(b"media")
    (tmp_path / "secret").write_bytes(b"other")
    return tmp_path


@pytest.fixture
def mapped(root: Path) -> MediaAccess:
    return MediaAccess([("/media", root / "films")])


# the file itself


def test_without_mappings_the_same_path_is_tried(root: Path) -> None:
    assert MediaAccess().local_path(source(root / "films/Film.mkv")) == root / "films/Film.mkv"
    assert MediaAccess().local_path(source(root / "films/None.mkv")) is None
    assert MediaAccess().local_path(source("films/Film.mkv")) is None
    assert MediaAccess().local_path(source("")) is None


def test_a_mapping_leads_to_the_file(root: Path, mapped: MediaAccess) -> None:
    assert mapped.local_path(source()) == root / "films/Film.mkv"


def test_a_windows_server_s_path_is_mapped(root: Path) -> None:
    access = MediaAccess([("D:\\media\\", root / "films")])
    assert access.local_path(source("D:\\media\\Film.mkv")) == root / "films/Film.mkv"


def test_the_longest_mapping_wins(root: Path) -> None:
    access = MediaAccess([("/media", root / "none"), ("/media/films", root / "films")])
    assert access.local_path(source("/media/films/Film.mkv")) == root / "films/Film.mkv"


def test_with_mappings_a_path_beside_them_is_not_opened(root: Path, mapped: MediaAccess) -> None:
    assert mapped.local_path(source(root / "films/Film.mkv")) is None
    assert mapped.local_path(source("/media2/Film.mkv")) is None


def test_dots_do_not_leave_the_mapped_folder(mapped: MediaAccess) -> None:
    assert mapped.local_path(source("/media/../secret")) is None
    assert mapped.local_path(source("/media/x/../../secret")) is None


def test_a_link_out_of_the_mapped_folder_is_refused(root: Path, mapped: MediaAccess) -> None:
    (root / "films/link.mkv").symlink_to(root / "secret")
    (root / "films/out").symlink_to(root)
    assert mapped.local_path(source("/media/link.mkv")) is None
    assert mapped.local_path(source("/media/out/secret")) is None


def test_a_link_inside_the_mapped_folder_is_resolved(root: Path, mapped: MediaAccess) -> None:
    (root / "films/link.mkv").symlink_to("Film.mkv")
    assert mapped.local_path(source("/media/link.mkv")) == root / "films/Film.mkv"


def test_only_regular_files_are_opened(root: Path, mapped: MediaAccess) -> None:
    (root / "films/folder").mkdir()
    os.mkfifo(root / "films/pipe")
    (root / "films/circle").symlink_to("circle")
    for name in ("folder", "pipe", "circle", "nothing", "nul\0"):
        assert mapped.local_path(source(f"/media/{name}", size=0)) is None


def test_a_file_of_another_size_is_another_file(mapped: MediaAccess) -> None:
    assert mapped.local_path(source(size=6)) is None
    assert mapped.local_path(source(size=0)) is not None


# the order


def test_the_file_comes_first_then_flac_then_ranges(root: Path, mapped: MediaAccess) -> None:
    assert ways(mapped, source(), server_default=True) == [
        LocalFile(root / "films/Film.mkv"),
        ServerFlac(ID, 10.0),
        ServerRanges(ID, 5),
    ]


def test_flac_is_no_way_to_another_audio_track(mapped: MediaAccess) -> None:
    assert ways(mapped, source("/elsewhere/Film.mkv")) == [ServerRanges(ID, 5)]


def test_the_server_is_asked_for_a_size_only_when_it_is_needed(mapped: MediaAccess) -> None:
    server = Server()
    found = mapped.ways(source(size=0), server_default=False, server=server)
    assert isinstance(next(found), LocalFile)
    assert server.asked == []
    assert next(found) == ServerRanges(ID, 4321)
    assert server.asked == [ID]


@pytest.mark.parametrize("fact", ["disc", "placeholder", "remote"])
def test_discs_placeholders_and_remote_sources_have_no_way(root: Path, fact: str) -> None:
    one = source(root / "films/Film.mkv", **{fact: True})
    with pytest.raises(MediaMissing, match="Film"):
        ways(MediaAccess(), one)
    assert MediaAccess().local_path(one) is None


def test_an_allowed_remote_source_goes_by_way_of_the_server() -> None:
    one = source("http://tv.example/stream", remote=True, size=0)
    assert ways(MediaAccess(allow_remote=True), one) == [ServerRanges(ID, 4321)]


@pytest.mark.parametrize(
    ("facts", "ordinal"),
    [
        ([{}], 0),
        ([{}, {}], 0),
        ([{}, {"default": True}], 1),
        ([{"channels": 2}, {"channels": 6}], 1),
        ([{"channels": 6}, {"channels": 2, "default": True}], 1),
        ([{"default": True}, {"default": True, "channels": 6}], 1),
    ],
)
def test_the_server_picks_default_then_most_channels_then_first(
    facts: list[dict[str, Any]], ordinal: int
) -> None:
    tracks = [replace(track(ordinal=number), **one) for number, one in enumerate(facts)]
    picked = picked_by_server(source("/m", *tracks))
    assert picked is not None
    assert picked.ordinal == ordinal


def test_without_audio_or_with_an_external_one_the_server_s_choice_is_unknown() -> None:
    assert picked_by_server(source("/m")) is None
    assert picked_by_server(source("/m", track(external=True), track())) is None


# the fingerprint


def prints(data: bytes, size: int | None = None, streams: tuple[str, ...] = ("audio",)) -> str:
    whole = len(data) if size is None else size
    return fingerprint(lambda offset, length: data[offset : offset + length], whole, 1.5, streams)


def test_the_same_bytes_have_the_same_fingerprint() -> None:
    assert prints(b"x" * 10) == prints(b"x" * 10)
    assert len(prints(b"x")) == 64


@pytest.mark.parametrize("place", [0, 5 * SAMPLE, 10 * SAMPLE - 1])
def test_a_change_at_the_start_the_middle_or_the_end_shows(place: int) -> None:
    data = bytearray(10 * SAMPLE)
    before = prints(bytes(data))
    data[place] = 1
    assert prints(bytes(data)) != before


def test_size_duration_and_streams_shape_the_fingerprint() -> None:
    def read(_offset: int, length: int) -> bytes:
        return b"\0" * length

    prints = {
        fingerprint(read, size, duration, streams)
        for size in (10, 11)
        for duration in (1.0, 2.0)
        for streams in ((), ("audio aac",), ("audio", "aac"))
    }
    assert len(prints) == 12


def test_at_most_three_mebibytes_are_read() -> None:
    read: list[tuple[int, int]] = []

    def note(offset: int, length: int) -> bytes:
        read.append((offset, length))
        return b"\0" * length

    fingerprint(note, 1 << 40, 1.0, ())
    assert read == [(0, SAMPLE), ((1 << 39) - SAMPLE // 2, SAMPLE), ((1 << 40) - SAMPLE, SAMPLE)]


def test_an_empty_or_short_file_has_no_fingerprint() -> None:
    with pytest.raises(MediaUnreadable, match="empty"):
        prints(b"")
    with pytest.raises(MediaUnreadable, match="ends before"):
        prints(b"x" * 10, size=20)


def test_sidecars_and_subtitles_do_not_shape_it() -> None:
    audio, video = track(), track(TrackKind.VIDEO, codec="h264", channels=0)
    subtitle = track(TrackKind.SUBTITLE, codec="subrip", external=True)
    bare, dressed = source("/m", video, audio), source("/m", subtitle, video, audio)
    assert stream_words(bare) == stream_words(dressed) != ()
