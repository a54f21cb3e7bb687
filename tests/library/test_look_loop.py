"""The look loop: looks that are due together are followed together, and fail alone."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from subtide.daemon import LookLoop
from subtide.errors import BrokenAnswer, KeyRejected, ServerUnreachable
from subtide.house import House, open_house
from subtide.jellyfin.routes import SOURCES
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.library.summary import Summary
from subtide.playground.server import Playground
from subtide.settings import Settings
from subtide.storage.looks import CHANGES, EVERYTHING, Look, Priority


@pytest.fixture
def stand_in(root: Path, playground: Callable[..., Playground]) -> Playground:
    return playground(root)


@pytest.fixture
def house(tmp_path: Path, stand_in: Playground) -> Iterator[House]:
    server = {"url": stand_in.url, "key": stand_in.key}
    settings = {"data": tmp_path / "house", "start": "auto", "servers": {"home": server}}
    house = open_house(Settings.model_validate({**settings, "policy": {"languages": ["pt"]}}))
    house.servers[0].meet(house.known)
    yield house
    house.close()


def loop(house: House, scanner: Scanner | None = None) -> LookLoop:
    return LookLoop(replace(house, scanner=scanner or house.scanner), threading.Event())


def ask(house: House, *items: str, priority: Priority = Priority.NEW) -> None:
    (known,) = house.known.all()
    for item in items:
        house.looks.ask(known.id, item, signal="webhook", priority=priority)


def waiting(house: House) -> dict[str, str | None]:
    """The items of the looks that were not done, with the error that each waits for."""
    return {look.item: error for look, error in house.looks.pending()}


class Refusing(Scanner):
    """A scanner that cannot follow some looks; remembers which it was given together."""

    def __init__(self, house: House, **errors: Exception) -> None:
        super().__init__(house.database, house.store, house.scanner.planner)
        self.errors = errors
        self.batches: list[list[str]] = []

    def follow(
        self,
        server: ConnectedServer,
        look: Look,
        between_pages: Callable[[], None] = lambda: None,
    ) -> Summary:
        between_pages()
        return self.follow_items(server, [look])

    def follow_items(self, _server: ConnectedServer, looks: Sequence[Look]) -> Summary:
        self.batches.append([look.item for look in looks])
        for look in looks:
            if look.item in self.errors:
                raise self.errors[look.item]
        return Summary()


def test_a_burst_of_looks_is_followed_with_one_request(house: House, stand_in: Playground) -> None:
    catalogue = stand_in.catalogue.items.values()
    ids = [item.id for item in catalogue]
    ask(house, *ids)
    with capture_logs() as logs:
        assert loop(house).step()
    assert waiting(house) == {}
    asked = stand_in.requests("GET", "^/Items$")
    assert [one.query["fields"] for one in asked] == [SOURCES, "Tags"]
    assert len(house.store.list()) == 2
    (told,) = (one for one in logs if one["event"] == "looked")
    assert (told["looks"], told["sources"], told["signal"]) == (len(ids), 4, "webhook")


def test_without_looks_there_is_nothing_to_follow(house: House, stand_in: Playground) -> None:
    asked = len(stand_in.requests())
    assert not loop(house).step()
    assert len(stand_in.requests()) == asked


def test_the_most_urgent_look_is_followed_first_with_all_that_fit(house: House) -> None:
    ask(house, EVERYTHING, priority=Priority.NIGHTLY)
    ask(house, "new", CHANGES)
    ask(house, "watched", priority=Priority.PLAYING)
    scanner = Refusing(house)
    looking = loop(house, scanner)
    while looking.step():
        pass
    assert scanner.batches == [["watched", "new"], [CHANGES], [EVERYTHING]]
    assert waiting(house) == {}


def test_a_server_that_is_away_postpones_all_looks_at_it(house: House) -> None:
    ask(house, "one", "two")
    scanner = Refusing(house, one=ServerUnreachable("no answer", after=60.0))
    looking = loop(house, scanner)
    assert looking.step()
    assert scanner.batches == [["one", "two"]]
    assert waiting(house) == {"one": "no answer", "two": "no answer"}
    assert looking.problems == {"home": "no answer"}
    assert not looking.step()


def test_a_refused_key_is_told_once_and_not_tried_look_by_look(house: House) -> None:
    ask(house, "one", "two")
    scanner = Refusing(house, one=KeyRejected("it is wrong"))
    assert loop(house, scanner).step()
    assert len(scanner.batches) == 1
    assert set(waiting(house)) == {"one", "two"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BrokenAnswer("it has no Id"), "it has no Id"),
        (RuntimeError("a surprise"), "unexpected RuntimeError"),
    ],
)
def test_one_look_that_fails_does_not_hold_up_the_others(
    house: House, error: Exception, told: str
) -> None:
    ask(house, "one", "bad", "two")
    scanner = Refusing(house, bad=error)
    assert loop(house, scanner).step()
    assert sorted(map(len, scanner.batches)) == [1, 1, 1, 3]
    assert waiting(house) == {"bad": told}


def test_a_look_asked_for_again_while_it_is_followed_is_followed_again(house: House) -> None:
    class Asking(Refusing):
        def follow_items(self, server: ConnectedServer, looks: Sequence[Look]) -> Summary:
            if not self.batches:
                ask(house, "one")
            return super().follow_items(server, looks)

    ask(house, "one", "two")
    scanner = Asking(house)
    looking = loop(house, scanner)
    while looking.step():
        pass
    assert scanner.batches == [["one", "two"], ["one"]]


def test_looks_at_a_server_that_is_configured_no_more_wait(house: House) -> None:
    house.looks.ask("another", "one", signal="webhook", priority=Priority.NEW)
    looking = loop(house)
    assert looking.step()
    (error,) = waiting(house).values()
    assert error
    assert "which is not configured" in error
