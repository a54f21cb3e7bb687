"""Uploads in the playground: what is saved, where, and when it is seen."""

import os
import threading
from pathlib import Path

import pytest
from playground_client import FILM, FLAGS, Client, Open

from subtide.playground.flavour import V10_11, V10_11_7, V12
from subtide.playground.tree import Library, libraries_below


def test_an_upload_is_seen_only_when_the_queue_came_to_it(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    gate = threading.Event()
    server.queue.add(gate.wait)
    saved = (root / FILM).with_suffix(".eng.srt")
    data = {"Language": "eng", "Format": "srt", "Data": "MQ==", **FLAGS}
    assert client.ask("POST", f"/Videos/{film}/Subtitles", json=data).status_code == 204
    saved.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n", encoding="utf-8")
    assert client.sidecars(film) == []
    gate.set()
    server.settle()
    assert client.sidecars(film) == ["Film (2020).eng.srt"]


def test_uploads_never_overwrite(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    assert [client.upload(film) for _ in range(3)] == [204, 204, 204]
    names = ["Film (2020).eng.0.srt", "Film (2020).eng.1.srt", "Film (2020).eng.srt"]
    assert client.sidecars(film) == names


def test_indexes_shift_when_a_sidecar_appears(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")

    def places() -> list[int]:
        streams = client.items(f"ids={film}")[0]["MediaSources"][0]["MediaStreams"]
        return [s["Index"] for s in streams if s["Type"] == "Audio"]

    assert places() == [1, 2]
    client.upload(film)
    assert places() == [2, 3]


def test_delete_is_done_when_it_is_answered(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    client.upload(film)
    server.queue.add(threading.Event().wait, seconds=60)
    assert client.ask("DELETE", f"/Videos/{film}/Subtitles/0").status_code == 204
    assert client.sidecars(film) == []
    assert not (root / FILM).with_suffix(".eng.srt").exists()


@pytest.mark.parametrize("index", ["0", "-1", "7", "1"])
def test_delete_of_anything_but_a_sidecar_is_refused(
    playground: Open, root: Path, index: str
) -> None:
    server = playground(root, request_check=None)
    client = Client(server, server.key)
    answer = client.ask("DELETE", f"/Videos/{client.id_of('Film')}/Subtitles/{index}")
    assert answer.status_code == 400


def test_lost_uploads_look_like_any_other(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    server.lose_uploads.add(film)
    assert client.upload(film) == 204
    assert client.sidecars(film) == []
    server.lose_uploads.clear()
    assert client.upload(film) == 204
    assert client.sidecars(film) == ["Film (2020).eng.srt"]


def test_a_doubled_slash_in_the_library_path_loses_uploads(playground: Open, root: Path) -> None:
    library = Library(root / "Movies", location="/media//Movies")
    server = playground(root, libraries=[library])
    client = Client(server, server.key)
    assert client.upload(client.id_of("Film")) == 204
    assert list((root / FILM).parent.glob("*.srt")) == []


def read_only(root: Path) -> list[Library]:
    libraries = libraries_below(root)
    libraries[0].read_only = True
    return libraries


def test_12_fails_on_read_only_media(playground: Open, root: Path) -> None:
    server = playground(root, V12, libraries=read_only(root))
    client = Client(server, server.key)
    assert client.upload(client.id_of("Film")) == 500


def test_10_11_falls_back_to_its_own_folder(playground: Open, root: Path) -> None:
    server = playground(root, V10_11, libraries=read_only(root))
    client = Client(server, server.key)
    film = client.id_of("Film")
    assert client.upload(film) == 204
    assert client.sidecars(film) == ["Film (2020).eng.srt"]
    assert (server.catalogue.metadata_folder(film) / "Film (2020).eng.srt").exists()
    assert client.ask("DELETE", f"/Videos/{film}/Subtitles/0").status_code == 204
    assert client.sidecars(film) == []


def test_an_option_sends_uploads_to_the_servers_own_folder(playground: Open, root: Path) -> None:
    server = playground(root, V12, libraries=read_only(root))
    client = Client(server, server.key)
    folder = client.ask("GET", "/Library/VirtualFolders").json()[0]
    options = {**folder["LibraryOptions"], "SaveSubtitlesWithMedia": False}
    body = {"Id": folder["ItemId"], "LibraryOptions": options}
    path = "/Library/VirtualFolders/LibraryOptions"
    assert client.ask("POST", path, json=body).status_code == 204
    film = client.id_of("Film")
    assert client.upload(film) == 204
    assert client.sidecars(film) == ["Film (2020).eng.srt"]
    unknown = {**body, "Id": "0" * 32}
    assert client.ask("POST", path, json=unknown).status_code == 404


def test_10_11_7_refuses_every_upload(playground: Open, root: Path) -> None:
    server = playground(root, V10_11_7)
    client = Client(server, server.key)
    assert client.upload(client.id_of("Film")) == 400


def test_a_series_takes_no_subtitle(playground: Open, root: Path, made: Path) -> None:
    episode = root / "TV" / "Show" / "Season 01" / "Show S01E01.mkv"
    episode.parent.mkdir(parents=True)
    os.link(made, episode)
    server = playground(root)
    series = next(i for i in server.catalogue.items.values() if i.kind == "Series")
    assert Client(server, server.key).upload(series.id) == 404


def test_a_body_over_the_limit_fails(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    assert client.upload(client.id_of("Film"), text="x" * 23_000_000) == 500


def test_a_changed_sidecar_is_served_at_once_with_the_same_etag(
    playground: Open, root: Path
) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    client.upload(film)
    etag = client.items(f"ids={film}")[0]["Etag"]
    (root / FILM).with_suffix(".eng.srt").write_text("changed", encoding="utf-8")
    answer = client.ask("GET", f"/Videos/{film}/{film}/Subtitles/0/Stream.srt")
    assert answer.text == "changed"
    assert client.items(f"ids={film}")[0]["Etag"] == etag
