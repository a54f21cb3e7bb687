"""The transport: what leaves, what is tried again, and what each answer means."""

import gzip
import pickle
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from scripted import KEY, PUBLIC, Connect, Reply, Script, ok, page, plain, problem, serve_script

from subtide.errors import (
    BrokenAnswer,
    Forbidden,
    ItemGone,
    KeyRejected,
    ServerFailed,
    ServerStarting,
    ServerUnreachable,
    SettingsError,
    SkipSource,
    SubtideError,
    WrongAddress,
)
from subtide.jellyfin import routes, transport
from subtide.jellyfin.catalogue import Catalogue
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.transport import Transport

EMPTY = ok({"Items": [], "TotalRecordCount": 0})
TLS = Path(__file__).parents[1] / "data/jellyfin/tls"
"""A root of our own, and a certificate that it gave 127.0.0.1; both for a hundred years."""


def ask(jellyfin: Jellyfin) -> None:
    """One GET that is tried again."""
    jellyfin.items(["a" * 32])


def test_the_key_leaves_in_the_authorization_header_alone(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(EMPTY)
    ask(jellyfin)
    (request,) = script.requests
    assert request.headers["authorization"] == (
        f'MediaBrowser Token="{KEY}", Client="Subtide", Device="the%20daemon", '
        'DeviceId="device-1", Version="0.1.0"'
    )
    named = [name for name in request.headers if "token" in name or "emby" in name]
    assert named == []
    assert KEY not in str(request.query)
    assert KEY not in request.path


def test_device_names_are_percent_encoded() -> None:
    identity = Identity("a+b", "id", 'Käthe\'s "NAS", 100 %', "1")
    assert 'Token="a%2Bb"' in identity.header
    assert 'Device="K%C3%A4the%27s%20%22NAS%22%2C%20100%20%25"' in identity.header
    assert identity.header.isascii()


def test_the_key_is_in_no_repr_and_no_url(script: Script) -> None:
    identity = Identity(KEY, "id", "name", "1")
    door = Transport(script.url, identity)
    assert KEY not in repr(identity)
    url = Catalogue(door).video_url("abc")
    assert KEY not in url
    assert url.startswith(f"{script.url}/Videos/abc/stream?static=true")


def test_a_netrc_does_not_replace_the_key(
    script: Script, jellyfin: Jellyfin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    script.says(EMPTY)
    ask(jellyfin)
    assert script.requests[0].headers["authorization"].startswith("MediaBrowser ")


def test_json_and_gzip_are_asked_for(script: Script, jellyfin: Jellyfin) -> None:
    script.says(EMPTY)
    ask(jellyfin)
    assert script.requests[0].headers["accept"] == "application/json"
    assert script.requests[0].headers["accept-encoding"] == "gzip"


def test_a_compressed_answer_is_read(script: Script, jellyfin: Jellyfin) -> None:
    packed = gzip.compress(b'{"Items": [], "TotalRecordCount": 0}')
    kind = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    script.says(Reply(200, packed, kind))
    assert jellyfin.items(["a" * 32]) == ()


def test_an_answer_with_damaged_compression_is_as_one_that_broke_off(
    script: Script, jellyfin: Jellyfin
) -> None:
    kind = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    script.says(Reply(200, b"no gzip at all", kind), EMPTY)
    ask(jellyfin)
    assert len(script.requests) == 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_get_is_tried_again_after_a_passing_fault(
    script: Script, jellyfin: Jellyfin, naps: list[float], status: int
) -> None:
    script.says(page(status), page(status), EMPTY)
    ask(jellyfin)
    assert [request.method for request in script.requests] == ["GET"] * 3
    assert naps == [0.5, 1.0]


def test_a_get_gives_up_in_the_end(script: Script, jellyfin: Jellyfin, naps: list[float]) -> None:
    script.says(page(502))
    with pytest.raises(ServerUnreachable, match="502"):
        ask(jellyfin)
    assert len(script.requests) == 5
    assert naps == list(transport.WAITS)


def test_waits_are_jittered(script: Script, connect: Connect, naps: list[float]) -> None:
    script.says(page(502), page(502), EMPTY)
    ask(connect(script.url, rng=iter([0.0, 1.0]).__next__))
    assert naps == [0.25, 1.5]


def test_the_server_s_wish_to_wait_is_honoured(
    script: Script, jellyfin: Jellyfin, naps: list[float]
) -> None:
    script.says(page(503, Retry_After="005"), EMPTY)
    ask(jellyfin)
    assert naps == [5.0]


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        ("Sat, 21 Nov 2026 09:00:07 GMT", 7.0),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 0.5),  # it is over, so only our own wait is left
        ("soon", 0.5),
    ],
)
def test_a_wish_to_wait_may_be_a_date_by_the_server_s_clock(
    script: Script, jellyfin: Jellyfin, naps: list[float], until: str, seconds: float
) -> None:
    script.says(page(503, Retry_After=until, Date="Sat, 21 Nov 2026 09:00:00 GMT"), EMPTY)
    ask(jellyfin)
    assert naps == [seconds]


