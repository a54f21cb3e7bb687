"""Equip: routes with their models at hand."""

import contextlib
from dataclasses import dataclass
from typing import Any

from subtide.errors import NoTranslation
from subtide.languages import Language
from subtide.models.record import Model
from subtide.pipeline.chat import CHAT
from subtide.pipeline.routes import Route, direct, through_english
from subtide.pipeline.stage import Tools, Work, pulling


@dataclass(frozen=True, slots=True)
class Equipped:
    """A route, and for each leg its model; None for what needs no files."""

    route: Route
    models: tuple[Model | None, ...]

    @property
    def name(self) -> str:
        """Its engines in a word."""
        return self.route.engine

    @property
    def via(self) -> str:
        """The tag of the language between its legs."""
        return self.route.via

    @property
    def engines(self) -> list[str]:
        """Those of its legs."""
        return [leg.engine for leg in self.route.legs]

    @property
    def named(self) -> list[str]:
        """Its engines and what lies between them, as a part of an artifact's key."""
        return [*self.engines, self.via]

    def plain(self) -> list[dict[str, Any]]:
        """Return its legs for a child: engine, model and the two languages' tags."""
        return [
            {
                "engine": leg.engine,
                "model": model,
                "source": leg.source.tag,
                "target": leg.target.tag,
            }
            for leg, model in zip(self.route.legs, self.models, strict=True)
        ]


def equip(
    work: Work, tools: Tools, source: Language, target: Language, heard: str | None
) -> list[Equipped]:
    """Return the routes whose models there are; those through English if no other is left.

    ``heard``: the model that the film's speech is heard with, if the cues come from it.

    Raises ModelMissing when a model is not installed and may not be pulled.
    """
    options = work.plan.translation
    for routes in (direct, through_english):
        found = [
            equipped
            for route in routes(options, source, target, heard)
            if (equipped := _with_models(route, work, tools))
        ]
        if found:
            return found
    return []


def _with_models(route: Route, work: Work, tools: Tools) -> Equipped | None:
    """Return nothing for a model that its source does not have, or an engine without access."""
    if any(leg.engine in CHAT and leg.engine not in tools.chat for leg in route.legs):
        return None
    with contextlib.suppress(NoTranslation):
        models = [tools.models.need(leg.model, pulling(work)) if leg.model else None
                  for leg in route.legs]  # fmt: skip
        return Equipped(route, tuple(models))
    return None
