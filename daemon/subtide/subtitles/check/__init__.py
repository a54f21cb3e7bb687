"""The check before a file is published: a score from 0 to 1, with its reasons.

The score begins at 1, and each finding takes its cost away. The weights are set so that any one
thing that spoils a file takes it below one half by itself, and what good files have costs
nothing; what many good files have a little of (fast speech) costs little.
"""

from collections.abc import Sequence
from itertools import chain

from subtide.subtitles.check.language import language
from subtide.subtitles.check.legible import limits
from subtide.subtitles.check.report import Facts, Finding, Identify, Kind, Report
from subtide.subtitles.check.sound import clock, pace, silence, timing, uncovered
from subtide.subtitles.check.translation import length, untranslated
from subtide.subtitles.check.wording import doubtful, loops, phrases
from subtide.subtitles.cues import Cue

__all__ = ["MEASURES", "Facts", "Finding", "Identify", "Kind", "Report", "check", "clock"]

MEASURES = (
    uncovered,
    silence,
    timing,
    pace,
    loops,
    doubtful,
    phrases,
    language,
    limits,
    length,
    untranslated,
)
"""Every measure: a function from cues and facts to findings."""


def check(cues: Sequence[Cue], facts: Facts) -> Report:
    """Say how good cues are, and why they are not better."""
    if not any(cue.plain.strip() for cue in cues):
        empty = Finding(Kind.EMPTY, "there is no text in it", 1.0, holds=True)
        return Report(0.0, (empty,))
    found = chain.from_iterable(measure(cues, facts) for measure in MEASURES)
    findings = sorted((one for one in found if one.cost), key=lambda one: -one.cost)
    cost = sum(finding.cost for finding in findings)
    return Report(round(max(0.0, 1.0 - cost), 3), tuple(findings))
