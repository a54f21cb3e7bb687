"""transcribe: one block of speech into words with times.

In: a block's FLAC, the language, the model. Out: the words, in seconds of the film.
"""

import json

from subtide.pipeline.stage import Result, Tools, Work, artifact_paths, model_recipe, pulling
from subtide.storage.artifacts import artifact_key

VERSION = 1


def transcribe(work: Work, tools: Tools) -> Result:
    """Listen to one block, or take the words that were kept.

    Raises:
        ModelMissing, ModelDamaged: the model cannot be used.
        ChildDied: the process ended, mostly for lack of memory.
    """
    block, spoken = work.payload["block"], work.payload["spoken"]
    model = tools.models.need(spoken["model"], pulling(work))
    speech = work.plan.speech
    options = {"language": spoken["language"], "compute_type": speech.compute_type}
    key = artifact_key("transcribe", VERSION, [block["key"], model.fingerprint], options)
    if not tools.artifacts.has(key):
        request = {
            "model": model,
            "path": artifact_paths(tools.artifacts, [block["key"]])[0],
            "start": block["start"],
            "language": spoken["language"],
            "device": speech.device,
            "compute_type": speech.compute_type,
            "threads": tools.threads,
        }
        heard = work.compute("hear", request)
        tools.artifacts.write(key, "transcribe", "application/json", json.dumps(heard).encode())
    return {"key": key, "recipe": {"stage": VERSION, "model": model_recipe(model), **options}}
