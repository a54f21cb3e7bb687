import io
from pathlib import Path

import numpy as np
import pytest
from sample_media import Samples, loudness, silence, tone, write_media

from subtide.asr.audio import decode, probe
from subtide.errors import MediaUnreadable, NoUsableAudio
from subtide.languages import Language


def heard(path: Path, ordinal: int = 0) -> Samples:
    return np.concatenate(list(decode(path, ordinal)))


def test_probe_names_every_audio_track(tmp_path: Path) -> None:
    film = write_media(
        tmp_path / "film.mkv",
        tone(2),
        tone(2),
        picture=2,
        metadata=({"language": "eng", "title": "Main"}, {"language": "ger"}),
    )
    info = probe(film)
    assert info.container == "matroska,webm"
    assert info.duration == pytest.approx(2, abs=0.1)
    assert info.frame_rate == 25
    assert [(a.ordinal, a.codec, a.channels) for a in info.audio] == [(0, "aac", 1), (1, "aac", 1)]
    assert [a.language for a in info.audio] == [Language("en"), Language("de")]
    assert info.audio[0].title == "Main"
    assert not info.audio[0].commentary


def test_the_chosen_track_is_decoded(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mkv", silence(3), tone(3))
    assert loudness(heard(film, 0), 0, 3) < 0.001
    assert loudness(heard(film, 1), 0, 3) == pytest.approx(0.21, abs=0.02)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mkv", "aac"), ("a.mp4", "aac"), ("a.ts", "mp2"), ("a.mp3", "mp3"), ("a.wav", "pcm_s16le")],
)
def test_every_sample_of_the_film_comes_out(name: str, codec: str, tmp_path: Path) -> None:
    samples = heard(write_media(tmp_path / name, tone(40), codec=codec))
    assert samples.dtype == np.float32
    assert len(samples) / 16_000 == pytest.approx(40, abs=0.1)
    assert loudness(samples, 1, 39) == pytest.approx(0.21, abs=0.02)


def test_chunks_are_half_a_minute_long(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.flac", tone(70, 16_000), codec="flac", rate=16_000)
    assert [len(chunk) / 16_000 for chunk in decode(film, 0)] == [30, 30, 10]


def test_a_file_object_is_decoded_as_a_path_is(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mkv", tone(3))
    from_object = np.concatenate(list(decode(io.BytesIO(film.read_bytes()), 0)))
    assert np.array_equal(from_object, heard(film))


@pytest.mark.parametrize("name", ["film.mkv", "film.ts"])
def test_audio_that_starts_late_keeps_its_place_on_the_films_clock(
    name: str, tmp_path: Path
) -> None:
    samples = heard(write_media(tmp_path / name, tone(4), codec="mp2", starts=5, picture=9))
    assert len(samples) / 16_000 == pytest.approx(9, abs=0.1)
    assert loudness(samples, 0, 4.9) < 0.01
    assert loudness(samples, 5.1, 8.9) == pytest.approx(0.21, abs=0.02)


def test_a_clock_that_restarts_in_live_tv_loses_nothing(tmp_path: Path) -> None:
    first = write_media(tmp_path / "a.ts", tone(20), codec="mp2").read_bytes()
    second = write_media(tmp_path / "b.ts", tone(10), codec="mp2").read_bytes()
    film = tmp_path / "film.ts"
    film.write_bytes(first + second)
    assert len(heard(film)) / 16_000 == pytest.approx(30, abs=0.3)


def surround(**parts: Samples) -> Samples:
    names = ("FL", "FR", "FC", "LFE", "SL", "SR")
    nothing = np.zeros_like(next(iter(parts.values())))
    return np.stack([parts.get(name, nothing) for name in names])


def test_the_centre_of_surround_sound_is_louder_than_the_sides(tmp_path: Path) -> None:
    def mix(**parts: Samples) -> float:
        planes = surround(**parts)
        film = write_media(tmp_path / "film.wav", planes, codec="pcm_s16le", layout="5.1(side)")
        return loudness(heard(film), 0.5, 1.5)

    assert mix(FC=tone(2)) == pytest.approx(0.6 * 0.212, abs=0.01)
    assert mix(FL=tone(2)) == pytest.approx(0.2 * 0.212, abs=0.01)
    assert mix(LFE=tone(2), SL=tone(2)) < 0.001


def test_stereo_is_the_mean_of_both_sides(tmp_path: Path) -> None:
    planes = np.stack([tone(2), silence(2)])
    film = write_media(tmp_path / "film.wav", planes, codec="pcm_s16le", layout="stereo")
    assert loudness(heard(film), 0.5, 1.5) == pytest.approx(0.106, abs=0.005)


def test_progress_rises_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    for _ in decode(write_media(tmp_path / "film.mp4", tone(40)), 0, progress=told.append):
        pass
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert told[0] < 0.1


def test_a_few_damaged_packets_are_passed_over(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mkv", tone(40), picture=40)
    content = bytearray(film.read_bytes())
    for at in (len(content) // 3, len(content) // 2):
        content[at : at + 400] = b"\xa5" * 400
    film.write_bytes(content)
    assert len(heard(film)) / 16_000 == pytest.approx(40, abs=0.5)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("film.mkv", "aac", {}),
        ("film.mp4", "aac", {"movflags": "faststart"}),
        ("film.flac", "flac", {}),
    ],
)
def test_a_film_cut_in_half_is_truncated(
    name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    film = write_media(tmp_path / name, tone(40), codec=codec, options=options)
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(MediaUnreadable, match="truncated"):
        heard(film)


def test_audio_that_is_nearly_all_garbage_is_damaged(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mp4", tone(20))
    content = bytearray(film.read_bytes())
    index = content.find(b"mdat") + 8
    content[index + 2000 : content.rfind(b"moov") - 4] = bytes(
        len(content[index + 2000 : content.rfind(b"moov") - 4])
    )
    film.write_bytes(content)
    with pytest.raises(MediaUnreadable, match=r"damaged|truncated"):
        heard(film)


def test_encrypted_audio_says_so(tmp_path: Path) -> None:
    film = write_media(
        tmp_path / "film.mp4",
        tone(5),
        options={
            "encryption_scheme": "cenc-aes-ctr",
            "encryption_key": "00112233445566778899aabbccddeeff",
            "encryption_kid": "112233445566778899aabbccddeeff00",
        },
    )
    with pytest.raises(MediaUnreadable, match="encrypted"):
        heard(film)


def test_a_silent_film_without_audio_track_has_no_usable_audio(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mkv", picture=2)
    assert probe(film).audio == ()
    with pytest.raises(NoUsableAudio):
        heard(film)


def test_a_track_beyond_the_last_has_no_usable_audio(tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.mkv", tone(1))
    with pytest.raises(NoUsableAudio, match="no audio track 1"):
        heard(film, 1)
