"""Gaps: what is to be made, and what an earlier outcome says against it."""

from datetime import timedelta

import pytest
from sources import SERVER, source, subtitle

from subtide import settings
from subtide.library.gaps import Past, judge
from subtide.library.policy import Policy
from subtide.pipeline.plan import Target
from subtide.storage.coverage import Standing
from subtide.storage.outcomes import Outcome, OutcomeState

EN, PT = Target(language="en"), Target(language="pt")
NOW = SERVER.seen_at
BASIS = "b1"
HOUSE = settings.Policy()
BOTH = Policy(HOUSE, ("en", "pt"))


def outcome(state: OutcomeState, *, hours: float | None = None, basis: str = BASIS) -> Outcome:
    return Outcome(
        server=SERVER.id,
        source="f1",
        target=PT.key,
        item="f1",
        title="Film",
        state=state,
        basis=basis,
        reason="" if state is OutcomeState.PUBLISHED else "no audio track",
        fix="",
        retry_at=None if hours is None else NOW + timedelta(hours=hours),
        job=1,
        at=NOW,
    )


def standings(*outcomes: Outcome) -> list[tuple[Standing, str]]:
    """How English, which is there, and Portuguese stand."""
    known = Past({one.target: one for one in outcomes})
    verdicts = judge(source(subtitle("en")), BOTH, known, BASIS, NOW)
    assert [verdict.target for verdict in verdicts] == [EN, PT]
    return [(verdict.standing, verdict.why) for verdict in verdicts]


def test_what_is_there_is_covered_and_what_lacks_is_a_gap() -> None:
    assert standings() == [
        (Standing.COVERED, "en subrip inside the file"),
        (Standing.GAP, "no such subtitle"),
    ]


def test_a_sidecar_is_told_apart() -> None:
    there = source(subtitle("en", path="/media/Film/Film.en.srt"))
    (verdict,) = judge(there, Policy(HOUSE, ("en",)), Past(), BASIS, NOW)
    assert verdict.why == "en subrip beside the file"


@pytest.mark.parametrize(
    "state",
    [
        state
        for state in OutcomeState
        if state not in {OutcomeState.FAILED_UNTIL, OutcomeState.NEEDLESS}
    ],
)
def test_an_outcome_closes_the_gap(state: OutcomeState) -> None:
    assert standings(outcome(state))[1][0] is Standing.CLOSED


@pytest.mark.parametrize("state", [one for one in OutcomeState if one != "refused"])
def test_an_outcome_of_other_media_or_settings_does_not_count(state: OutcomeState) -> None:
    older = outcome(state, hours=1, basis="b0")
    assert standings(older)[1] == (Standing.GAP, "no such subtitle")


@pytest.mark.parametrize(
    ("hours", "standing"), [(1, Standing.CLOSED), (-1, Standing.GAP), (0, Standing.GAP)]
)
def test_a_failure_for_now_closes_the_gap_until_its_time(hours: float, standing: Standing) -> None:
    assert standings(outcome(OutcomeState.FAILED_UNTIL, hours=hours))[1][0] is standing


def test_a_closed_gap_says_why() -> None:
    assert standings(outcome(OutcomeState.FAILED))[1][1] == "failed: no audio track"
    assert standings(outcome(OutcomeState.PUBLISHED))[1][1] == "published"


def test_what_nobody_needs_is_not_wanted_and_says_why() -> None:
    assert standings(outcome(OutcomeState.NEEDLESS))[1] == (Standing.UNWANTED, "no audio track")


def test_an_outcome_of_another_target_does_not_count() -> None:
    english = Past({EN.key: outcome(OutcomeState.FAILED)})
    verdicts = judge(source(), Policy(HOUSE, ("pt",)), english, BASIS, NOW)
    assert verdicts[0].standing is Standing.GAP


def test_what_is_there_counts_more_than_an_outcome() -> None:
    known = Past({EN.key: outcome(OutcomeState.FAILED)})
    verdicts = judge(source(subtitle("en")), Policy(HOUSE, ("en",)), known, BASIS, NOW)
    assert verdicts[0].standing is Standing.COVERED
