"""Who may do what in the playground, at which address, and when."""

import shutil
from pathlib import Path

import pytest
import requests
from playground_client import Client, Open

from subtide.playground.flavour import V10_11, V12, Flavour
from subtide.playground.server import Playground

IDENTITY = 'Client="t", Device="d", DeviceId="{}", Version="1"'


def sign_in(server: Playground, name: str, device: str = "one") -> requests.Response:
    return requests.post(
        f"{server.url}/Users/AuthenticateByName",
        headers={"Authorization": f"MediaBrowser {IDENTITY.format(device)}"},
        json={"Username": name, "Pw": "pw"},
        timeout=10,
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Items", 200),
        ("GET", "/Sessions", 200),
        ("GET", "/System/Info", 200),
        ("POST", "/Videos/{film}/Subtitles", 400),
        ("GET", "/Items/{film}/Download", 200),
        ("DELETE", "/Videos/{film}/Subtitles/0", 403),
        ("POST", "/Items/{film}/Refresh", 403),
        ("GET", "/Library/VirtualFolders", 403),
        ("GET", "/ScheduledTasks", 403),
        ("GET", "/Plugins", 403),
        ("GET", "/Auth/Keys", 403),
    ],
)
def test_a_user_who_manages_subtitles_may_upload_but_not_delete(
    playground: Open, root: Path, method: str, path: str, status: int
) -> None:
    server = playground(root, request_check=None)
    film = Client(server, server.key).id_of("Film")
    helper = Client(server, sign_in(server, "helper").json()["AccessToken"])
    assert helper.ask(method, path.format(film=film), json={}).status_code == status


def test_signing_in_again_ends_the_older_token_of_that_device(playground: Open, root: Path) -> None:
    server = playground(root)
    first, other = (sign_in(server, "admin", d).json()["AccessToken"] for d in ("one", "two"))
    again = sign_in(server, "admin", "one").json()["AccessToken"]
    tokens = (first, other, again)
    assert [Client(server, t).ask("GET", "/Users/Me").status_code for t in tokens] == [
        401,
        200,
        200,
    ]


def test_a_key_can_be_made_used_and_revoked(playground: Open, root: Path) -> None:
    server = playground(root)
    admin = Client(server, sign_in(server, "admin").json()["AccessToken"])
    assert admin.ask("POST", "/Auth/Keys?app=Subtide").content == b""
    rows = admin.ask("GET", "/Auth/Keys").json()["Items"]
    key = next(row["AccessToken"] for row in rows if row["AppName"] == "Subtide")
    assert Client(server, key).ask("GET", "/System/Info").status_code == 200
    assert admin.ask("DELETE", f"/Auth/Keys/{key}").status_code == 204
    assert Client(server, key).ask("GET", "/System/Info").status_code == 401


def test_start_up_answers_503_but_pings(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    server.starting = True
    page = client.ask("GET", "/Items")
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html")
    assert page.headers["Retry-After"] == "005"
    assert client.ask("GET", "/System/Ping").status_code == 200
    assert client.ask("GET", "/health").text == "Degraded"
    public = client.ask("GET", "/System/Info/Public").json()
    assert public["startupWizardCompleted"] is False
    assert "Version" not in public
    server.starting = False
    assert client.ask("GET", "/System/Info/Public").json()["Version"] == "12.0.0"


def test_a_base_url_hides_everything_else(playground: Open, root: Path) -> None:
    server = playground(root, base="/jellyfin")
    outside = server.url.removesuffix("/jellyfin") + "/System/Info/Public"
    assert Client(server, server.key).ask("GET", "/System/Info/Public").status_code == 200
    answer = requests.get(outside, timeout=10)
    assert (answer.status_code, answer.content) == (404, b"")
    server.redirects_strangers = True
    answer = requests.get(outside, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/jellyfin/web/")


@pytest.mark.parametrize(("flavour", "status"), [(V12, 404), (V10_11, 200)])
def test_old_prefixes_work_up_to_10_11(
    playground: Open, root: Path, flavour: Flavour, status: int
) -> None:
    server = playground(root, flavour, request_check=None)
    answer = Client(server, server.key).ask("GET", "/emby/System/Info/Public")
    assert answer.status_code == status


def test_stopping_cuts_connections_and_starting_keeps_the_address(
    playground: Open, root: Path
) -> None:
    server = playground(root)
    url = f"{server.url}/System/Ping"
    with requests.Session() as session:
        assert session.get(url, timeout=10).status_code == 200
        server.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=10)
        server.start()
        assert session.get(url, timeout=10).status_code == 200


def test_sessions_tell_what_is_played(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    server.play(film, position=50_000_000)
    session = client.ask("GET", "/Sessions").json()[0]
    assert session["NowPlayingItem"]["Id"] == film
    assert session["PlayState"]["MediaSourceId"] == film
    assert session["PlayState"]["PositionTicks"] == 50_000_000


def test_a_broken_media_folder_is_told_when_the_playground_closes(tmp_path: Path) -> None:
    (tmp_path / "Movies").mkdir()
    server = Playground(tmp_path)
    server.start()
    shutil.rmtree(tmp_path / "Movies")
    server.catalogue.libraries = [None]  # type: ignore[list-item]
    client = Client(server, server.key)
    assert client.ask("GET", "/Library/VirtualFolders").status_code == 500
    with pytest.raises(AttributeError):
        server.close()
