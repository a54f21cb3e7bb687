"""The traps of real servers, each by its name: a client that falls into one fails here.

``ELSEWHERE`` names the tests of the traps whose rule is kept by another room.
"""

from pathlib import Path

import av
import numpy as np
import pytest
from scripted import KEY, Connect, Reply, Script, ok, page, plain, problem
from served import (
    FLAVOURS,
    RATE,
    Serve,
    all_items,
    named,
    reread,
    sidecars,
    sign_in,
    upload,
)

from subtide.errors import (
    KeyRejected,
    ServerFailed,
    ServerOutdated,
    ServerStarting,
    ServerUnreachable,
    WrongAddress,
)
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.destination import EVENTS
from subtide.jellyfin.media import picked_by_server, stream_words
from subtide.jellyfin.sidecars import expected_name, file_name, is_ours_by_name
from subtide.playground.auth import HELPER
from subtide.playground.flavour import V10_11, V10_11_7, V12, Flavour
from subtide.playground.tree import Library

TESTS = Path(__file__).parents[1]
ELSEWHERE = {
    "an accepted upload may be lost": "test_an_upload_that_is_not_saved_is_written_beside",
    "a second upload makes a second file": "test_a_second_run_finds_it_and_uploads_nothing",
    "a foreign file under the expected name": "test_a_foreign_file_of_our_name_stays",
    "a key's socket never hears of changes": "test_a_library_scan_is_heard_with_a_key",
    "new items are told before they are probed": "test_an_item_that_was_not_probed_yet",
    "new items are told twice": "test_the_same_event_twice_is_one_look",
}
"""A trap that a stage has to step around, and how its test begins."""


@FLAVOURS
def test_trap_only_one_form_of_authorization_opens_every_version(
    serve: Serve, connect: Connect, flavour: Flavour
) -> None:
    server, jellyfin = serve(flavour)
    for client in (jellyfin, connect(server.url, sign_in(server, HELPER))):
        assert client.ready().version_text == flavour.version
        assert len(all_items(client)) == 3
    assert {library.kind for library in jellyfin.libraries()} == {"movies", "tvshows"}


@FLAVOURS
def test_trap_films_in_a_collection_vanish_from_a_list(serve: Serve, flavour: Flavour) -> None:
    _, jellyfin = serve(flavour, collections={"Boxed": ["Film (2020)"]})
    assert {item.kind for item in all_items(jellyfin).values()} == {"Movie", "Episode"}
    assert named(jellyfin, "Film")


def test_trap_a_filter_by_subtitles_reads_the_whole_library_into_memory(serve: Serve) -> None:
    server, jellyfin = serve(V10_11)
    jellyfin.item(named(jellyfin, "Film").id)
    lists = server.requests("GET", "^/Items$")
    assert lists
    assert all("hassubtitles" not in str(one.query).lower() for one in lists)


@FLAVOURS
def test_trap_only_the_primary_of_several_versions_is_listed(
    serve: Serve, flavour: Flavour
) -> None:
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
def test_trap_an_api_key_has_no_user_to_whom_changes_are_told(
    serve: Serve, connect: Connect, flavour: Flavour
) -> None:
    """Only a socket with a user's token hears LibraryChanged, so who asks must be known."""
    server, jellyfin = serve(flavour)
    assert jellyfin.rights().user is None
    assert connect(server.url, sign_in(server, HELPER)).rights().user == HELPER.id


def test_trap_some_events_of_the_webhook_plugin_are_never_sent() -> None:
    assert set(EVENTS).isdisjoint({"TaskCompleted", "SubtitleDownloadFailure", "PendingRestart"})


@FLAVOURS
def test_trap_a_second_upload_is_a_numbered_copy(serve: Serve, flavour: Flavour) -> None:
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


def test_trap_12_saves_nothing_beside_read_only_media(serve: Serve, root: Path) -> None:
    _, jellyfin = serve(V12, libraries=[Library(root / "movies", read_only=True)])
    with pytest.raises(ServerFailed, match="SaveSubtitlesWithMedia"):
        upload(jellyfin, named(jellyfin, "Film").id)


def test_trap_older_servers_save_beside_the_metadata_instead(serve: Serve, root: Path) -> None:
    server, jellyfin = serve(V10_11, libraries=[Library(root / "movies", read_only=True)])
    source = named(jellyfin, "Film").sources[0]
    upload(jellyfin, source.id)
    assert len(sidecars(reread(server, jellyfin, source))) == 1


def test_trap_10_11_7_refuses_every_upload(serve: Serve) -> None:
    _, jellyfin = serve(V10_11_7)
    with pytest.raises(ServerOutdated, match=r"10\.11\.8"):
        upload(jellyfin, named(jellyfin, "Film").id)


