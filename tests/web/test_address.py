"""Our address as Jellyfin reaches it: which ones are worth a try, and in which order."""

import pytest

from subtide.errors import SettingsError
from subtide.web.address import Machine, candidates, only_here, this_machine

BARE = Machine("nas", container=False, towards=lambda _: "192.0.2.7")
CONTAINER = Machine("4f2a", container=True, towards=lambda _: "172.18.0.3")
LOST = Machine("nas", container=False, towards=lambda _: None)


@pytest.mark.parametrize(
    ("host", "server", "machine", "expected"),
    [
        ("0.0.0.0", "http://jellyfin:8096", BARE, ["http://192.0.2.7:8765"]),  # noqa: S104
        ("127.0.0.1", "http://127.0.0.1:8096", BARE, ["http://127.0.0.1:8765"]),
        ("::", "http://localhost/base", BARE, ["http://127.0.0.1:8765"]),
        ("::", "http://[::1]:8096", BARE, ["http://127.0.0.1:8765"]),
        ("0.0.0.0", "http://jellyfin", CONTAINER, ["http://4f2a:8765", "http://172.18.0.3:8765"]),  # noqa: S104
        ("::", "http://127.0.0.1", CONTAINER, ["http://127.0.0.1:8765"]),
        ("192.0.2.9", "http://127.0.0.1", CONTAINER, ["http://192.0.2.9:8765"]),
        ("2001:db8::9", "http://jellyfin", BARE, ["http://[2001:db8::9]:8765"]),
        ("127.0.0.1", "http://jellyfin", BARE, ["http://192.0.2.7:8765"]),
        ("0.0.0.0", "http://jellyfin", LOST, []),  # noqa: S104
    ],
)
def test_the_likeliest_address_comes_first(
    host: str, server: str, machine: Machine, expected: list[str]
) -> None:
    assert list(candidates(host, 8765, server, machine)) == expected


def test_an_address_is_named_once() -> None:
    twice = Machine("192.0.2.7", container=True, towards=lambda _: "192.0.2.7")
    assert candidates("::", 1, "http://jellyfin", twice) == ("http://192.0.2.7:1",)


def test_a_port_that_changes_has_no_address() -> None:
    with pytest.raises(SettingsError, match=r"web\.port is 0"):
        candidates("127.0.0.1", 0, "http://jellyfin", BARE)


@pytest.mark.parametrize(
    ("host", "address", "expected"),
    [
        ("127.0.0.1", "http://192.0.2.7:8765", True),
        ("localhost", "http://subtide:8765", True),
        ("127.0.0.1", "http://127.0.0.1:8765", False),
        ("127.0.0.1", "http://localhost:8765", False),
        ("0.0.0.0", "http://192.0.2.7:8765", False),  # noqa: S104
    ],
)
def test_who_listens_on_the_loopback_is_heard_by_nobody_else(
    host: str, address: str, *, expected: bool
) -> None:
    assert only_here(host, address) is expected


def test_this_machine_knows_where_it_speaks_from() -> None:
    machine = this_machine()
    assert machine.hostname
    assert machine.towards("127.0.0.1") == "127.0.0.1"
    assert machine.towards("no-such-host.invalid") is None