def test_a_date_to_wait_for_without_the_server_s_clock_is_no_wish(
    script: Script, jellyfin: Jellyfin, naps: list[float]
) -> None:
    bare = page(503, Retry_After="Sat, 21 Nov 2126 09:00:00 GMT")
    bare.date = False
    script.says(bare, EMPTY)
    ask(jellyfin)
    assert naps == [0.5]


@pytest.mark.parametrize("asked", ["9" * 400, "Sat, 21 Nov 9999 09:00:00 GMT"])
def test_no_wish_to_wait_is_longer_than_a_day(
    script: Script, jellyfin: Jellyfin, asked: str
) -> None:
    script.says(page(503, Retry_After=asked))
    with pytest.raises(ServerStarting) as caught:
        ask(jellyfin)
    assert caught.value.after == 86_400.0


@pytest.mark.parametrize(("status", "tries"), [(429, 3), (503, 3), (502, 1), (504, 1)])
def test_an_extraction_that_a_proxy_gave_up_on_is_not_begun_again(
    script: Script, jellyfin: Jellyfin, status: int, tries: int
) -> None:
    script.says(page(status), page(status), Reply(body=b"1"))
    path = routes.subtitle_text("a" * 32, 3, "srt")
    answer = jellyfin.transport.send("GET", path, allowed=frozenset({status}))
    assert len(script.requests) == tries
    assert answer.status == (200 if tries == 3 else status)


def test_a_long_wish_to_wait_is_handed_to_the_caller(
    script: Script, jellyfin: Jellyfin, naps: list[float]
) -> None:
    script.says(page(503, Retry_After="600"))
    with pytest.raises(ServerStarting) as caught:
        ask(jellyfin)
    assert caught.value.after == 600.0
    assert naps == []


def test_a_lost_connection_is_tried_again_for_a_get(
    script: Script, jellyfin: Jellyfin, naps: list[float]
) -> None:
    script.says(Reply(body=b"{", headers={"Content-Type": "application/json"}, promised=99), EMPTY)
    ask(jellyfin)
    assert len(script.requests) == 2
    assert naps == [0.5]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_post_and_a_delete_leave_once(
    script: Script, jellyfin: Jellyfin, naps: list[float], status: int
) -> None:
    script.says(plain(status))
    with pytest.raises((ServerFailed, ServerStarting)):
        jellyfin.refresh("a" * 32)
    with pytest.raises((ServerFailed, ServerStarting)):
        jellyfin.delete_subtitle("a" * 32, 0)
    assert [request.method for request in script.requests] == ["POST", "DELETE"]
    assert naps == []


def test_a_broken_off_post_leaves_once(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(200, b"x", promised=99))
    with pytest.raises(ServerUnreachable):
        jellyfin.refresh("a" * 32)
    assert len(script.requests) == 1


