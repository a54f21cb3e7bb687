"""patience: long enough for the server's queue, and no refresh that would only lengthen it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from stage_place import Place

from subtide.errors import Stopped
from subtide.pipeline.patience import REFRESH_SECONDS, look_until_it_shows
from subtide.pipeline.publish import publish

TARGET = "subtitle/en/full/srt/jellyfin"


@dataclass
class Waiting:
    """A file that shows after so many seconds, by a clock that only waiting moves."""

    shows_at: float
    now: float = 0.0
    nudged_at: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def until_it_shows(self, *, least: float = 300.0, pending: int = 1) -> list[str]:
        return look_until_it_shows(
            lambda: ["here"] if self.now >= self.shows_at else [],
            nudge=lambda: self.nudged_at.append(self.now),
            sleep=self.sleep,
            report=self.shares.append,
            least_seconds=least,
            pending=pending,
        )

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("refresh", [0.34, 0.53])
@pytest.mark.parametrize("pending", [1, 20, 200, 2000])
def test_the_last_of_many_uploads_is_waited_for_without_a_refresh_of_its_own(
    refresh: float, pending: int
) -> None:
    waiting = Waiting(shows_at=pending * refresh)
    assert waiting.until_it_shows(pending=pending) == ["here"]
    assert waiting.nudged_at == []


def test_a_queue_that_takes_twice_as_long_is_waited_for_too() -> None:
    waiting = Waiting(shows_at=200 * 1.0)
    assert waiting.until_it_shows(pending=200) == ["here"]
    assert len(waiting.nudged_at) == 1


def test_what_never_shows_is_nudged_once_and_given_up() -> None:
    waiting = Waiting(shows_at=1e9)
    assert waiting.until_it_shows() == []
    assert waiting.now == pytest.approx(300 + 2 * REFRESH_SECONDS)
    assert waiting.nudged_at == [pytest.approx(60 + REFRESH_SECONDS)]


def test_a_short_patience_is_nudged_in_its_middle() -> None:
    waiting = Waiting(shows_at=1e9)
    assert waiting.until_it_shows(least=6.0) == []
    assert waiting.nudged_at == [pytest.approx(3 + REFRESH_SECONDS)]


def test_what_is_there_is_found_without_a_wait() -> None:
    waiting = Waiting(shows_at=0.0)
    assert waiting.until_it_shows() == ["here"]
    assert waiting.now == 0.0


def test_the_share_of_the_wait_is_told_and_may_end_it() -> None:
    waiting = Waiting(shows_at=100.0)
    waiting.until_it_shows()
    assert waiting.shares == sorted(waiting.shares)
    assert max(waiting.shares) <= 0.9

    def stop(_share: float) -> None:
        raise Stopped("cancelled")

    with pytest.raises(Stopped):
        look_until_it_shows(
            list, nudge=stop_nothing, sleep=stop, report=stop, least_seconds=1.0, pending=0
        )


def stop_nothing() -> None:
    raise AssertionError


class Ahead:
    """Refreshes of others that stand in the queue before ours, let through as time is waited."""

    def __init__(self, place: Place, count: int, seconds: float) -> None:
        self._place = place
        self._seconds = seconds
        self._left = count
        self._debt = 0.0
        self._let = threading.Semaphore(0)
        self._done = threading.Semaphore(0)
        for _ in range(count):
            place.playground.queue.add(self._one, seconds=0.0)

    def _one(self) -> None:
        self._let.acquire()
        self._done.release()

    def sleep(self, seconds: float) -> None:
        self._place.waited.append(seconds)
        self._debt += seconds
        while self._left and self._debt >= self._seconds:
            self._debt -= self._seconds
            self._left -= 1
            self._let.release()
            assert self._done.acquire(timeout=30)
        if not self._left:
            self._place.playground.settle()


@pytest.mark.parametrize("seconds", [0.34, 0.53])
def test_behind_200_refreshes_a_file_is_uploaded_once_and_not_nudged(
    open_place: Callable[..., Place], seconds: float
) -> None:
    place = open_place()
    plan = place.plan("en")
    for number in range(199):
        place.tools.ledger.intend(
            server=plan.server,
            item=f"{number}",
            source=f"{number}",
            target=TARGET,
            name="another",
            artifact="a",
            sha256="a",
            recipe={},
            job=1,
        )
    ahead = Ahead(place, 199, seconds)
    tools = replace(place.tools, sleep=ahead.sleep)
    publish(place.work(plan, {"cues": place.cues()}, part=TARGET), tools)
    assert 199 * seconds <= sum(place.waited) < 199 * seconds + 10
    assert len(place.playground.requests("POST", "Subtitles")) == 1
    assert not place.playground.requests("POST", "Refresh")
