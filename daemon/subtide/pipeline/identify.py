"""identify: which language is spoken. A multilingual model votes over several speech windows.

In: the blocks. Out: the language, how sure the vote was, and the model that will listen. An
English-only model cannot vote (it answers "en" without listening), and serves only English.
"""

import json

from subtide.errors import LanguageUnknown, ModelMissing
from subtide.languages import Language
from subtide.models.catalog import multilingual
from subtide.pipeline.plan import AudioOrigin, Plan
from subtide.pipeline.stage import Result, Tools, Work, artifact_paths, pulling
from subtide.storage.artifacts import artifact_key

VERSION = 1


def identify(work: Work, tools: Tools) -> Result:
    """Vote, or take the vote that was kept.

    Raises:
        LanguageUnknown: the vote was not sure and the policy does not trust the tag.
        ModelMissing: the voting model is not there, or cannot vote.
    """
    name = work.plan.speech.vote_model
    if not multilingual(name):
        raise ModelMissing(
            f"{name} knows only English, so it cannot tell languages apart",
            "set speech.vote_model to a multilingual model, such as base",
        )
    audio = work.payload["audio"]
    keys = [block["key"] for block in audio["blocks"]]
    model = tools.models.need(name, pulling(work))
    options = {"tier": work.plan.speech.tier}
    key = artifact_key("identify", VERSION, [*keys, model.fingerprint], options)
    if not tools.artifacts.has(key):
        request = {
            "model": model,
            "paths": artifact_paths(tools.artifacts, keys),
            "blocks": audio["blocks"],
            "spans": audio["spans"],
            "device": work.plan.speech.device,
            "compute_type": work.plan.speech.compute_type,
            "threads": tools.threads,
            **options,
        }
        vote = work.compute("vote", request)
        tools.artifacts.write(key, "identify", "application/json", json.dumps(vote).encode())
    return _decided(work.plan, json.loads(tools.artifacts.read(key)))


def _decided(plan: Plan, vote: Result) -> Result:
    language = Language.find(vote["language"])
    if language is None and plan.speech.trust_audio_tag:
        assert isinstance(plan.origin, AudioOrigin)  # noqa: S101 - only speech is identified
        language = Language.find(plan.origin.language)
    if language is None:
        heard = ", ".join(f"{tag} {share:.2f}" for tag, share in vote["tally"].items())
        raise LanguageUnknown(
            f"the spoken language is unclear ({heard or 'no vote'})",
            "tag the audio track and set policy.trust_audio_tag, or choose a larger vote_model",
        )
    return {
        "language": language.tag,
        "confidence": vote["confidence"],
        "model": speech_model(plan, language),
    }


def speech_model(plan: Plan, language: Language) -> str:
    """Return the name of the model that will listen: an English-only one only to English."""
    name = plan.speech.model_for(language)
    if language.base == "en" or multilingual(name):
        return name
    return plan.speech.vote_model
