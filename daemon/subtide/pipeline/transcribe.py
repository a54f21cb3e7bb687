"""transcribe: one block of speech into words with times.

In: a block's FLAC, the language, the model, names that may be spoken. Out: the words, in
seconds of the film; those in another language say which.
"""

import json
from typing import Any

import structlog

from subtide.pipeline.stage import Result, Tools, Work, artifact_paths, model_recipe, pulling
from subtide.storage.artifacts import artifact_key

VERSION = 2

log = structlog.get_logger()


def transcribe(work: Work, tools: Tools) -> Result:
    """Listen to one block, or take the words that were kept.

    Raises:
        ModelMissing, ModelDamaged: the model cannot be used.
        RetryLater: memory is too short for it, however small it is made.
        ChildDied: the process ended, mostly for lack of memory.
    """
    block, spoken = work.payload["block"], work.payload["spoken"]
    model = tools.models.need(spoken["model"], pulling(work))
    options = _options(work)
    key = artifact_key("transcribe", VERSION, [block["key"], model.fingerprint], options)
    if not tools.artifacts.has(key):
        request = {
            "model": model,
            "path": artifact_paths(tools.artifacts, [block["key"]])[0],
            "start": block["start"],
            "device": work.plan.speech.device,
            "threads": tools.threads,
            **options,
        }
        heard = work.compute("hear", request)
        if heard["was_short"]:
            log.warning("memory is short", title=work.plan.title, done_with=heard["done_with"])
        tools.artifacts.write(key, "transcribe", "application/json", json.dumps(heard).encode())
    recipe = {"stage": VERSION, "model": model_recipe(model), **options}
    done_with = json.loads(tools.artifacts.read(key))["done_with"]
    return {"key": key, "recipe": recipe | _otherwise(work, done_with)}


def _options(work: Work) -> dict[str, Any]:
    """Return what shapes the words, beside the audio and the model."""
    spoken, speech = work.payload["spoken"], work.plan.speech
    return {
        "language": spoken["language"],
        "compute_type": speech.compute_type,
        "tier": spoken.get("tier", speech.tier),
        "names": work.payload.get("names", []) if speech.hotwords else [],
    }


def _otherwise(work: Work, done_with: dict[str, Any]) -> dict[str, Any]:
    """Return what it was done with, where memory was too short for what the plan says."""
    asked = (work.plan.speech.device, work.plan.speech.compute_type)
    same = (done_with["device"], done_with["compute_type"]) == asked
    return {} if same else {"done_with": done_with}
