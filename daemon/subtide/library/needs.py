"""Needs: the models that the settings may ask for, whichever item comes."""

from collections.abc import Collection

from subtide.languages import Language
from subtide.library.planning import Planner
from subtide.pipeline.routes import engine_models


def speech_models(planner: Planner) -> tuple[str, ...]:
    """Return the models that hear, each once."""
    speech = planner.options.speech
    return tuple(dict.fromkeys((speech.vote_model, speech.model, *speech.models.values())))


def translation_models(planner: Planner, languages: Collection[str]) -> tuple[str, ...]:
    """Return the models that translate between these languages, each once.

    With the engines of the house and those that a rule names.
    """
    tags = [Language(tag) for tag in languages]
    translation = planner.options.translation
    named = [planner.rules.base.engines, *(rule.set.engines for rule in planner.rules.changes)]
    found: dict[str, None] = {}
    for engines in dict.fromkeys(one or translation.engines for one in named):
        options = translation.model_copy(update={"engines": engines})
        pairs = ((source, target) for source in tags for target in tags)
        for source, target in pairs:
            legs = (leg for route in engine_models(options, source, target) for leg in route.legs)
            found |= dict.fromkeys(leg.model for leg in legs if leg.model)
    return tuple(found)
