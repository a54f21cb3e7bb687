"""patience: how long a file may take to show, and when to look."""

from collections.abc import Callable, Iterator

REFRESH_SECONDS = 0.55
"""What one pending refresh takes on the server's single queue (0.34-0.53 s a tiny film, seen)."""
NUDGE_SECONDS = 60.0
"""When a file gets a refresh of its own, beyond the time of the pending ones: any earlier, it
would only make their queue longer."""
LOOK_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Seconds between looks; the last one repeats."""


def look_until_it_shows(  # noqa: PLR0913 - what is done in between, and for how long
    look: Callable[[], list[str]],
    *,
    nudge: Callable[[], None],
    sleep: Callable[[float], None],
    report: Callable[[float], None],
    least_seconds: float,
    pending: int,
) -> list[str]:
    """Return what ``look`` finds as soon as it finds something, or nothing when the wait is over.

    ``pending``: uploads whose refreshes may stand before ours; they run one after another, so
    the wait grows by twice their time. ``nudge`` is called once, when their time is over.
    ``report`` is told how much of the wait is over, 0 to 1, and may raise to stop.
    """
    queue = pending * REFRESH_SECONDS
    seconds = least_seconds + 2 * queue
    nudge_after = min(NUDGE_SECONDS, least_seconds / 2) + queue
    waited, nudged = 0.0, False
    for wait in _waits():
        found = look()
        if found or waited >= seconds:
            return found
        if not nudged and waited >= nudge_after:
            nudge()
            nudged = True
        report(min(0.9, waited / seconds))
        until = min(waited + wait, seconds if nudged else nudge_after)
        sleep(until - waited)
        waited = until
    raise AssertionError  # _waits never ends


def _waits() -> Iterator[float]:
    yield from LOOK_SECONDS
    while True:
        yield LOOK_SECONDS[-1]