def test_a_500_is_not_tried_again_and_is_no_empty_answer(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(plain(500))
    with pytest.raises(ServerFailed, match="Error processing request"):
        ask(jellyfin)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("reply", "error", "word"),
    [
        (Reply(401), KeyRejected, "new API key"),
        (Reply(403), Forbidden, "administrator"),
        (Reply(404), WrongAddress, "base URL"),
        (page(404), WrongAddress, "base URL"),
        (problem(404), WrongAddress, "base URL"),
        (plain(404, "404 page not found"), WrongAddress, "base URL"),
        (page(302, Location="/web/"), WrongAddress, "base URL"),
        (page(308, Location="https://elsewhere/"), WrongAddress, "base URL"),
        (page(), WrongAddress, "base URL"),
        (Reply(), WrongAddress, "base URL"),
        (plain(200, "hello"), WrongAddress, "base URL"),
        (Reply(body=b'{"Items":', headers={"Content-Type": "application/json"}), BrokenAnswer,
         "proxy"),
        (plain(400), SkipSource, "Error processing request."),
        (plain(500), ServerFailed, "log"),
        (page(400), WrongAddress, "base URL"),
        (page(502), ServerFailed, "log"),
        (page(503), ServerStarting, "started"),
    ],
)  # fmt: skip
def test_each_answer_has_its_error_with_a_fix(
    script: Script, jellyfin: Jellyfin, reply: Reply, error: type[SubtideError], word: str
) -> None:
    script.says(reply)
    with pytest.raises(error) as caught:
        jellyfin.items(["a" * 32]) if reply.status < 500 else jellyfin.transport.send(
            "GET", "Items", retries=0
        )
    assert word in str(caught.value)
    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)  # noqa: S301 - ours


def test_no_redirect_is_followed(script: Script, jellyfin: Jellyfin) -> None:
    script.says(page(302, Location=f"{script.url}/web/index.html"), EMPTY)
    with pytest.raises(WrongAddress):
        ask(jellyfin)
    assert len(script.requests) == 1


def test_a_401_does_not_lose_the_key(script: Script, jellyfin: Jellyfin) -> None:
    script.says(Reply(401), EMPTY)
    with pytest.raises(KeyRejected):
        ask(jellyfin)
    ask(jellyfin)
    assert KEY in script.requests[1].headers["authorization"]


