"""Sweeping: a sweep lets looks at single items go first, page by page, and ends at a stop."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from subtide.daemon import LookLoop
from subtide.errors import ServerUnreachable
from subtide.house import House, open_house
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.library.summary import Summary
from subtide.settings import Settings
from subtide.storage.looks import CHANGES, EVERYTHING, Look, Priority


class Paging(Scanner):
    """A scanner of sweeps of three pages; something happens at each page."""

    def __init__(
        self, house: House, at_page: Callable[[int], None], error: Exception | None = None
    ) -> None:
        super().__init__(house.database, house.store, house.scanner.planner)
        self.at_page = at_page
        self.error = error
        self.order: list[str] = []

    def follow(
        self,
        _server: ConnectedServer,
        look: Look,
        between_pages: Callable[[], None] = lambda: None,
    ) -> Summary:
        for page in range(3):
            self.order.append(f"{look.item}{page}")
            self.at_page(page)
            between_pages()
        return Summary()

    def follow_items(self, _server: ConnectedServer, looks: Sequence[Look]) -> Summary:
        self.order += [look.item for look in looks]
        if self.error:
            raise self.error
        return Summary()


@pytest.fixture
def sweeping(settings: Callable[..., Settings]) -> Iterator[House]:
    with closing(open_house(settings(scan={"at_start": False}))) as house:
        house.servers[0].meet(house.known)
        yield house


def ask(house: House, item: str, priority: Priority) -> None:
    (known,) = house.known.all()
    house.looks.ask(known.id, item, signal="test", priority=priority)


def swept(
    house: House, at_page: Callable[[int], None], error: Exception | None = None
) -> list[str]:
    """In what order things are looked at, when a nightly look is due first."""
    scanner = Paging(house, at_page, error)
    ask(house, EVERYTHING, Priority.NIGHTLY)
    loop = LookLoop(replace(house, scanner=scanner), threading.Event())
    while loop.step():
        pass
    return scanner.order


def test_looks_at_items_go_before_the_next_page(sweeping: House) -> None:
    def at_page(page: int) -> None:
        if page == 0:
            ask(sweeping, "watched", Priority.PLAYING)
        if page == 1:
            ask(sweeping, "new", Priority.NEW)

    assert swept(sweeping, at_page) == ["*0", "watched", "*1", "new", "*2"]
    assert sweeping.looks.pending() == ()


def test_another_sweep_waits_for_its_end(sweeping: House) -> None:
    asked: list[str] = []

    def at_page(_page: int) -> None:
        if not asked:
            asked.append(CHANGES)
            ask(sweeping, CHANGES, Priority.NEW)

    assert swept(sweeping, at_page) == ["*0", "*1", "*2", "+0", "+1", "+2"]


def test_a_look_that_fails_in_between_does_not_end_the_sweep(sweeping: House) -> None:
    def at_page(page: int) -> None:
        if page == 0:
            ask(sweeping, "watched", Priority.PLAYING)

    order = swept(sweeping, at_page, ServerUnreachable("no answer"))
    assert order == ["*0", "watched", "*1", "*2"]
    assert [look.item for look, _ in sweeping.looks.pending()] == ["watched"]


def test_a_stop_ends_a_sweep_at_its_next_page_and_it_stays_due(sweeping: House) -> None:
    stopping = threading.Event()
    scanner = Paging(sweeping, lambda page: stopping.set() if page == 1 else None)
    ask(sweeping, EVERYTHING, Priority.NEW)
    loop = LookLoop(replace(sweeping, scanner=scanner), stopping)
    loop.step()
    assert scanner.order == ["*0", "*1"]
    assert [look.item for look in sweeping.looks.due()] == [EVERYTHING]
    assert loop.problems == {}


def test_a_real_sweep_asks_after_each_page(sweeping: House) -> None:
    pages: list[int] = []
    (known,) = sweeping.known.all()
    look = Look(known.id, EVERYTHING, "test", Priority.NEW, 0)
    sweeping.scanner.follow(sweeping.servers[0], look, lambda: pages.append(1))
    assert pages == [1]
