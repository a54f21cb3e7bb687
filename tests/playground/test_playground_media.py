"""Raw media, the FLAC of the default track, and text tracks, as the playground serves them."""

import io
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from playground_client import FILM, Client, Open

from subtide.playground.bad_media import BAD_MEDIA
from subtide.playground.media import RATE, AudioTrack, SubtitleTrack, make_media, silence, tone
from subtide.playground.streams import probe
from subtide.playground.subtitles import Line, decode, parse

STATIC = "/Videos/{film}/stream?static=true&mediaSourceId={film}"


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=10-19", 10, 20), ("bytes=100-", 100, None), ("bytes=-7", -7, None)],
)
def test_ranges_are_parts_of_the_file(
    playground: Open, root: Path, wanted: str, start: int, end: int | None
) -> None:
    server = playground(root)
    client = Client(server, server.key)
    path = STATIC.format(film=client.id_of("Film"))
    answer = client.ask("GET", path, headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.content == (root / FILM).read_bytes()[start:end]


def test_head_tells_the_size(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    answer = client.ask("HEAD", STATIC.format(film=client.id_of("Film")))
    assert int(answer.headers["Content-Length"]) == (root / FILM).stat().st_size


def loudness(flac: bytes) -> tuple[int, str, float, float]:
    """Rate, layout, seconds and loudness of a FLAC."""
    with av.open(io.BytesIO(flac), "r") as file:
        track = file.streams.audio[0]
        pieces = [frame.to_ndarray().ravel() for frame in file.decode(track)]
        samples = np.concatenate(pieces).astype(np.float64) / 32768
        rate, layout = track.codec_context.sample_rate, track.codec_context.layout.name
    return rate, layout, len(samples) / rate, float(np.abs(samples).mean())


def test_audio_is_the_default_track_whatever_index_is_asked_for(
    playground: Open, root: Path
) -> None:
    loud = AudioTrack("eng", samples=tone(3.0) * 10)
    quiet = AudioTrack("fre", default=True, samples=silence(3.0))
    make_media(root / FILM, [loud, quiet], duration=3.0)
    server = playground(root)
    client = Client(server, server.key)
    path = f"/Audio/{client.id_of('Film')}/stream.flac?audioCodec=flac&audioChannels=1"
    path += "&audioSampleRate=16000"
    answers = [client.ask("GET", path + more) for more in ("", "&audioStreamIndex=1")]
    assert answers[0].content == answers[1].content
    rate, layout, seconds, mean = loudness(answers[0].content)
    assert (rate, layout) == (16_000, "mono")
    assert seconds == pytest.approx(3.0, abs=0.15)
    assert mean < 0.001


def test_without_a_default_the_track_with_most_channels_is_heard(
    playground: Open, root: Path
) -> None:
    quiet, loud = AudioTrack(samples=silence(1.0)), AudioTrack(samples=tone(1.0) * 10, channels=2)
    make_media(root / FILM, [quiet, loud], duration=1.0)
    server = playground(root)
    client = Client(server, server.key)
    answer = client.ask("GET", f"/Audio/{client.id_of('Film')}/stream.flac?audioChannels=1")
    assert loudness(answer.content)[3] > 0.05


def test_a_film_without_sound_fails_as_a_transcode_does(playground: Open, root: Path) -> None:
    make_media(root / FILM, audio=())
    server = playground(root)
    client = Client(server, server.key)
    assert client.ask("GET", f"/Audio/{client.id_of('Film')}/stream.flac").status_code == 500


def test_embedded_text_is_extracted_in_its_language(playground: Open, root: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\nBonsoir\nà tous.\n\n"
    make_media(root / FILM, subtitles=[SubtitleTrack(text, "fre", "Traduction")])
    server = playground(root)
    client = Client(server, server.key)
    film = client.items()[0]
    track = film["MediaSources"][0]["MediaStreams"][-1]
    assert (track["Language"], track["Title"], track["Codec"]) == ("fra", "Traduction", "subrip")
    path = f"/Videos/{film['Id']}/{film['Id']}/Subtitles/{track['Index']}/Stream.srt"
    answer = client.ask("GET", path)
    assert answer.content.decode() == text


def test_ass_overrides_become_tags() -> None:
    row = r"Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\an8}{\i1}Hush{\i0},\Nnow"
    assert parse(row, "ass") == [Line(1000, 2500, "<i>Hush</i>,\nnow")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_texts_are_decoded_whatever_they_were_written_in(encoding: str) -> None:
    assert decode("¿Qué niño?".encode(encoding)).lstrip("\ufeff") == "¿Qué niño?"


def test_made_media_has_the_tracks_that_were_asked_for(tmp_path: Path) -> None:
    tracks = [
        AudioTrack("eng", "Main", default=True, channels=6),
        AudioTrack("eng", "Talk", commentary=True),
    ]
    inside = [SubtitleTrack("1\n00:00:00,500 --> 00:00:01,000\nA\n", "ger", forced=True)]
    found = probe(make_media(tmp_path / "a.mkv", tracks, inside, 2.0))
    rows = [(s.kind, s.codec, s.language, s.title, s.default, s.forced) for s in found.streams]
    assert rows == [
        ("Video", "h264", None, None, False, False),
        ("Audio", "aac", "eng", "Main", True, False),
        ("Audio", "aac", "eng", "Talk", False, False),
        ("Subtitle", "subrip", "ger", None, False, True),
    ]
    assert found.ticks is not None
    assert found.ticks / 10_000_000 == pytest.approx(2.0, abs=0.2)


def test_the_same_tracks_make_the_same_bytes(tmp_path: Path) -> None:
    files = [make_media(tmp_path / name, duration=1.0) for name in ("a.mkv", "b.mkv")]
    assert all(one.read_bytes() == other.read_bytes() for one, other in pairwise(files))


@pytest.mark.parametrize("kind", BAD_MEDIA)
def test_bad_media_is_listed_and_never_crashes_the_server(
    playground: Open, root: Path, kind: str
) -> None:
    path = (
        root
        / "Movies"
        / "Bad (2000)"
        / ("Bad (2000).mp4" if kind == "encrypted" else "Bad (2000).mkv")
    )
    BAD_MEDIA[kind](path)
    assert path.exists()
    server = playground(root)
    client = Client(server, server.key)
    bad = client.id_of("Bad")
    assert client.ask("GET", f"/Audio/{bad}/stream.flac").status_code in {200, 500}
    assert client.ask("GET", f"/Items/{bad}/File").content == path.read_bytes()


def test_encrypted_sound_cannot_be_decoded(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    BAD_MEDIA["encrypted"](path)
    with av.open(str(path)) as file, pytest.raises(av.error.InvalidDataError):
        list(file.decode(file.streams.audio[0]))


def test_a_tone_is_as_long_as_asked_for() -> None:
    assert len(tone(1.5)) == round(1.5 * RATE)
