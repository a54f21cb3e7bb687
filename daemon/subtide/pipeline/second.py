"""The second attempt: the film is heard again with more care, before a person is asked."""

from collections.abc import Mapping
from typing import Any

import structlog

from subtide.errors import (
    BrokenAnswer,
    DiskFull,
    ModelDamaged,
    ModelMissing,
    ServerFailed,
    ServerUnreachable,
)
from subtide.languages import Language
from subtide.pipeline.identify import speech_model
from subtide.pipeline.plan import AudioOrigin, Plan
from subtide.pipeline.stage import Result, Tools, Work, pulling

NOT_TO_BE_HAD = (
    BrokenAnswer,
    DiskFull,
    ModelDamaged,
    ModelMissing,
    ServerFailed,
    ServerUnreachable,
)
"""Errors that leave a film without its second attempt, instead of waiting for a model."""

log = structlog.get_logger()


def spoken_again(plan: Plan, spoken: Mapping[str, Any]) -> Result:
    """Return what identify found, with the tier and the model of the second attempt.

    ``plan`` has one. A model that the settings name for the language is kept.
    """
    second = plan.speech.second
    assert second  # noqa: S101 - the caller's branch
    stronger = plan.speech.model_copy(update={"model": second.model})
    language = Language(str(spoken["language"]))
    model = speech_model(plan.model_copy(update={"speech": stronger}), language)
    return {**spoken, "tier": second.tier, "model": model}


def may_hear_again(work: Work, tools: Tools) -> bool:
    """Whether there is to be a second attempt; its model is pulled if that is allowed."""
    plan = work.plan
    if plan.speech.second is None or not isinstance(plan.origin, AudioOrigin):
        return False
    model = spoken_again(plan, work.payload["spoken"])["model"]
    try:
        tools.models.need(model, pulling(work))
    except NOT_TO_BE_HAD as error:
        log.warning("no second attempt", title=plan.title, model=model, why=error.what)
        return False
    return True
