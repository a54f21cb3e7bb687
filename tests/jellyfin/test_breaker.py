"""The breaker by itself, and in the transport: who passes, who is refused, and what is said."""

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from scripted import KEY, PUBLIC, Connect, Reply, Script, ok, page, plain

from clocks import Clock
from subtide.errors import ServerUnreachable, WrongAddress
from subtide.jellyfin import routes
from subtide.jellyfin.breaker import FAILURES, LONGEST_PAUSE, PAUSE, Breaker, Paused
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source

ITEM = "a" * 32
EMPTY = ok({"Items": [], "TotalRecordCount": 0})
BROKEN_OFF = Reply(200, b"x", {"Content-Type": "audio/flac"}, promised=99)
SOURCE = Source(ITEM, ITEM, "Film", "/m/Film.mkv", "mkv", 0, 0.0, False, False, False, ())  # noqa: FBT003


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


@pytest.fixture
def jellyfin(script: Script, connect: Connect, clock: Clock) -> Jellyfin:
    return connect(script.url, clock=clock)


def fail(breaker: Breaker, what: str = "no answer") -> None:
    with pytest.raises(ServerUnreachable), breaker.watch():
        raise ServerUnreachable(what)


def succeed(breaker: Breaker) -> None:
    with breaker.watch() as heard:
        heard("")


def refused(breaker: Breaker) -> Paused:
    with pytest.raises(Paused) as caught, breaker.watch():
        raise AssertionError("it was let through")
    return caught.value


