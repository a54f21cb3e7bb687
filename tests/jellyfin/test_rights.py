"""Who asks, what they may do, and what a user who is no administrator still gets."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from scripted import KEY, Connect, Reply, Script, ok, page, plain, problem
from served import FLAVOURS, Serve, named, sign_in, upload

from subtide.errors import Forbidden, KeyRejected, ServerFailed, SubtideError
from subtide.jellyfin.answers import Library, Rights
from subtide.jellyfin.client import Jellyfin
from subtide.playground.auth import ADMIN, HELPER, User
from subtide.playground.flavour import Flavour

QUIET = User("quiet", "pw")
FILMS, SHOWS = "f137a2dd21bbc1b99aa5c0f6bf02a805", "e137a2dd21bbc1b99aa5c0f6bf02a805"
VIEWS = ok(
    {
        "Items": [
            {"Name": "Films", "Id": FILMS, "CollectionType": "movies", "Type": "CollectionFolder"},
            {"Name": "Shows", "Id": SHOWS, "CollectionType": None, "Type": "CollectionFolder"},
        ],
        "TotalRecordCount": 2,
        "StartIndex": 0,
    }
)


def me(*, admin: bool = False, subtitles: bool = False) -> Reply:
    policy = {"IsAdministrator": admin, "EnableSubtitleManagement": subtitles}
    return ok({"Id": "u" * 32, "Name": "anna", "Policy": policy})


def delete(jellyfin: Jellyfin, source_id: str) -> None:
    jellyfin.delete_subtitle(source_id, 0)


@FLAVOURS
def test_each_kind_of_asker_is_known_with_their_rights(
    serve: Serve, connect: Connect, flavour: Flavour
) -> None:
    server, jellyfin = serve(flavour, users=(ADMIN, HELPER, QUIET))
    assert jellyfin.rights() == Rights(None, "", admin=True, subtitles=True)
    found = {
        user.name: connect(server.url, sign_in(server, user)).rights()
        for user in (ADMIN, HELPER, QUIET)
    }
    assert found == {
        "admin": Rights(ADMIN.id, "admin", admin=True, subtitles=True),
        "helper": Rights(HELPER.id, "helper", admin=False, subtitles=True),
        "quiet": Rights(QUIET.id, "quiet", admin=False, subtitles=False),
    }


@pytest.mark.parametrize("refusal", [problem(400), plain(400)])
def test_whom_the_server_does_not_know_as_a_user_is_an_api_key(
    script: Script, jellyfin: Jellyfin, refusal: Reply
) -> None:
    script.says(refusal)
    assert jellyfin.rights() == Rights(None, "", admin=True, subtitles=True)


def test_the_server_is_asked_once(script: Script, jellyfin: Jellyfin) -> None:
    script.says(me())
    assert jellyfin.rights() is jellyfin.rights()
    assert [request.path for request in script.requests] == ["/Users/Me"]


def test_many_threads_learn_the_same(script: Script, jellyfin: Jellyfin) -> None:
    script.says(me(subtitles=True))
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _number: jellyfin.rights(), range(40)))
    assert found == {Rights("u" * 32, "anna", admin=False, subtitles=True)}


@pytest.mark.parametrize(
    ("reply", "error"), [(plain(500), ServerFailed), (Reply(401), KeyRejected)]
)
def test_only_an_answer_is_remembered(
    script: Script, jellyfin: Jellyfin, reply: Reply, error: type[SubtideError]
) -> None:
    script.says(reply, me(admin=True))
    with pytest.raises(error):
        jellyfin.rights()
    assert jellyfin.rights().admin


def test_a_refusal_names_the_user_who_lacks_the_right(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(403))
    with pytest.raises(Forbidden, match="the key may not DELETE"):
        delete(jellyfin, "a" * 32)
    script.says(me(subtitles=True), Reply(403))
    jellyfin.rights()
    for call in (delete, Jellyfin.refresh):
        with pytest.raises(Forbidden) as caught:
            call(jellyfin, "a" * 32)
        assert "anna, who is no administrator, may not" in caught.value.what
        assert "API key" in caught.value.fix
        assert "administrator" in caught.value.fix


def test_a_stream_names_them_too(script: Script, jellyfin: Jellyfin) -> None:
    script.says(me(), Reply(403))
    jellyfin.rights()
    with pytest.raises(Forbidden, match="anna"), jellyfin.transport.stream("Audio/x/stream", {}):
        pass


@FLAVOURS
def test_a_helper_uploads_but_neither_deletes_nor_refreshes(
    serve: Serve, connect: Connect, flavour: Flavour
) -> None:
    server, jellyfin = serve(flavour)
    helper = connect(server.url, sign_in(server, HELPER))
    source = named(jellyfin, "Film").sources[0]
    upload(helper, source.id)
    server.settle()
    for call in (delete, Jellyfin.refresh):
        with pytest.raises(Forbidden):
            call(helper, source.id)


# libraries


def test_a_user_gets_the_libraries_that_they_see(script: Script, jellyfin: Jellyfin) -> None:
    script.says(me(), VIEWS)
    films, shows = jellyfin.libraries()
    usual: dict[str, Any] = {"save_with_media": True, "embedded_titles": False, "enabled": True}
    assert films == Library(FILMS, "Films", "movies", (), **usual)
    assert shows == Library(SHOWS, "Shows", "mixed", (), **usual)
    assert [request.path for request in script.requests] == ["/Users/Me", "/UserViews"]
    assert script.requests[-1].query == {
        "userId": "u" * 32,
        "includeHidden": "true",
        "includeExternalContent": "false",
    }


def test_an_administrator_s_sign_in_gets_the_libraries_that_they_see_with_their_folders(
    script: Script, jellyfin: Jellyfin
) -> None:
    hidden = {"ItemId": "f" * 32, "Name": "Hidden", "Locations": ["/hidden"]}
    seen = {"ItemId": FILMS, "Name": "Films", "CollectionType": "movies", "Locations": ["/films"]}
    script.says(me(admin=True), ok([hidden, seen]), VIEWS)
    films, shows = jellyfin.libraries()
    assert (films.id, films.folders) == (FILMS, ("/films",))
    assert (shows.id, shows.folders) == (SHOWS, ())


@FLAVOURS
def test_the_libraries_of_a_user_are_those_that_the_administrator_has(
    serve: Serve, connect: Connect, flavour: Flavour
) -> None:
    server, jellyfin = serve(flavour)
    helper = connect(server.url, sign_in(server, HELPER))
    seen, all_of_them = (
        {(one.id, one.name, one.kind) for one in client.libraries()}
        for client in (helper, jellyfin)
    )
    assert seen == all_of_them
    films = next(one for one in helper.libraries() if one.kind == "movies")
    (page,) = helper.listing(library=films.id).pages()
    found = {item.kind for item in helper.items([entry.id for entry in page])}
    assert found >= {"Movie"}
    assert found.isdisjoint({"Episode"})


@pytest.mark.parametrize("asker", [me(admin=True), problem(400)])
def test_a_refusal_that_no_lack_of_rights_explains_is_raised(
    script: Script, jellyfin: Jellyfin, asker: Reply
) -> None:
    script.says(asker, Reply(403))
    with pytest.raises(Forbidden, match="VirtualFolders"):
        jellyfin.libraries()


# secrets


def test_the_key_is_in_no_log_whatever_happens(
    script: Script, jellyfin: Jellyfin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for reply in (me(), Reply(401), Reply(403), page(302), plain(400, KEY), plain(500, KEY),
                  plain(502, KEY), ok({"version": KEY})):  # fmt: skip
        script.says(reply)
        for call in (
            jellyfin.rights,
            jellyfin.ready,
            jellyfin.libraries,
            lambda: upload(jellyfin, "a"),
        ):
            try:
                told.append(repr(call()))
            except SubtideError as error:
                told += [repr(error), str(error), repr(error.__cause__), repr(error.__context__)]
    assert caplog.records, "what the connections log was heard"
    logged = [record.getMessage() for record in caplog.records]
    assert KEY not in json.dumps(told + logged)
    assert all(KEY not in request.path + str(request.query) for request in script.requests)
