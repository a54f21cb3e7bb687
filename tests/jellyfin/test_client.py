"""What the client asks of a server, and what it makes of bad answers."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from scripted import KEY, PUBLIC, Connect, Reply, Script, ok, page, plain, problem

from subtide.errors import (
    BrokenAnswer,
    Forbidden,
    ItemGone,
    KeyRejected,
    ServerFailed,
    ServerOutdated,
    ServerStarting,
    ServerUnreachable,
    SubtideError,
    UploadRefused,
    WrongAddress,
)
from subtide.jellyfin.answers import BadRequest
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.uploads import LARGEST

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
A, B, C = "a" * 32, "b" * 32, "c" * 32


def film(item_id: str, *sources: str, **facts: object) -> dict[str, Any]:
    infos = [{"Id": source, "Path": f"/m/{source}.mkv"} for source in sources or (item_id,)]
    return {"Id": item_id, "Type": "Movie", "MediaSources": infos, **facts}


def listing(*films: dict[str, Any], total: int | None = None, **headers: str) -> Reply:
    count = len(films) if total is None else total
    return ok({"Items": list(films), "TotalRecordCount": count}, **headers)


def upload(jellyfin: Jellyfin, data: bytes = b"1\n") -> None:
    jellyfin.upload(
        A,
        language_label="subtide.en",
        format="srt",
        data=data,
        forced=False,
        hearing_impaired=True,
    )


# ready


def test_a_ready_server_says_who_it_is(script: Script, jellyfin: Jellyfin) -> None:
    script.says(ok(PUBLIC))
    info = jellyfin.ready()
    assert (info.id, info.name) == (PUBLIC["Id"], "nas")
    assert (info.version, info.version_text) == ((12, 4, 0), "12.4.0")
    assert [request.path for request in script.requests] == ["/System/Info/Public", "/System/Info"]


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([page(503, Retry_After="005")], ServerStarting),
        ([ok({"version": "12.4.0", "startupWizardCompleted": False})], ServerStarting),
        ([ok(PUBLIC), page(503)], ServerStarting),
        ([ok(PUBLIC), Reply(401)], KeyRejected),
        ([ok(PUBLIC), Reply(403)], Forbidden),
        ([page(302, Location="/web/")], WrongAddress),
        ([Reply(404)], WrongAddress),
        ([page()], WrongAddress),
        ([ok({"hello": "world"})], WrongAddress),
        ([ok({**PUBLIC, "Id": 5})], BrokenAnswer),
        ([plain(500)], ServerFailed),
    ],
)
def test_a_server_that_is_not_ready_says_why_without_retries(
    script: Script,
    jellyfin: Jellyfin,
    naps: list[float],
    replies: list[Reply],
    error: type[Exception],
) -> None:
    script.says(*replies)
    with pytest.raises(error):
        jellyfin.ready()
    assert len(script.requests) == len(replies)
    assert naps == []


def test_a_server_that_is_gone_is_unreachable_at_once(connect: Connect, naps: list[float]) -> None:
    with pytest.raises(ServerUnreachable):
        connect("http://127.0.0.1:1").ready()
    assert naps == []


# items


def test_items_are_asked_for_a_hundred_at_a_time(script: Script, jellyfin: Jellyfin) -> None:
    script.says(listing(film(A)), listing(film(B)))
    found = jellyfin.items([f"{number:032x}" for number in range(150)])
    assert [item.id for item in found] == [A, B]
    assert [len(one.query["ids"].split(",")) for one in script.requests] == [100, 50]
    assert script.requests[0].query["collapseBoxSetItems"] == "false"


def test_no_ids_ask_nothing(script: Script, jellyfin: Jellyfin) -> None:
    assert jellyfin.items([]) == ()
    assert jellyfin.items(["", "../users", "a,b"]) == ()
    assert script.requests == []


def test_ids_are_written_as_the_server_does(script: Script, jellyfin: Jellyfin) -> None:
    script.says(listing())
    jellyfin.items(["0B8C1F6D-5E3A-4C5F-9A7B-6C5D4E3F2A10", "0b8c1f6d5e3a4c5f9a7b6c5d4e3f2a10"])
    assert script.requests[0].query["ids"] == "0b8c1f6d5e3a4c5f9a7b6c5d4e3f2a10"


def test_one_item_is_there_or_not(script: Script, jellyfin: Jellyfin) -> None:
    script.says(listing(film(A)))
    found = jellyfin.item(A)
    assert found is not None
    assert found.id == A
    assert script.requests[0].path == "/Items"
    script.says(listing())
    assert jellyfin.item(B) is None


# subtitles


def test_a_subtitle_is_read_by_its_version_s_own_id(script: Script, jellyfin: Jellyfin) -> None:
    script.says(listing(film(A, A, B)))
    item = jellyfin.item(A)
    assert item is not None
    script.says(Reply(body=b"\xef\xbb\xbf1\r\n"))
    assert jellyfin.subtitle(item.sources[1], 3, "srt") == b"\xef\xbb\xbf1\r\n"
    assert script.requests[-1].path == f"/Videos/{B}/{B}/Subtitles/3/Stream.srt"


def test_an_upload_sends_all_five_fields(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(204))
    upload(jellyfin, "né".encode())
    (request,) = script.requests
    assert (request.method, request.path) == ("POST", f"/Videos/{A}/Subtitles")
    assert json.loads(request.body) == {
        "Language": "subtide.en",
        "Format": "srt",
        "IsForced": False,
        "IsHearingImpaired": True,
        "Data": base64.b64encode("né".encode()).decode(),
    }


def test_10_11_7_refuses_uploads_and_the_fix_is_its_update(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(plain(400), ok({**PUBLIC, "Version": "10.11.7"}))
    with pytest.raises(ServerOutdated, match=r"update Jellyfin to 10\.11\.8 or newer"):
        upload(jellyfin)


def test_another_refusal_quotes_the_server(script: Script, jellyfin: Jellyfin) -> None:
    script.says(plain(400, "Invalid subtitle format: exe"), ok(PUBLIC))
    with pytest.raises(UploadRefused, match="Invalid subtitle format: exe"):
        upload(jellyfin)


def test_a_failed_write_names_the_option_for_read_only_media(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(plain(500))
    with pytest.raises(ServerFailed, match="SaveSubtitlesWithMedia"):
        upload(jellyfin)
    assert len(script.requests) == 1


def test_a_proxy_s_502_says_nothing_of_read_only_media(script: Script, jellyfin: Jellyfin) -> None:
    script.says(page(502))
    with pytest.raises(ServerFailed) as caught:
        upload(jellyfin)
    assert "SaveSubtitlesWithMedia" not in str(caught.value)


def test_an_upload_to_an_item_that_is_gone(script: Script, jellyfin: Jellyfin) -> None:
    script.says(problem(404))
    with pytest.raises(ItemGone):
        upload(jellyfin)


def test_a_login_page_is_no_accepted_upload(script: Script, jellyfin: Jellyfin) -> None:
    script.says(page())
    with pytest.raises(WrongAddress, match="web page"):
        upload(jellyfin)
    script.says(ok({}))
    with pytest.raises(BrokenAnswer, match="204"):
        upload(jellyfin)


def test_a_login_page_is_no_subtitle(script: Script, jellyfin: Jellyfin) -> None:
    script.says(listing(film(A)), page())
    item = jellyfin.item(A)
    assert item is not None
    with pytest.raises(WrongAddress, match="web page"):
        jellyfin.subtitle(item.sources[0], 0, "srt")


def test_empty_and_huge_subtitles_never_leave(script: Script, jellyfin: Jellyfin) -> None:
    for data in (b"", b"x" * (LARGEST + 1)):
        with pytest.raises(UploadRefused):
            upload(jellyfin, data)
    assert script.requests == []
    assert LARGEST * 4 / 3 < 30_000_000


def test_a_delete_goes_to_the_index(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(204))
    jellyfin.delete_subtitle(A, 2)
    (request,) = script.requests
    assert (request.method, request.path) == ("DELETE", f"/Videos/{A}/Subtitles/2")


def test_an_embedded_subtitle_is_not_deleted(script: Script, jellyfin: Jellyfin) -> None:
    script.says(plain(400))
    with pytest.raises(BadRequest):
        jellyfin.delete_subtitle(A, 3)


def test_a_refresh_only_validates(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(204))
    jellyfin.refresh(A)
    (request,) = script.requests
    assert (request.method, request.path) == ("POST", f"/Items/{A}/Refresh")
    assert request.query == {"metadataRefreshMode": "ValidationOnly"}


def test_an_id_cannot_lead_to_another_path(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(204))
    jellyfin.refresh("../../System/Restart?x=1")
    assert script.requests[0].path == "/Items/systemrestartx1/Refresh"


def test_no_error_holds_the_key(script: Script, jellyfin: Jellyfin) -> None:
    for reply in (Reply(401), Reply(403), plain(500, KEY), page(302), plain(400, KEY)):
        script.says(reply)
        with pytest.raises(SubtideError) as caught:
            jellyfin.libraries()
        assert KEY not in str(caught.value)
