"""Signing in to the playground with a code, signing out of it, and the libraries one sees."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from playground_client import Client, Open

from subtide.playground.auth import ADMIN, HELPER
from subtide.playground.flavour import V10_11, V12, Flavour
from subtide.playground.server import Playground

DEVICE = 'MediaBrowser Client="Subtide", Device="box", DeviceId="d{}", Version="1"'
FLAVOURS = pytest.mark.parametrize("flavour", [V12, V10_11], ids=lambda one: one.version)


def ask(
    server: Playground,
    method: str,
    path: str,
    *,
    device: str = "1",
    **options: Any,  # noqa: ANN401 - those of requests
) -> requests.Response:
    """A request of a device that nobody is signed in at."""
    headers = {"Authorization": DEVICE.format(device)}
    return requests.request(method, server.url + path, headers=headers, timeout=10, **options)


def code(server: Playground, device: str = "1") -> dict[str, Any]:
    answer = ask(server, "POST", "/QuickConnect/Initiate", device=device)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def claimed(server: Playground, secret: str) -> requests.Response:
    path = "/Users/AuthenticateWithQuickConnect"
    return ask(server, "POST", path, json={"Secret": secret})


def status(server: Playground, token: str, path: str = "/Users/Me") -> int:
    return Client(server, token).ask("GET", path).status_code


@FLAVOURS
def test_an_approved_code_signs_its_device_in(
    playground: Open, root: Path, flavour: Flavour
) -> None:
    server = playground(root, flavour)
    shown = code(server)
    assert (shown["Authenticated"], shown["AppName"], len(shown["Code"])) == (False, "Subtide", 6)
    asked = f"/QuickConnect/Connect?secret={shown['Secret']}"
    assert ask(server, "GET", asked).json()["Authenticated"] is False
    assert claimed(server, shown["Secret"]).status_code == 404
    server.approve(shown["Code"], HELPER)
    assert ask(server, "GET", asked).json()["Authenticated"] is True
    answer = claimed(server, shown["Secret"]).json()
    assert answer["User"]["Name"] == "helper"
    assert answer["SessionInfo"]["DeviceId"] == "d1"
    assert status(server, answer["AccessToken"]) == 200


def test_an_unknown_secret_is_not_found(playground: Open, root: Path) -> None:
    server = playground(root)
    assert ask(server, "GET", "/QuickConnect/Connect?secret=none").status_code == 404
    assert claimed(server, "none").status_code == 404


def test_a_code_is_good_for_ten_minutes(playground: Open, root: Path) -> None:
    now = [datetime(2026, 11, 1, tzinfo=UTC)]
    server = playground(root, clock=lambda: now[0])
    shown = code(server)
    asked = f"/QuickConnect/Connect?secret={shown['Secret']}"
    now[0] += timedelta(minutes=9)
    assert ask(server, "GET", asked).status_code == 200
    now[0] += timedelta(minutes=1)
    assert ask(server, "GET", asked).status_code == 404
    with pytest.raises(LookupError):
        server.approve(shown["Code"])


def test_a_code_is_approved_once(playground: Open, root: Path) -> None:
    server = playground(root)
    shown = code(server)
    server.approve(shown["Code"])
    with pytest.raises(ValueError, match=shown["Code"]):
        server.approve(shown["Code"])


def test_without_quick_connect_no_code_is_given(playground: Open, root: Path) -> None:
    server = playground(root)
    assert ask(server, "GET", "/QuickConnect/Enabled").json() is True
    server.quick_connect = False
    assert ask(server, "GET", "/QuickConnect/Enabled").json() is False
    assert ask(server, "POST", "/QuickConnect/Initiate").status_code == 401
    assert ask(server, "GET", "/QuickConnect/Connect?secret=none").status_code == 401


def test_a_device_that_does_not_say_what_it_is_gets_no_code(playground: Open, root: Path) -> None:
    server = playground(root)
    assert requests.post(f"{server.url}/QuickConnect/Initiate", timeout=10).status_code == 400


def test_a_person_approves_over_http_for_themselves(playground: Open, root: Path) -> None:
    server = playground(root)
    shown, other = code(server), code(server, "2")
    token = server.door.open_session(HELPER, {"deviceid": "tv"}).token
    helper = Client(server, token)
    path = f"/QuickConnect/Authorize?code={shown['Code']}"
    assert helper.ask("POST", f"{path}&userId={ADMIN.id}").status_code == 403
    assert helper.ask("POST", path).json() is True
    assert helper.ask("POST", path).status_code == 500
    assert helper.ask("POST", "/QuickConnect/Authorize?code=nothing").status_code == 404
    assert claimed(server, shown["Secret"]).json()["User"]["Name"] == "helper"
    key = Client(server, server.key)
    path = f"/QuickConnect/Authorize?code={other['Code']}"
    assert key.ask("POST", path).status_code == 400
    assert key.ask("POST", f"{path}&userId={ADMIN.id}").json() is True
    assert claimed(server, other["Secret"]).json()["User"]["Name"] == "admin"


@FLAVOURS
def test_signing_out_kills_the_token_and_no_other(
    playground: Open, root: Path, flavour: Flavour
) -> None:
    server = playground(root, flavour)
    tokens = [server.door.open_session(ADMIN, {"deviceid": d}).token for d in ("one", "two")]
    assert Client(server, tokens[0]).ask("POST", "/Sessions/Logout").status_code == 204
    assert [status(server, token) for token in tokens] == [401, 200]
    assert Client(server, tokens[0]).ask("POST", "/Sessions/Logout").status_code == 401


def test_a_key_cannot_be_signed_out(playground: Open, root: Path) -> None:
    server = playground(root)
    assert Client(server, server.key).ask("POST", "/Sessions/Logout").status_code == 204
    assert status(server, server.key, "/System/Info") == 200


@FLAVOURS
def test_a_code_ends_the_older_sign_in_of_its_device(
    playground: Open, root: Path, flavour: Flavour
) -> None:
    server = playground(root, flavour)
    older = server.door.open_session(ADMIN, {"deviceid": "d1"}).token
    shown = code(server)
    assert status(server, older) == 200
    server.approve(shown["Code"])
    assert status(server, older) == 401


@FLAVOURS
def test_users_see_the_libraries_and_a_key_only_for_a_user(
    playground: Open, root: Path, flavour: Flavour
) -> None:
    server = playground(root, flavour)
    token = server.door.open_session(HELPER, {"deviceid": "tv"}).token
    answer = Client(server, token).ask("GET", "/UserViews").json()
    folders = Client(server, server.key).ask("GET", "/Library/VirtualFolders").json()
    assert [(v["Id"], v["Name"], v["CollectionType"]) for v in answer["Items"]] == [
        (f["ItemId"], f["Name"], f["CollectionType"]) for f in folders
    ]
    assert answer["TotalRecordCount"] == len(folders)
    assert answer["Items"][0]["Type"] == "CollectionFolder"
    assert status(server, server.key, "/UserViews") == 400
    assert status(server, server.key, f"/UserViews?userId={ADMIN.id}") == 200
    assert status(server, token, f"/UserViews?userId={ADMIN.id}") == 403


def test_a_disabled_library_is_not_seen(playground: Open, root: Path) -> None:
    server = playground(root)
    server.catalogue.libraries[0].options["Enabled"] = False
    token = server.door.open_session(ADMIN, {"deviceid": "tv"}).token
    assert Client(server, token).ask("GET", "/UserViews").json()["Items"] == []
