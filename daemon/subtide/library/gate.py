"""Gate: whether a plan may become a job now: releases, and limits on how much is planned."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from subtide.jobs.store import JobStore
from subtide.storage.looks import SWEEPS, Look, Priority


class Held(StrEnum):
    """Why a plan is not made a job."""

    UNRELEASED = "unreleased"
    """A person has not opened the library yet."""
    LIMIT = "limit"
    """As many jobs were planned as may be; a later scan plans more."""


def planned_today(store: JobStore, now: datetime) -> int:
    """How many jobs count for ``limits.jobs_per_day``: those of the last 24 hours."""
    return store.planned_since(now - timedelta(days=1))


def urgency(look: Look) -> int:
    """Return the priority of what a look leads to; a sweep names nothing that could not wait."""
    return max(look.priority, Priority.NEW) if look.item in SWEEPS else look.priority


@dataclass(slots=True)
class Gate:
    """Counts what one visit to a server plans."""

    left: int | None = None
    """Jobs that may still be planned; None for any number."""

    def holds(self, look: Look, *, released: bool) -> Held | None:
        """Say why a plan may not be made a job, or None and count it.

        What a person asked for by name may always be made, and does not count; nor does what
        is being watched.
        """
        if urgency(look) <= Priority.PERSON:
            return None
        if not released:
            return Held.UNRELEASED
        if self.left is None or urgency(look) < Priority.NEW:
            return None
        if self.left <= 0:
            return Held.LIMIT
        self.left -= 1
        return None