def test_the_server_s_words_are_cut_and_never_hold_the_key(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(plain(400, f"bad token {KEY}\n" + "x" * 2000))
    with pytest.raises(SkipSource) as caught:
        ask(jellyfin)
    assert "bad token ***" in caught.value.what
    assert KEY not in repr(caught.value)
    assert len(caught.value.what) < 400


def test_a_problem_document_is_quoted_by_its_fields(script: Script, jellyfin: Jellyfin) -> None:
    body = {"title": "One or more validation errors.", "errors": {"Ids": ["Ids are odd."]}}
    reply = ok(body)
    reply.status = 400
    script.says(reply)
    with pytest.raises(SkipSource, match=r"validation errors.*Ids are odd"):
        ask(jellyfin)


def test_a_server_that_is_gone_is_unreachable(
    script: Script, connect: Connect, naps: list[float]
) -> None:
    with pytest.raises(ServerUnreachable) as caught:
        ask(connect("http://127.0.0.1:1"))
    assert naps == list(transport.WAITS)
    assert "127.0.0.1" not in caught.value.what


def test_a_slow_server_is_unreachable_and_is_not_asked_again(
    script: Script, jellyfin: Jellyfin, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LISTS", 0.2)
    hold = threading.Event()
    script.says(Reply(until=hold))
    try:
        with pytest.raises(ServerUnreachable, match=r"within 0\.2 s"):
            ask(jellyfin)
    finally:
        hold.set()
    assert naps == []


def test_an_untrusted_certificate_is_told_and_not_tried_again(
    connect: Connect, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise requests.exceptions.SSLError("self-signed certificate")

    monkeypatch.setattr(requests.Session, "request", refuse)
    with pytest.raises(WrongAddress, match="certificate"):
        ask(connect("https://jellyfin.invalid"))
    assert naps == []


def test_tls_is_verified_by_our_bundle_whatever_the_environment_says(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def note(self: object, *_args: object, **options: object) -> None:
        seen.append((options["verify"], options["allow_redirects"]))
        raise requests.ConnectionError

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    monkeypatch.setattr(requests.Session, "request", note)
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    for client in (connect("https://x", ca=bundle), connect("https://x")):
        with pytest.raises(ServerUnreachable):
            client.ready()
    assert seen == [(str(bundle), False), (True, False)]


def test_a_server_with_a_certificate_of_ones_own_is_trusted_by_its_bundle_alone(
    connect: Connect,
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(TLS / "server.pem")
    with serve_script(tls) as script:
        script.says(ok(PUBLIC))
        assert connect(script.url, ca=TLS / "ca.pem").ready().name == "nas"
        asked = len(script.requests)
        with pytest.raises(WrongAddress, match="certificate is not trusted"):
            connect(script.url).ready()
        assert len(script.requests) == asked, "the key did not leave"


def test_a_missing_bundle_is_a_wrong_setting(connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"ca\.pem"):
        connect("https://x", ca=tmp_path / "ca.pem")


@pytest.mark.parametrize(
    "url", ["", "jellyfin:8096", "ftp://nas", "http://", "http://nas:port", "http://nas/?a=b",
            "http://me:secret@nas"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_before_any_call(connect: Connect, url: str) -> None:
    with pytest.raises(WrongAddress) as caught:
        connect(url)
    assert "secret" not in str(caught.value)


def test_a_base_path_is_kept(script: Script, connect: Connect) -> None:
    script.says(EMPTY)
    ask(connect(f"{script.url}/jellyfin/"))
    assert script.requests[0].path == "/jellyfin/Items"


def test_many_threads_share_a_client(script: Script, jellyfin: Jellyfin) -> None:
    script.says(ok(PUBLIC))
    with ThreadPoolExecutor(8) as pool:
        infos = list(pool.map(lambda _number: jellyfin.ready(), range(40)))
    assert {info.name for info in infos} == {"nas"}
    assert len(script.requests) == 80
    assert {request.headers["authorization"] for request in script.requests} == {
        Identity(KEY, "device-1", "the daemon", "0.1.0").header
    }


def test_the_catalogue_s_shared_defaults_stay_empty(script: Script, jellyfin: Jellyfin) -> None:
    script.says(ok(PUBLIC))
    jellyfin.ready()
    assert Catalogue._http.__defaults__ == ({},)  # noqa: SLF001 - the fault is in there


def test_the_catalogue_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    import logging  # noqa: PLC0415 - only this test logs

    logging.getLogger("Jellyfin").warning("hello")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("reply", [problem(404), plain(404)])
def test_an_unknown_item_in_jellyfin_s_words_is_gone(
    script: Script, jellyfin: Jellyfin, reply: Reply
) -> None:
    script.says(reply)
    with pytest.raises(ItemGone):
        jellyfin.refresh("a" * 32)


@pytest.mark.parametrize("reply", [Reply(404), page(404), plain(404, "404 page not found")])
def test_a_404_in_other_words_is_a_wrong_address(
    script: Script, jellyfin: Jellyfin, reply: Reply
) -> None:
    script.says(reply)
    with pytest.raises(WrongAddress):
        jellyfin.refresh("a" * 32)


@pytest.mark.parametrize(
    ("method", "path", "seconds"),
    [("GET", "System/Info", 30), ("GET", "Items", 120), ("GET", "Library/VirtualFolders", 120),
     ("POST", routes.subtitles("a"), 120), ("DELETE", routes.subtitle("a", 1), 120),
     ("GET", routes.subtitle_text("a", 1, "srt"), 900),
     ("GET", routes.raw("a")[0], 30), ("GET", routes.flac("a", "c", "d")[0], 120),
     ("GET", routes.parts("a"), 120), ("GET", "UserViews", 120), ("GET", "Users/Me", 30)],
)  # fmt: skip
def test_each_kind_of_call_has_its_patience(method: str, path: str, seconds: float) -> None:
    assert routes.seconds(method, path) == seconds
