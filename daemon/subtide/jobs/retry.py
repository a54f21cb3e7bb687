"""When a failed task is tried again: a value for each kind of error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from subtide.errors import (
    BeingWatched,
    ChildDied,
    HoldForReview,
    MediaMissing,
    MediaUnreadable,
    RetryLater,
    ServerFailed,
    SkipSource,
    StopAndTell,
    SubtideError,
    UploadUnseen,
)

SOONEST_SECONDS = 1.0
"""The shortest wait before a new try, whatever the other side says."""
PATIENT_SECONDS = 600.0
"""The longest wait between tries while a server, a disk or an admin is waited for."""
TOMORROW_SECONDS = 86_400.0
"""When a target that failed for now may be planned again."""


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Again:
    """Try the same task again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop trying; the target may be planned again after so many seconds, or never (None)."""

    retry_seconds: float | None


MOST_FAILURES: dict[type[SubtideError], int] = {ChildDied: 3, UploadUnseen: 5, ServerFailed: 6}
"""How often an error that more tries may not cure may follow itself; all other RetryLater are
tried until they pass."""
RETRY_SECONDS: dict[type[SubtideError], float] = {
    MediaMissing: TOMORROW_SECONDS,  # a mount may be away for a night
    MediaUnreadable: 7 * TOMORROW_SECONDS,  # a download may be finished under the same size
}
"""Media that cannot be done now, and when they are worth another plan."""


def after(error: SubtideError, failures: int) -> Again | GiveUp:
    """Say what follows an error. ``failures``: how often the same kind came just before it."""
    if isinstance(error, BeingWatched):
        return Again(error.after)  # nothing failed: the viewers are asked about evenly
    if isinstance(error, RetryLater):
        most = _of_kind(MOST_FAILURES, error)
        if most is not None and failures + 1 >= most:
            return GiveUp(TOMORROW_SECONDS)
        first = max(error.after, SOONEST_SECONDS)
        return Again(min(first * 2.0 ** min(failures, 10), PATIENT_SECONDS))
    if isinstance(error, StopAndTell):
        return Again(PATIENT_SECONDS)
    if isinstance(error, SkipSource | HoldForReview):
        return GiveUp(_of_kind(RETRY_SECONDS, error))
    return GiveUp(TOMORROW_SECONDS)


def watched_seconds(error_code: str | None, failures: int) -> float:
    """Return for how long a task has waited for viewers, at least; from its row's values."""
    return failures * BeingWatched.delay if error_code == BeingWatched("").code else 0.0


def _of_kind(table: Mapping[type[SubtideError], Value], error: SubtideError) -> Value | None:
    return next((value for kind, value in table.items() if isinstance(error, kind)), None)