def test_trap_an_accepted_upload_may_be_lost(serve: Serve) -> None:
    """Nothing is raised, so whoever uploads must look; publish does."""
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    server.lose_uploads.add(source.id)
    upload(jellyfin, source.id)
    assert sidecars(reread(server, jellyfin, source)) == []


@FLAVOURS
def test_trap_a_sidecar_moves_every_index(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    before = named(jellyfin, "Film").sources[0]
    upload(jellyfin, before.id)
    after = reread(server, jellyfin, before)
    assert [t.index for t in after.audio] == [t.index + 1 for t in before.audio]
    assert [t.ordinal for t in after.audio] == [t.ordinal for t in before.audio]
    assert stream_words(after) == stream_words(before)


@FLAVOURS
def test_trap_the_server_ignores_which_audio_track_was_asked_for(
    serve: Serve, flavour: Flavour, tmp_path: Path
) -> None:
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


@pytest.mark.parametrize("status", [500, 502, 503, None])
def test_trap_a_post_that_is_sent_again_makes_a_second_file(
    serve: Serve, status: int | None
) -> None:
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    server.fail("POST", "Subtitles", status=status)
    with pytest.raises((ServerFailed, ServerStarting, ServerUnreachable)):
        upload(jellyfin, source.id)
    assert [one.method for one in server.requests("", "Subtitles")] == ["POST"]


def test_trap_a_500_is_no_empty_answer(serve: Serve) -> None:
    server, jellyfin = serve()
    source = named(jellyfin, "Film").sources[0]
    for method, call in (("GET", jellyfin.libraries), ("POST", lambda: jellyfin.refresh(source.id)),
                         ("DELETE", lambda: jellyfin.delete_subtitle(source.id, 0))):  # fmt: skip
        server.fail(method, "/", status=500)
        with pytest.raises(ServerFailed):
            call()


def test_trap_a_401_takes_no_key_away(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(401), Reply(400), ok([]))
    with pytest.raises(KeyRejected):
        jellyfin.libraries()
    jellyfin.libraries()
    assert KEY in script.requests[1].headers["authorization"]


@FLAVOURS
def test_trap_a_starting_server_answers_nearly_as_a_ready_one(
    serve: Serve, flavour: Flavour
) -> None:
    server, jellyfin = serve(flavour)
    server.starting = True
    assert jellyfin.transport.send("GET", "health").status == 200
    assert jellyfin.transport.send("GET", "System/Info/Public").status == 200
    with pytest.raises(ServerStarting):
        jellyfin.ready()
    server.starting = False
    assert jellyfin.ready().id == server.id


def test_trap_camel_case_is_a_server_that_starts(script: Script, jellyfin: Jellyfin) -> None:
    script.says(ok({"version": "12.4.0", "id": "1", "startupWizardCompleted": True}))
    with pytest.raises(ServerStarting):
        jellyfin.ready()


@pytest.mark.parametrize("redirects", [True, False])
@pytest.mark.parametrize("base", ["", "/jellyfin/jellyfin"])
def test_trap_a_wrong_base_url_leads_to_a_page_or_nowhere(
    serve: Serve,
    connect: Connect,
    base: str,
    redirects: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Left out, or written twice."""
    server, jellyfin = serve(base="/jellyfin", request_check=None)
    server.redirects_strangers = redirects
    assert jellyfin.ready().id == server.id
    lost = connect(server.url.removesuffix("/jellyfin") + base, server.key)
    for call in (lost.ready, lost.libraries, lambda: list(lost.listing().pages())):
        with pytest.raises(WrongAddress, match="base URL"):
            call()
    assert not server.requests("GET", "/web"), "no redirect is followed"


@pytest.mark.parametrize("reply", [Reply(404), problem(404), plain(404), page(404)])
def test_trap_a_404_on_a_list_means_no_item_is_gone(
    script: Script, jellyfin: Jellyfin, reply: Reply
) -> None:
    script.says(reply)
    for call in (lambda: jellyfin.item("a" * 32), lambda: list(jellyfin.listing().pages())):
        with pytest.raises(WrongAddress):
            call()


@pytest.mark.parametrize("reply", [page(200), plain(200, "hello"), Reply(200)])
def test_trap_a_200_may_come_from_something_else(
    script: Script, jellyfin: Jellyfin, reply: Reply
) -> None:
    script.says(reply)
    for call in (jellyfin.ready, jellyfin.libraries, lambda: list(jellyfin.listing().pages())):
        with pytest.raises(WrongAddress):
            call()


@pytest.mark.parametrize("beginning", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_trap_of_another_room_has_its_test_there(beginning: str) -> None:
    found = [path for path in TESTS.rglob("test_*.py") if f"def {beginning}" in path.read_text()]
    assert len(found) == 1
