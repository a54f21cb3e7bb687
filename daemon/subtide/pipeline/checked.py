"""What follows from a check: a result goes on, is made again with more care, or is held."""

from collections.abc import Mapping
from typing import Any

from subtide.errors import CheckFailed
from subtide.pipeline.second import may_hear_again
from subtide.pipeline.stage import Result, Tools, Work

MOST_TOLD = 3
"""Findings that an error names; all of them are in the held task's result."""


class Held(CheckFailed):
    """A result that did not pass; it is kept, so that a person can look at it and let it on."""

    def __init__(self, what: str, fix: str, result: Result) -> None:
        """``result``: the task's, as if it had passed."""
        super().__init__(what, fix)
        self.args = (what, fix, result)
        self.result = result


def checked_cues(work: Work, tools: Tools, result: Result, answer: Mapping[str, Any]) -> Result:
    """Return the result of compose with its check noted, or the better of two attempts.

    ``answer``: the call's, with ``score``, ``holds`` and ``findings``. The result holds
    ``"again": True`` when the film is to be heard once more first.

    Raises:
        Held: it is not good enough, nor was the attempt before, and nobody approved it.
    """
    noted = _noted("compose", result, answer)
    before: Result | None = work.payload.get("before")
    if before is None and not _may_go_on(work, noted) and may_hear_again(work, tools):
        return {**noted, "again": True}
    if before is not None and before["score"] > noted["score"]:
        noted = {name: value for name, value in before.items() if name != "again"}
    return _let_on(work, "compose", noted)


def checked_translation(work: Work, result: Result, answer: Mapping[str, Any]) -> Result:
    """Return the result of translate with its check noted.

    Raises:
        Held: it is not good enough, and nobody approved it.
    """
    return _let_on(work, "translate", _noted("translate", result, answer))


def _noted(stage: str, result: Result, answer: Mapping[str, Any]) -> Result:
    """Note a check in a result, and in its recipe under the stage's name."""
    findings = [[kind, text] for kind, text, _cues in answer["findings"]]
    check: dict[str, Any] = {"score": answer["score"], "findings": findings}
    recipe = result["recipe"]
    checks = {**recipe.get("check", {}), stage: check}
    return {
        **result,
        **check,
        "holds": answer["holds"],
        "recipe": {**recipe, "check": checks},
    }


def _let_on(work: Work, stage: str, result: Result) -> Result:
    if _is_good(work, result):
        return result
    if not _is_approved(work):
        raise held(work.plan.title, work.job, result)
    recipe = result["recipe"]
    check = {**recipe["check"][stage], "approved": True}
    return {**result, "recipe": {**recipe, "check": {**recipe["check"], stage: check}}}


def _may_go_on(work: Work, result: Result) -> bool:
    return _is_approved(work) or _is_good(work, result)


def _is_good(work: Work, result: Result) -> bool:
    return not result["holds"] and result["score"] >= work.plan.subtitles.review_below


def _is_approved(work: Work) -> bool:
    return bool(work.payload.get("approved"))


def held(title: str, job: int, result: Result) -> Held:
    """Return the error that keeps a result for a person, with the reasons for it."""
    texts = [text for _kind, text in result["findings"]][:MOST_TOLD]
    reasons = "; ".join(texts) or "nothing in particular"
    return Held(
        f"the subtitle for {title} scored {result['score']:.2f}: {reasons}",
        f"look at it: subtide review {job} --show",
        result,
    )
