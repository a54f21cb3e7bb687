"""When a failed task is tried again: a value for each kind of error."""

from dataclasses import dataclass

from subtide.errors import (
    ChildDied,
    HoldForReview,
    RetryLater,
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


@dataclass(frozen=True, slots=True)
class Again:
    """Try the same task again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop trying; the target may be planned again after so many seconds, or never (None)."""

    retry_seconds: float | None


MOST_FAILURES: dict[type[SubtideError], int] = {ChildDied: 3, UploadUnseen: 5}
"""Errors that more tries do not cure; all other RetryLater are tried until they pass."""


def after(error: SubtideError, failures: int) -> Again | GiveUp:
    """Say what follows an error. ``failures``: how often this task failed before."""
    if isinstance(error, RetryLater):
        if failures + 1 >= MOST_FAILURES.get(type(error), failures + 2):
            return GiveUp(TOMORROW_SECONDS)
        first = max(error.after, SOONEST_SECONDS)
        return Again(min(first * 2.0 ** min(failures, 10), PATIENT_SECONDS))
    if isinstance(error, StopAndTell):
        return Again(PATIENT_SECONDS)
    if isinstance(error, SkipSource | HoldForReview):
        return GiveUp(None)
    return GiveUp(TOMORROW_SECONDS)
