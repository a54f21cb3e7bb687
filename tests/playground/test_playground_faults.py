"""Things go wrong in the playground when they are told to, and are counted."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from playground_client import FILM, Client, Open


def test_the_next_requests_fail_and_then_all_is_well(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    server.fail("GET", "^/System/Ping", times=2, status=502)
    found = [client.ask("GET", "/System/Ping").status_code for _ in range(3)]
    assert found == [502, 502, 200]
    assert [r.status for r in server.requests("GET", "Ping")] == [502, 502, 200]


def test_an_answer_can_be_lost_after_the_deed(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    server.fail("POST", "/Subtitles$", status=None, after=True)
    with pytest.raises(requests.ConnectionError):
        client.upload(film)
    server.settle()
    assert client.sidecars(film) == ["Film (2020).eng.srt"]


def test_a_body_can_be_cut_short(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    film = client.id_of("Film")
    server.fail("GET", "/stream$", cut=1000)
    answer = client.ask("GET", f"/Videos/{film}/stream?static=true", stream=True)
    assert int(answer.headers["Content-Length"]) == (root / FILM).stat().st_size
    assert answer.raw.read(decode_content=False, amt=1000)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = answer.content


def test_a_request_can_be_held_at_a_gate(playground: Open, root: Path) -> None:
    server, gate = playground(root), threading.Event()
    client = Client(server, server.key)
    server.fail("GET", "Ping", gate=gate)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(client.ask, "GET", "/System/Ping")
        assert client.ask("GET", "/health").text == "Healthy"
        assert not held.done()
        gate.set()
        assert held.result(30).status_code == 200


def test_one_can_wait_for_a_request(playground: Open, root: Path) -> None:
    server = playground(root)
    client = Client(server, server.key)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.wait_for, "GET", "Ping", 2)
        client.ask("GET", "/System/Ping")
        client.ask("GET", "/System/Ping")
        waiting.result(30)
    with pytest.raises(TimeoutError):
        server.wait_for("GET", "Ping", 3, timeout=0.01)
