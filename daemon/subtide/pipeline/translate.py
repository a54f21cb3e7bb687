"""translate: cues into the language of one target, checked.

In: cues and their language. Out: cues of the same count and order in the target's language,
laid out for their readers. Engines are asked in the policy's order; a line that one fails goes
to the next.
"""

import json
from typing import Any

from subtide.languages import Language
from subtide.models.catalog import firefox_name
from subtide.models.record import Model
from subtide.pipeline.compose import raise_faults
from subtide.pipeline.plan import TranslationOptions
from subtide.pipeline.stage import Result, Tools, Work, artifact_paths, model_recipe
from subtide.storage.artifacts import artifact_key

VERSION = 1


def translate(work: Work, tools: Tools) -> Result:
    """Translate into the target that is this task's part.

    Raises:
        ModelMissing: no engine has a model for this direction.
        CheckFailed: lines are left that no engine could translate.
    """
    cues = work.payload["cues"]
    source = Language(cues["language"])
    target = next(t for t in work.plan.targets if t.key == work.part).tag
    chosen = engine_models(work.plan.translation, source, target)
    models = [_model(name, work, tools) for _, name in chosen]
    engines = [engine for engine, _ in chosen]
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

    Firefox models are named by their direction, unless the settings name another; an engine
    of another kind is left out where the settings name no model for it.
    """
    chosen: list[tuple[str, str]] = []
    for engine in options.engines:
        name = options.named(engine, source, target)
        if name is None and engine == "firefox":
            name = firefox_name(source, target)
        if name:
            chosen.append((engine, name))
    return chosen


def _model(name: str, work: Work, tools: Tools) -> Model:
    return tools.models.need(name, lambda done, total: work.report(done / max(1, total)))
