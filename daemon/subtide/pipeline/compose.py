"""compose: all words, or the origin's text, into cues that were checked.

In: transcripts, or a subtitle's bytes. Out: cues as JSON, with the language they are in.
"""

import json
from typing import Any

from subtide.languages import Language
from subtide.pipeline.checked import checked_cues
from subtide.pipeline.plan import Plan, TextOrigin
from subtide.pipeline.stage import Result, Tools, Work, artifact_paths
from subtide.storage.artifacts import artifact_key
from subtide.subtitles.limits import FILM_RATE

VERSION = 2
STYLED = frozenset({"ass", "ssa"})
"""Formats whose styles can be kept."""


def compose(work: Work, tools: Tools) -> Result:
    """Make the cues and check them.

    Raises:
        CheckFailed: they are not good enough, and the second attempt was no better.
        OriginUnreadable: the origin's text is no subtitle.
    """
    ours = not isinstance(work.plan.origin, TextOrigin)
    request = _from_words(work, tools) if ours else _from_text(work, tools)
    key = artifact_key("compose", VERSION, request.pop("inputs"), request["options"])
    if not tools.artifacts.has(key):
        answer = work.compute("compose", request)
        tools.artifacts.write(key, "compose", "application/json", json.dumps(answer).encode())
    composed: dict[str, Any] = json.loads(tools.artifacts.read(key))
    result = {
        "key": key,
        "language": composed["language"],
        "ours": ours,
        "frame_rate": composed["frame_rate"],
        "foreign": composed["foreign"],
        "names": work.payload.get("names", []),
        "recipe": {"compose": VERSION, **_recipe(work), **_synced(work, composed)},
        **_passed_on(work),
    }
    return checked_cues(work, tools, result, composed)


def _from_words(work: Work, tools: Tools) -> dict[str, Any]:
    audio = work.payload["audio"]
    keys = [transcript["key"] for transcript in work.payload["transcripts"]]
    return {
        "inputs": keys,
        "words": artifact_paths(tools.artifacts, keys),
        "options": {
            "language": work.payload["spoken"]["language"],
            "limits": _limits(work.plan, Language(work.payload["spoken"]["language"])),
            "frame_rate": audio["frame_rate"] or FILM_RATE,
            "spans": audio["spans"],
        },
    }


def _from_text(work: Work, tools: Tools) -> dict[str, Any]:
    text = work.payload["text"]
    return {
        "inputs": [text["key"]],
        "text": artifact_paths(tools.artifacts, [text["key"]])[0],
        "options": {
            "format": text["format"],
            "language": text["language"],
            "limits": work.plan.subtitles.limits_of(Language(text["language"])),
            "notes": work.plan.subtitles.notes,
            "frame_rate": FILM_RATE,
            "spans": text.get("spans", []),
            "duration": text.get("duration", 0.0),
        },
    }


def _limits(plan: Plan, spoken: Language) -> dict[str, float]:
    translated = any(not spoken.serves(target.tag) for target in plan.targets)
    return plan.subtitles.limits_of(spoken, translated=translated)


def _passed_on(work: Work) -> dict[str, Any]:
    """Return what later stages need of the origin: the audio, or the file that has styles."""
    if isinstance(work.plan.origin, TextOrigin):
        text = work.payload["text"]
        return {"styled": text["key"]} if text["format"] in STYLED else {}
    return {"audio": {"blocks": work.payload["audio"]["blocks"]}}


def _synced(work: Work, composed: dict[str, Any]) -> dict[str, Any]:
    """Return what the recipe says of a text's test against the speech."""
    text = work.payload.get("text", {})
    if "spans" in text:
        return {"sync": composed["sync"]}
    return {"sync": f"not tested: {text['untested']}"} if "untested" in text else {}


def _recipe(work: Work) -> dict[str, Any]:
    if isinstance(work.plan.origin, TextOrigin):
        return {
            "origin": work.plan.origin.model_dump(exclude={"path"}),
            "notes": work.plan.subtitles.notes,
        }
    spoken = work.payload["spoken"]
    recipes = [transcript["recipe"] for transcript in work.payload["transcripts"]]
    return {
        "origin": work.plan.origin.model_dump(),
        "spoken": {"language": spoken["language"], "confidence": spoken["confidence"]},
        # Memory may have been short for one block alone.
        "transcribe": next((one for one in recipes if "done_with" in one), recipes[0]),
    }
