"""Gaps: the targets that the policy wants and a source lacks, and why the others are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subtide.jellyfin.items import Source
from subtide.library.policy import Policy, covering
from subtide.pipeline.plan import Target
from subtide.storage.outcomes import Outcome


class Standing(StrEnum):
    """How a target stands with a source."""

    COVERED = "covered"
    """A track gives it already."""
    GAP = "gap"
    """It is to be made."""
    CLOSED = "closed"
    """It is lacking, but its outcome says not to plan it again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target of one source, and why it stands so."""

    target: Target
    standing: Standing
    why: str
    retry_at: datetime | None = None
    """When a closed one opens again by itself."""


def judge(
    source: Source,
    policy: Policy,
    outcomes: Mapping[tuple[str, str], Outcome],
    basis: str,
    now: datetime,
) -> tuple[Verdict, ...]:
    """Judge every wanted target of a source.

    ``outcomes``: by (source, target key). ``basis``: what an outcome must have been true for.
    """
    return tuple(
        _judge(source, target, outcomes.get((source.id, target.key)), basis, now)
        for target in policy.targets
    )


def _judge(
    source: Source, target: Target, outcome: Outcome | None, basis: str, now: datetime
) -> Verdict:
    track = covering(source, target)
    if track:
        where = "beside the file" if track.external else "inside the file"
        return Verdict(target, Standing.COVERED, f"{track.language} {track.codec} {where}")
    if outcome and outcome.closed(basis, now):
        why = f"{outcome.state}: {outcome.reason}".rstrip(": ")
        return Verdict(target, Standing.CLOSED, why, outcome.retry_at)
    return Verdict(target, Standing.GAP, "no such subtitle")
