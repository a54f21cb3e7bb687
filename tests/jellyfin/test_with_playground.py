"""The client against a whole server, version by version; the traps have a file of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scripted import Connect
from served import FLAVOURS, SRT, Serve, named, reread, sidecars, upload

from subtide.errors import (
    ItemGone,
    KeyRejected,
    MediaMissing,
    ServerUnreachable,
)
from subtide.jellyfin import routes
from subtide.jellyfin.answers import BadRequest
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.codes import to_server
from subtide.jellyfin.media import MediaAccess, fingerprint, stream_words
from subtide.jellyfin.sidecars import upload_language
from subtide.languages import Language
from subtide.playground.flavour import V12, Flavour


def test_an_upload_whose_answer_is_lost_has_arrived(serve: Serve) -> None:
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    server.fail("POST", "Subtitles", status=None, after=True)
    with pytest.raises(ServerUnreachable):
        upload(jellyfin, source.id)
    assert len(sidecars(reread(server, jellyfin, source))) == 1


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


def test_many_threads_read_stream_and_write_at_once(
    serve: Serve, film: Path, tmp_path: Path
) -> None:
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    whole = film.read_bytes()

    def work(number: int) -> None:
        at = number * 7001
        assert jellyfin.range(source.id, at, 5000) == whole[at : at + 5000]
        jellyfin.audio_flac(source, tmp_path / f"{number}.flac", lambda _bytes: None)
        upload(jellyfin, source.id, f"subtide{number}.en")
        found = jellyfin.item(source.item)
        assert found is not None
        assert found.id == source.item

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    assert len({path.read_bytes() for path in tmp_path.glob("*.flac")}) == 1
    titles = {track.title for track in sidecars(reread(server, jellyfin, source))}
    assert titles == {f"subtide{number}" for number in range(16)}


def test_a_wrong_key_is_rejected(serve: Serve, connect: Connect) -> None:
    server, _ = serve()
    stranger = connect(server.url, "f" * 32)
    with pytest.raises(KeyRejected):
        stranger.ready()
    with pytest.raises(KeyRejected):
        list(stranger.listing().pages())


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
            list(jellyfin.listing().pages())
    finally:
        gate.set()


def test_changes_since_a_time_of_the_server_s_clock_are_listed(serve: Serve) -> None:
    server, jellyfin = serve()
    before = jellyfin.listing()
    list(before.pages())
    item = named(jellyfin, "Film")
    upload(jellyfin, item.id)
    server.settle()
    changed = jellyfin.listing(changed_since=before.began)
    list(changed.pages())
    assert item.id in changed.ids


def test_a_library_is_listed_alone(serve: Serve) -> None:
    _, jellyfin = serve()
    (shows,) = [one for one in jellyfin.libraries() if one.kind == "tvshows"]
    (page,) = jellyfin.listing(library=shows.id).pages()
    assert [item.kind for item in jellyfin.items([entry.id for entry in page])] == ["Episode"]
    with pytest.raises(BadRequest):
        list(jellyfin.listing(library="f" * 32).pages())
