import io
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from sample_media import silence, tone, write_media

from subtide.asr.containers import Reader, open_media, sniff
from subtide.errors import MediaMissing, MediaUnreadable, RetryLater


@dataclass
class Tripwire:
    """A named pipe that notices when anybody opens it for reading."""

    path: Path
    touched: threading.Event


@pytest.fixture
def tripwire(tmp_path: Path) -> Iterator[Tripwire]:
    wire = Tripwire(tmp_path / "other.ts", threading.Event())
    os.mkfifo(wire.path)

    def wait_for_reader() -> None:
        with wire.path.open("wb"):
            wire.touched.set()

    waiting = threading.Thread(target=wait_for_reader)
    waiting.start()
    yield wire
    if not wire.touched.is_set():
        wire.path.open("rb").close()
    waiting.join()


def playlist(other: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n"


PLAYLISTS = {
    "hls": playlist("other.ts"),
    "hls after blanks": "\n \n" + playlist("other.ts"),
    "hls with a byte order mark": "\ufeff" + playlist("other.ts"),
    "concat": "ffconcat version 1.0\nfile other.ts\n",
    "pls": "[playlist]\nFile1=other.ts\n",
    "dash": '<?xml version="1.0"?><MPD><BaseURL>other.ts</BaseURL></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
}


def refused(path: Path) -> str:
    with pytest.raises(MediaUnreadable) as refusal, open_media(path, "film"):
        pass
    return refusal.value.what


def test_the_tripwire_notices_ffmpeg_following_a_playlist(
    tmp_path: Path, tripwire: Tripwire
) -> None:
    film = tmp_path / "film.m3u8"
    film.write_text(playlist(tripwire.path.name))
    with pytest.raises(av.FFmpegError):
        av.open(str(film), options={"extension_picky": "0"})
    assert tripwire.touched.is_set()


@pytest.mark.parametrize("text", PLAYLISTS.values(), ids=PLAYLISTS)
def test_a_playlist_named_as_a_film_is_refused_and_not_followed(
    text: str, tmp_path: Path, tripwire: Tripwire
) -> None:
    film = tmp_path / "film.mkv"
    film.write_text(text)
    assert "is a playlist" in refused(film)
    assert not tripwire.touched.is_set()


def test_a_playlist_that_names_a_valid_wav_is_refused(tmp_path: Path) -> None:
    write_media(tmp_path / "other.wav", tone(1), codec="pcm_s16le")
    film = tmp_path / "film.mkv"
    film.write_text(playlist("other.wav"))
    assert "is a playlist" in refused(film)


@pytest.mark.parametrize(
    "head", [b"\x1a\x45\xdf\xa3", b"RIFF0000AVI ", b"\xff\xfb\x90\x00", b"ID3\x04\0\0\0\0\0\0"]
)
def test_a_playlist_behind_a_films_first_bytes_is_not_followed(
    head: bytes, tmp_path: Path, tripwire: Tripwire
) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(head + playlist(str(tripwire.path)).encode())
    assert "truncated or damaged" in refused(film)
    assert not tripwire.touched.is_set()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (bytes(100_000), "not complete"),
        (b"Just a text about a film.", "is no media"),
        (bytes(range(7, 255)) * 40, "is no media"),
        ("Ein Text".encode("utf-16"), "is no media"),
        (b"\x1a\x45\xdf\xa3" + bytes(2000), "truncated or damaged"),
    ],
)
def test_what_is_no_media_is_refused_with_the_reason(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(content)
    assert reason in refused(film)


def test_an_mp4_cut_off_before_its_index_is_refused_as_truncated(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mp4", tone(20))
    film.write_bytes(film.read_bytes()[:20_000])
    assert "truncated or damaged" in refused(film)


def test_a_missing_file_raises_media_missing(tmp_path: Path) -> None:
    with pytest.raises(MediaMissing), open_media(tmp_path / "none.mkv", "film"):
        pass


def test_a_folder_is_no_media(tmp_path: Path) -> None:
    assert "no regular file" in refused(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.mkv")
    assert "no regular file" in refused(tmp_path / "film.mkv")


def test_a_file_object_whose_storage_fails_raises_retry_later(tmp_path: Path) -> None:
    whole = write_media(tmp_path / "film.mkv", tone(20)).read_bytes()

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 5000:
                raise OSError("the mount is gone")
            return super().read(size)

    with (
        pytest.raises(RetryLater, match="the mount is gone"),
        open_media(Failing(whole), "film") as container,
    ):
        for _ in container.demux():
            pass


@pytest.mark.parametrize(
    ("name", "codec", "muxer", "demuxer"),
    [
        ("a.mkv", "aac", None, "matroska,webm"),
        ("a.webm", "libopus", None, "matroska,webm"),
        ("a.mp4", "aac", None, "mov,mp4,m4a,3gp,3g2,mj2"),
        ("a.mov", "pcm_s16le", None, "mov,mp4,m4a,3gp,3g2,mj2"),
        ("a.ts", "aac", None, "mpegts"),
        ("a.m2ts", "ac3", "mpegts", "mpegts"),
        ("a.vob", "mp2", "vob", "mpeg"),
        ("a.avi", "mp3", None, "avi"),
        ("a.wav", "pcm_s16le", None, "wav"),
        ("a.flac", "flac", None, "flac"),
        ("a.ogg", "libopus", None, "ogg"),
        ("a.mp3", "mp3", None, "mp3"),
        ("a.aac", "aac", "adts", "aac"),
        ("a.ac3", "ac3", None, "ac3"),
        ("a.eac3", "eac3", None, "eac3"),
        ("a.wma", "mp3", "asf", "asf"),
        ("a.flv", "mp3", "flv", "flv"),
        ("a.aiff", "pcm_s16be", None, "aiff"),
    ],
)
def test_every_common_container_is_recognised_whatever_its_name(
    name: str, codec: str, muxer: str | None, demuxer: str, tmp_path: Path
) -> None:
    rate = 44_100 if muxer == "flv" else 48_000
    made = write_media(tmp_path / name, tone(2, rate), codec=codec, rate=rate, muxer=muxer)
    nameless = made.rename(tmp_path / "film")
    with open_media(nameless, "film") as container:
        assert container.format.name == demuxer
        assert len(container.streams.audio) == 1


def test_packets_of_192_bytes_are_a_transport_stream(tmp_path: Path) -> None:
    plain = write_media(tmp_path / "a.ts", silence(2)).read_bytes()
    stamped = b"".join(bytes(4) + plain[at : at + 188] for at in range(0, len(plain), 188))
    assert sniff(Reader(io.BytesIO(stamped), "film"), "film") == "mpegts"


def test_opening_runs_no_video_decoder_and_still_knows_the_frame_rate(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mkv", tone(3), picture=3)
    with open_media(film, "film") as container:
        assert container.streams.video[0].average_rate == 25
        assert container.streams.video[0].codec_context.pix_fmt is None
