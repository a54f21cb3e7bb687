"""Summary: what a look at a server found, in numbers."""

from collections import Counter
from dataclasses import dataclass, field

from subtide.library.gate import Held
from subtide.library.judging import Finding
from subtide.storage.coverage import Standing


@dataclass(slots=True)
class Summary:
    """What a look found."""

    sources: int = 0
    """Compared with the policy."""
    unchanged: int = 0
    """Items that nothing had to be done for since the last look."""
    gone: int = 0
    """Items forgotten, because the server has them no more."""
    standings: Counter[Standing] = field(default_factory=Counter)
    planned: int = 0
    waiting: int = 0
    unreleased: int = 0
    """Sources that lack something in libraries that are not released yet."""
    limited: int = 0
    """Sources that lack something and wait for a later scan, because of a limit."""
    passed_over: list[str] = field(default_factory=list)
    """Sources that are no work for Subtide as it is set up, and why; no outcome tells of them."""

    def add(self, finding: Finding) -> None:
        """Count one source."""
        self.sources += 1
        self.standings.update(verdict.standing for verdict in finding.verdicts)
        self.planned += finding.plan is not None and finding.held is None
        self.waiting += finding.open_plan is not None
        self.unreleased += finding.held is Held.UNRELEASED
        self.limited += finding.held is Held.LIMIT
        if finding.problem and not finding.verdicts:
            self.passed_over.append(f"{finding.item.title}: {finding.problem}")
