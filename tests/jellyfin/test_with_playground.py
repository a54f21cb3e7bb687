"""The client against a whole server, version by version, trap by trap."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from scripted import Connect

from subtide.errors import (
    Forbidden,
    ItemGone,
    KeyRejected,
    MediaMissing,
    ServerFailed,
    ServerOutdated,
    ServerStarting,
    ServerUnreachable,
    WrongAddress,
)
from subtide.jellyfin import routes
from subtide.jellyfin.answers import BadRequest
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.codes import to_server
from subtide.jellyfin.items import Item, Source, Track
from subtide.jellyfin.media import MediaAccess, fingerprint, picked_by_server, stream_words
from subtide.jellyfin.sidecars import expected_name, file_name, is_ours_by_name, upload_language
from subtide.languages import Language
from subtide.playground.auth import HELPER, User
from subtide.playground.flavour import V10_10, V10_11, V10_11_7, V12, Flavour
from subtide.playground.server import Playground
from subtide.playground.tree import Library

SRT = b"1\n00:00:00,500 --> 00:00:01,500\nGood evening.\n"
FLAVOURS = pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda one: one.version)
RATE = 16_000
QUIET = User("quiet", "pw")
PLAYER = {"client": "test", "device": "test", "deviceid": "test", "version": "1"}

Serve = Callable[..., tuple[Playground, Jellyfin]]


def write_film(path: Path, *pitches: float, seconds: float = 2.0) -> Path:
    """Write a Matroska file with a tone for each audio track; the last is flagged default."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="matroska") as file:
        tracks = [file.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in pitches]
        for track in tracks:
            track.disposition = av.stream.Disposition(0)
        tracks[-1].disposition = av.stream.Disposition.default
        time = np.arange(round(seconds * RATE)) / RATE
        for track, pitch in zip(tracks, pitches, strict=True):
            wave = (8000 * np.sin(2 * np.pi * pitch * time)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(wave[np.newaxis], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            file.mux([*track.encode(frame), *track.encode(None)])
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("made") / "film.mkv", 440.0, 1000.0)


@pytest.fixture
def root(tmp_path: Path, film: Path) -> Path:
    """Two films and one with a second version, and an episode."""
    for name in (
        "movies/Film (2020)/Film (2020).mkv",
        "movies/Two (2021)/Two (2021).mkv",
        "movies/Two (2021)/Two (2021) - 720p.mkv",
        "tv/Show/Season 01/Show S01E02.mkv",
    ):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(film, tmp_path / "root" / name)
    return tmp_path / "root"


@pytest.fixture
def serve(root: Path, connect: Connect, playground: Callable[..., Playground]) -> Serve:
    """Start playgrounds over the root, each with a client of its key.

    They check every request against the API that the server describes.
    """

    def start(flavour: Flavour = V12, **options: object) -> tuple[Playground, Jellyfin]:
        server = playground(root, flavour, **options)
        return server, connect(server.url, server.key)

    return start


def all_items(jellyfin: Jellyfin) -> dict[str, Item]:
    return {item.name: item for page in jellyfin.pages() for item in page.items}


def named(jellyfin: Jellyfin, name: str) -> Item:
    return next(item for found, item in all_items(jellyfin).items() if found.startswith(name))


def upload(jellyfin: Jellyfin, source_id: str, label: str = "subtide.en") -> None:
    jellyfin.upload(
        source_id,
        language_label=label,
        format="srt",
        data=SRT,
        forced=False,
        hearing_impaired=False,
    )


def reread(server: Playground, jellyfin: Jellyfin, source: Source) -> Source:
    """The source as the server lists it once its refreshes are through."""
    server.settle()
    item = jellyfin.item(source.item)
    assert item is not None
    return next(one for one in item.sources if one.id == source.id)


def sidecars(source: Source) -> list[Track]:
    return [track for track in source.subtitles if track.external]


@FLAVOURS
def test_a_library_is_read_from_ready_to_tracks(serve: Serve, flavour: Flavour) -> None:
    """Trap 1: the one form of authorization that every version takes."""
    server, jellyfin = serve(flavour)
    assert jellyfin.ready().version_text == flavour.version
    assert jellyfin.ready().id == server.id
    assert {library.kind for library in jellyfin.libraries()} == {"movies", "tvshows"}
    items = all_items(jellyfin)
    assert len(items) == 3
    assert [track.ordinal for track in named(jellyfin, "Film").sources[0].audio] == [0, 1]


@FLAVOURS
def test_films_in_a_collection_stay_in_the_list(serve: Serve, flavour: Flavour) -> None:
    """Trap 2."""
    _, jellyfin = serve(flavour, collections={"Boxed": ["Film (2020)"]})
    assert {item.kind for item in all_items(jellyfin).values()} == {"Movie", "Episode"}
    assert named(jellyfin, "Film")


def test_no_list_is_filtered_by_having_subtitles(serve: Serve) -> None:
    """Trap 3: such a filter reads the whole library into memory on 10.11."""
    server, jellyfin = serve(V10_11)
    item = named(jellyfin, "Film")
    jellyfin.item(item.id)
    lists = server.requests("GET", "^/Items$")
    assert lists
    assert all("hassubtitles" not in str(one.query).lower() for one in lists)


@FLAVOURS
def test_every_version_of_a_film_is_a_source_of_its_primary(serve: Serve, flavour: Flavour) -> None:
    """Trap 4: and an upload to the other version lands on it."""
    server, jellyfin = serve(flavour)
    item = named(jellyfin, "Two")
    primary, other = item.sources
    assert primary.id == item.id == other.item
    upload(jellyfin, other.id)
    assert len(sidecars(reread(server, jellyfin, other))) == 1
    assert sidecars(reread(server, jellyfin, primary)) == []
    total = sum(len(one.sources) for one in all_items(jellyfin).values())
    assert total == 4


@FLAVOURS
def test_a_second_upload_is_a_numbered_copy_that_is_ours_by_name(
    serve: Serve, flavour: Flavour
) -> None:
    """Trap 8."""
    server, jellyfin = serve(flavour)
    source = named(jellyfin, "Film").sources[0]
    for _ in range(3):
        upload(jellyfin, source.id)
    found = sidecars(reread(server, jellyfin, source))
    expected = expected_name(
        source.path, "subtide", "en", forced=False, hearing_impaired=False, format="srt"
    )
    paths = [track.path or "" for track in found]
    assert len(paths) == 3
    assert expected in {file_name(path) for path in paths}
    assert all(is_ours_by_name(path, expected) for path in paths)


def test_read_only_media_fails_with_the_way_out_on_12(serve: Serve, root: Path) -> None:
    """Trap 9."""
    libraries = [Library(root / "movies", read_only=True)]
    _, jellyfin = serve(V12, libraries=libraries)
    with pytest.raises(ServerFailed, match="SaveSubtitlesWithMedia"):
        upload(jellyfin, named(jellyfin, "Film").id)


def test_read_only_media_falls_back_on_10_11(serve: Serve, root: Path) -> None:
    server, jellyfin = serve(V10_11, libraries=[Library(root / "movies", read_only=True)])
    source = named(jellyfin, "Film").sources[0]
    upload(jellyfin, source.id)
    assert len(sidecars(reread(server, jellyfin, source))) == 1


def test_10_11_7_takes_no_upload_and_its_update_is_the_fix(serve: Serve) -> None:
    """Trap 9, the other half."""
    _, jellyfin = serve(V10_11_7)
    with pytest.raises(ServerOutdated, match=r"10\.11\.8"):
        upload(jellyfin, named(jellyfin, "Film").id)


def test_an_accepted_upload_may_be_lost(serve: Serve) -> None:
    """Trap 10: nothing is raised, so whoever uploads must look."""
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    server.lose_uploads.add(source.id)
    upload(jellyfin, source.id)
    assert sidecars(reread(server, jellyfin, source)) == []


def test_a_sidecar_moves_every_index_but_no_ordinal(serve: Serve) -> None:
    """Trap 11."""
    server, jellyfin = serve()
    before = named(jellyfin, "Film").sources[0]
    upload(jellyfin, before.id)
    after = reread(server, jellyfin, before)
    assert [t.index for t in after.audio] == [t.index + 1 for t in before.audio]
    assert [t.ordinal for t in after.audio] == [t.ordinal for t in before.audio]
    assert stream_words(after) == stream_words(before)


@FLAVOURS
def test_the_server_s_flac_is_the_track_that_we_say_it_picks(
    serve: Serve, flavour: Flavour, tmp_path: Path
) -> None:
    """Trap 12."""
    _, jellyfin = serve(flavour)
    source = named(jellyfin, "Film").sources[0]
    picked = picked_by_server(source)
    assert picked is not None
    assert picked.ordinal == 1
    jellyfin.audio_flac(source, tmp_path / "a.flac", lambda _bytes: None)
    with av.open(str(tmp_path / "a.flac")) as file:
        frames = [frame.to_ndarray()[0] for frame in file.decode(audio=0)]
    wave = np.concatenate(frames).astype(np.float64)
    loudest = np.argmax(np.abs(np.fft.rfft(wave))) * RATE / len(wave)
    assert loudest == pytest.approx(1000.0, abs=2.0)
    assert len(wave) / RATE == pytest.approx(source.duration, abs=0.1)


@pytest.mark.parametrize("status", [502, 503, None])
def test_a_failed_post_is_never_sent_again(serve: Serve, status: int | None) -> None:
    """Trap 13."""
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    server.fail("POST", "Subtitles", status=status)
    with pytest.raises((ServerFailed, ServerStarting, ServerUnreachable)):
        upload(jellyfin, source.id)
    assert len(server.requests("", "Subtitles")) == 1


def test_an_upload_whose_answer_is_lost_has_arrived(serve: Serve) -> None:
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    server.fail("POST", "Subtitles", status=None, after=True)
    with pytest.raises(ServerUnreachable):
        upload(jellyfin, source.id)
    assert len(sidecars(reread(server, jellyfin, source))) == 1


def test_a_starting_server_is_not_ready(serve: Serve) -> None:
    """Trap 14."""
    server, jellyfin = serve()
    server.starting = True
    with pytest.raises(ServerStarting):
        jellyfin.ready()
    with pytest.raises(ServerStarting):
        jellyfin.libraries()
    server.starting = False
    assert jellyfin.ready().id == server.id


@FLAVOURS
def test_a_language_comes_back_as_it_was_written(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    version = jellyfin.ready().version
    source = named(jellyfin, "Film").sources[0]
    known = ["en", "de", "fr", "el", "pt", "pt-BR", "pt-PT", "zh", "cs", "fil", "hi", "fr-CA"]
    known += ["zh-Hans", "zh-Hant", "es-419", "zh-TW"] if version >= (10, 11) else []
    for tag in known:
        upload(jellyfin, source.id, upload_language("subtide", to_server(Language(tag), version)))
    found = sidecars(reread(server, jellyfin, source))
    read = {str(track.language) for track in found}
    assert read == set(known)
    assert {track.title.split(".")[0] for track in found} == {"subtide"}


@FLAVOURS
def test_a_subtitle_is_read_and_deleted(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    source = named(jellyfin, "Film").sources[0]
    upload(jellyfin, source.id)
    (track,) = sidecars(reread(server, jellyfin, source))
    assert b"Good evening." in jellyfin.subtitle(source, track.index, "srt")
    jellyfin.delete_subtitle(source.id, track.index)
    assert sidecars(reread(server, jellyfin, source)) == []
    with pytest.raises(BadRequest):
        jellyfin.delete_subtitle(source.id, track.index)


@FLAVOURS
def test_a_refresh_finds_a_sidecar_that_was_put_there(
    serve: Serve, flavour: Flavour, root: Path
) -> None:
    server, jellyfin = serve(flavour)
    source = named(jellyfin, "Film").sources[0]
    (root / "movies/Film (2020)/Film (2020).subtide.de.srt").write_bytes(SRT)
    jellyfin.refresh(source.id)
    (track,) = sidecars(reread(server, jellyfin, source))
    assert (track.language, track.title, track.text) == (Language("de"), "subtide", True)


def test_an_item_that_is_gone(serve: Serve) -> None:
    _, jellyfin = serve(V12)
    for call in (upload, Jellyfin.refresh):
        with pytest.raises(ItemGone):
            call(jellyfin, "0" * 31 + "1")
    assert jellyfin.item("0" * 31 + "1") is None
    with pytest.raises(MediaMissing):
        jellyfin.size("0" * 31 + "1")


@FLAVOURS
def test_the_file_and_its_ranges_have_one_fingerprint(
    serve: Serve, flavour: Flavour, root: Path
) -> None:
    _, jellyfin = serve(flavour)
    source = named(jellyfin, "Film").sources[0]
    path = MediaAccess([(str(root), root)]).local_path(source)
    assert path is not None
    data = path.read_bytes()
    assert jellyfin.size(source.id) == len(data) == source.size
    words = stream_words(source)
    here = fingerprint(lambda at, size: data[at : at + size], len(data), source.duration, words)
    there = fingerprint(
        lambda at, size: jellyfin.range(source.id, at, size), source.size, source.duration, words
    )
    assert here == there


def test_ranges_join_to_the_file_over_a_line_that_breaks(serve: Serve, film: Path) -> None:
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    server.fail("GET", "/stream", cut=10, times=2)
    step = 50_000
    parts = [jellyfin.range(source.id, at, step) for at in range(0, source.size + step, step)]
    assert b"".join(parts) == film.read_bytes()
    assert parts[-1] == b""


def test_a_wrong_key_is_rejected(serve: Serve, connect: Connect) -> None:
    server, _ = serve()
    stranger = connect(server.url, "f" * 32)
    with pytest.raises(KeyRejected):
        stranger.ready()
    with pytest.raises(KeyRejected):
        list(stranger.pages())


def test_a_user_who_is_no_administrator_may_upload_but_not_delete(
    serve: Serve, connect: Connect
) -> None:
    server, jellyfin = serve()
    session = server.door.login(HELPER.name, HELPER.password, PLAYER)
    assert session is not None
    helper = connect(server.url, session.token)
    source = named(jellyfin, "Film").sources[0]
    upload(helper, source.id)
    server.settle()
    with pytest.raises(Forbidden):
        helper.delete_subtitle(source.id, 0)


@pytest.mark.parametrize("redirects", [True, False])
def test_a_wrong_base_url_is_told(serve: Serve, connect: Connect, redirects: bool) -> None:  # noqa: FBT001
    server, jellyfin = serve(base="/jellyfin")
    server.redirects_strangers = redirects
    assert jellyfin.ready().id == server.id
    lost = connect(server.url.removesuffix("/jellyfin"), server.key)
    with pytest.raises(WrongAddress, match="base URL"):
        lost.ready()
    with pytest.raises(WrongAddress, match="base URL"):
        list(lost.pages())


def test_a_server_that_stops_and_comes_back(serve: Serve) -> None:
    server, jellyfin = serve()
    jellyfin.ready()
    server.stop()
    with pytest.raises(ServerUnreachable):
        jellyfin.ready()
    server.start()
    assert jellyfin.ready().id == server.id


def test_a_slow_server_is_not_waited_for_for_ever(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, jellyfin = serve()
    monkeypatch.setattr(routes, "LISTS", 0.2)
    gate = threading.Event()
    server.fail("GET", "^/Items$", gate=gate)
    try:
        with pytest.raises(ServerUnreachable, match="within"):
            list(jellyfin.pages())
    finally:
        gate.set()


def test_changes_since_a_time_of_the_server_s_clock_are_listed(serve: Serve) -> None:
    server, jellyfin = serve()
    (page,) = jellyfin.pages()
    item = named(jellyfin, "Film")
    upload(jellyfin, item.id)
    server.settle()
    changed = [one.id for more in jellyfin.pages(changed_since=page.server_time)
               for one in more.items]  # fmt: skip
    assert item.id in changed


def test_a_library_is_listed_alone(serve: Serve) -> None:
    _, jellyfin = serve()
    (shows,) = [one for one in jellyfin.libraries() if one.kind == "tvshows"]
    (page,) = jellyfin.pages(library=shows.id)
    assert [item.kind for item in page.items] == ["Episode"]
    with pytest.raises(BadRequest):
        list(jellyfin.pages(library="f" * 32))
