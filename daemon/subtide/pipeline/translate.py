"""translate: cues into the language of one target, checked.

In: cues and their language. Out: cues of the same count and order in the target's language,
laid out for their readers. Engines are asked in the policy's order; a line that one fails goes
to the next.
"""

import contextlib
import json
from typing import Any

from subtide.errors import NoTranslation
from subtide.languages import Language
from subtide.models.catalog import firefox_name
from subtide.models.record import Model
from subtide.pipeline.compose import raise_faults
from subtide.pipeline.plan import TranslationOptions
from subtide.pipeline.stage import Result, Tools, Work, artifact_paths, model_recipe, pulling
from subtide.storage.artifacts import artifact_key

VERSION = 1
NORWEGIAN = {"no": "nb"}
"""Firefox models name the written form."""


def translate(work: Work, tools: Tools) -> Result:
    """Translate into the target that is this task's part.

    Raises:
        NoTranslation: no engine has a model for this direction.
        ModelMissing: there is one, but it may not be pulled.
        CheckFailed: lines are left that no engine could translate.
    """
    cues = work.payload["cues"]
    source = Language(cues["language"])
    target = next(t for t in work.plan.targets if t.key == work.part).tag
    chosen = _models(engine_models(work.plan.translation, source, target), work, tools)
    if not chosen:
        raise NoTranslation(
            f"no engine translates {source.name} into {target.name}",
            "name a model for this direction in translation.models",
        )
    engines, models = [engine for engine, _ in chosen], [model for _, model in chosen]
    options = {
        "source": source.tag,
        "target": target.tag,
        "engines": engines,
        "ours": cues["ours"],
        "frame_rate": cues["frame_rate"],
    }
    key = artifact_key(
        "translate", VERSION, [cues["key"], *(model.fingerprint for model in models)], options
    )
    if not tools.artifacts.has(key):
        request = {
            "cues": artifact_paths(tools.artifacts, [cues["key"]])[0],
            "models": models,
            "options": options,
            "threads": tools.threads,
        }
        answer = work.compute("translate", request)
        tools.artifacts.write(key, "translate", "application/json", json.dumps(answer).encode())
    translated: dict[str, Any] = json.loads(tools.artifacts.read(key))
    raise_faults(translated["faults"], work.plan.title)
    recipe = {
        **cues["recipe"],
        "translate": {
            "stage": VERSION,
            **options,
            "models": [model_recipe(model) for model in models],
        },
    }
    return {**cues, "key": key, "language": target.tag, "recipe": recipe}


def engine_models(
    options: TranslationOptions, source: Language, target: Language
) -> list[tuple[str, str]]:
    """Return the engines to ask, in order, each with its model for this direction.

    Firefox models are named by their direction, unless the settings name another; an engine of
    another kind is left out where the settings name no model for it.
    """
    chosen: list[tuple[str, str]] = []
    if source.base == target.base:
        return chosen  # none leads into another region or script of the same language
    for engine in options.engines:
        name = options.named(engine, source, target)
        if name is None and engine == "firefox":
            name = _firefox_model(source, target)
        if name:
            chosen.append((engine, name))
    return chosen


def _firefox_model(source: Language, target: Language) -> str | None:
    """Return the Firefox model for a direction: they lead into and out of English.

    They know languages without regions, and write each in its usual script alone.
    """
    written = Language(target.base).script == target.script
    if not written or "en" not in {source.base, target.base}:
        return None
    return firefox_name(*(Language(NORWEGIAN.get(t.base, t.base)) for t in (source, target)))


def _models(chosen: list[tuple[str, str]], work: Work, tools: Tools) -> list[tuple[str, Model]]:
    """Return the models that there are; one that its source does not have is left out."""
    found = []
    for engine, name in chosen:
        with contextlib.suppress(NoTranslation):
            found.append((engine, tools.models.need(name, pulling(work))))
    return found