def open_it(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        fail(breaker)


# by itself


def test_the_fifth_failure_in_a_row_opens_it(breaker: Breaker) -> None:
    for _ in range(FAILURES - 1):
        fail(breaker)
    succeed(breaker)
    for _ in range(FAILURES - 1):
        fail(breaker)
    with pytest.raises(ServerUnreachable) as caught, breaker.watch() as heard:
        heard("a proxy says 502")
    assert isinstance(caught.value, Paused), "the one that opened it is told so"
    assert refused(breaker).what == (
        "calls are paused after 5 failures in a row, the last: a proxy says 502"
    )


def test_a_refusal_tells_when_the_next_trial_may_pass(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += PAUSE / 4
    error = refused(breaker)
    assert error.after == PAUSE * 3 / 4
    assert error.code == "server-unreachable"
    assert pickle.loads(pickle.dumps(error)).after == error.after  # noqa: S301 - ours


def test_one_trial_passes_after_the_pause_and_its_success_closes_it(
    breaker: Breaker, clock: Clock
) -> None:
    open_it(breaker)
    clock.now += PAUSE
    with breaker.watch() as heard:
        refused(breaker)
        heard("")
    succeed(breaker)
    succeed(breaker)


def test_each_trial_that_fails_doubles_the_pause_up_to_a_minute(
    breaker: Breaker, clock: Clock
) -> None:
    open_it(breaker)
    pauses = []
    for _ in range(8):
        pauses.append(refused(breaker).after)
        clock.now += pauses[-1]
        fail(breaker)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    clock.now += LONGEST_PAUSE
    succeed(breaker)
    open_it(breaker)
    assert refused(breaker).after == PAUSE, "after a success it begins anew"


def test_tries_that_were_under_way_neither_lengthen_the_pause_nor_end_the_trial(
    breaker: Breaker, clock: Clock
) -> None:
    with ExitStack() as stack:
        late = stack.enter_context(breaker.watch())
        open_it(breaker)
        with pytest.raises(Paused) as caught:
            late("a read time-out from before")
        assert caught.value.after == PAUSE
        clock.now += PAUSE
        trial = stack.enter_context(breaker.watch())
        with pytest.raises(Paused):
            late("another one")
        refused(breaker)
        with pytest.raises(Paused) as caught:
            trial("no connection")
    assert caught.value.after == 2 * PAUSE


def test_an_answer_to_a_try_from_before_closes_it(breaker: Breaker) -> None:
    with breaker.watch() as late:
        open_it(breaker)
        late("")
    succeed(breaker)


def test_a_trial_that_takes_too_long_does_not_keep_others_out(
    breaker: Breaker, clock: Clock
) -> None:
    open_it(breaker)
    clock.now += PAUSE
    with breaker.watch() as slow:
        clock.now += LONGEST_PAUSE
        succeed(breaker)
        slow("")


def test_whoever_answers_wrongly_is_not_away(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += PAUSE
    with pytest.raises(WrongAddress), breaker.watch():
        raise WrongAddress("a certificate that nobody trusts")
    succeed(breaker)


def test_of_many_threads_exactly_one_is_the_trial(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += PAUSE
    at_once, all_tried = threading.Barrier(8), threading.Barrier(8)

    def attempt(_number: int) -> bool:
        at_once.wait(10)
        try:
            with breaker.watch():
                all_tried.wait(10)
                return True
        except Paused:
            all_tried.wait(10)
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


# in the transport


def ask(jellyfin: Jellyfin) -> None:
    """One GET that is tried again."""
    jellyfin.items([ITEM])


def post(jellyfin: Jellyfin) -> None:
    jellyfin.refresh(ITEM)


def stream(jellyfin: Jellyfin) -> None:
    with jellyfin.transport.stream("Audio/x/stream.flac", {}) as chunks:
        b"".join(chunks)


def try_all(script: Script, jellyfin: Jellyfin, call: Callable[[Jellyfin], None]) -> None:
    """Call until it is refused without a request."""
    for _ in range(FAILURES):
        with pytest.raises(Exception, match=r"paused|failed|ready|connection|within"):
            call(jellyfin)
    before = len(script.requests)
    with pytest.raises(ServerUnreachable, match="paused after 5 failures in a row, the last: "):
        call(jellyfin)
    assert len(script.requests) == before == FAILURES


@pytest.mark.parametrize("call", [ask, post, stream])
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_or_proxy_that_is_away_is_no_longer_asked(
    script: Script, jellyfin: Jellyfin, status: int, call: Callable[[Jellyfin], None]
) -> None:
    script.says(page(status))
    try_all(script, jellyfin, call)


@pytest.mark.parametrize("call", [ask, post])
def test_answers_that_break_off_count(
    script: Script, jellyfin: Jellyfin, call: Callable[[Jellyfin], None]
) -> None:
    script.says(BROKEN_OFF)
    try_all(script, jellyfin, call)


def test_streams_that_break_in_the_middle_count(script: Script, jellyfin: Jellyfin) -> None:
    script.says(BROKEN_OFF)
    all_begun = threading.Barrier(FAILURES)

    def read_on() -> None:
        with jellyfin.transport.stream("Audio/x/stream.flac", {}) as chunks:
            all_begun.wait(10)
            b"".join(chunks)

    with ThreadPoolExecutor(FAILURES) as pool:
        for broken in [pool.submit(read_on) for _ in range(FAILURES)]:
            with pytest.raises(ServerUnreachable):
                broken.result()
    with pytest.raises(Paused, match="no connection"):
        ask(jellyfin)
    assert len(script.requests) == FAILURES


def test_read_time_outs_count(
    script: Script, jellyfin: Jellyfin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LISTS", 0.05)
    hold = threading.Event()
    script.says(Reply(until=hold))
    try:
        try_all(script, jellyfin, ask)
    finally:
        hold.set()


def test_a_refused_connection_counts_and_tells_no_address(connect: Connect, clock: Clock) -> None:
    client = connect("http://127.0.0.1:1", clock=clock)
    with pytest.raises(Paused, match="no connection to the server for GET /Items") as caught:
        ask(client)
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize("reply", [plain(500), plain(400), Reply(401), Reply(403), page(302),
                                   plain(404), page(200)])  # fmt: skip
def test_what_the_server_itself_answers_never_pauses_it(
    script: Script, jellyfin: Jellyfin, reply: Reply
) -> None:
    script.says(reply)
    for _ in range(3 * FAILURES):
        with pytest.raises(Exception, match=r"GET|POST"):
            post(jellyfin)
    assert len(script.requests) == 3 * FAILURES


def test_tries_of_all_calls_and_threads_count_together(
    script: Script, jellyfin: Jellyfin, naps: list[float]
) -> None:
    script.says(page(502))
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(post, jellyfin) for _ in range(2)]:
            with pytest.raises(Exception, match="502"):
                done.result()
    with pytest.raises(Paused):
        ask(jellyfin)
    assert len(script.requests) == FAILURES
    assert naps == [0.5, 1.0], "the tries of one call stop once it is open"


def test_a_trial_that_succeeds_lets_every_call_pass(
    script: Script, jellyfin: Jellyfin, clock: Clock
) -> None:
    script.says(page(502))
    with pytest.raises(Paused):
        ask(jellyfin)
    script.says(EMPTY)
    with pytest.raises(Paused):
        ask(jellyfin)
    clock.now += PAUSE
    ask(jellyfin)
    ask(jellyfin)
    assert len(script.requests) == FAILURES + 2


def test_a_trial_that_fails_is_not_tried_again(
    script: Script, jellyfin: Jellyfin, clock: Clock, naps: list[float]
) -> None:
    script.says(page(502))
    with pytest.raises(Paused):
        ask(jellyfin)
    naps.clear()
    clock.now += PAUSE
    with pytest.raises(Paused) as caught:
        ask(jellyfin)
    assert len(script.requests) == FAILURES + 1
    assert naps == []
    assert caught.value.after == 2 * PAUSE


def test_the_head_of_a_stream_is_a_success_and_closes_it(
    script: Script, jellyfin: Jellyfin, clock: Clock
) -> None:
    script.says(page(502))
    with pytest.raises(Paused):
        ask(jellyfin)
    clock.now += PAUSE
    script.says(Reply(body=b"fLaC"), EMPTY)
    with jellyfin.transport.stream("Audio/x/stream.flac", {}) as chunks:
        ask(jellyfin)
        assert b"".join(chunks) == b"fLaC"


def test_a_long_stream_keeps_no_other_call_waiting(
    script: Script, connect: Connect, clock: Clock, tmp_path: Path
) -> None:
    jellyfin = connect(script.url, clock=clock)
    script.says(Reply(body=b"fLaC" * 1000), ok(PUBLIC))
    answered = []

    def meanwhile(_bytes: int) -> None:
        with ThreadPoolExecutor(1) as pool:
            answered.append(pool.submit(jellyfin.ready).result(10).name)

    jellyfin.audio_flac(SOURCE, tmp_path / "a.flac", meanwhile)
    assert answered == ["nas"]


def test_no_refusal_holds_the_key(script: Script, jellyfin: Jellyfin) -> None:
    script.says(plain(502, f"upstream said Token={KEY}"))
    with pytest.raises(Paused) as caught:
        ask(jellyfin)
    assert "Token=***" in str(caught.value)
    assert KEY not in repr(caught.value)
