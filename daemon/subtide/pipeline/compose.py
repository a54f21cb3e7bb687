"""compose: all words, or the origin's text, into cues that were checked.

In: transcripts, or a subtitle's bytes. Out: cues as JSON, with the language they are in.
"""

import json
from typing import Any

from subtide.errors import CheckFailed
from subtide.pipeline.plan import TextOrigin
from subtide.pipeline.stage import Result, Tools, Work, artifact_paths
from subtide.storage.artifacts import artifact_key

VERSION = 1
FILM_FRAME_RATE = 24.0
"""Frames a second where the file does not say."""


def compose(work: Work, tools: Tools) -> Result:
    """Make the cues and check them.

    Raises:
        CheckFailed: they are empty, beyond the limits or in another language.
        OriginUnreadable: the origin's text is no subtitle.
    """
    ours = not isinstance(work.plan.origin, TextOrigin)
    request = _from_words(work, tools) if ours else _from_text(work, tools)
    key = artifact_key("compose", VERSION, request.pop("inputs"), request["options"])
    if not tools.artifacts.has(key):
        answer = work.compute("compose", request)
        tools.artifacts.write(key, "compose", "application/json", json.dumps(answer).encode())
    composed: dict[str, Any] = json.loads(tools.artifacts.read(key))
    raise_faults(composed["faults"], work.plan.title)
    return {
        "key": key,
        "language": composed["language"],
        "ours": ours,
        "frame_rate": composed["frame_rate"],
        "recipe": {"compose": VERSION, **_recipe(work)},
    }


def raise_faults(faults: list[str], title: str) -> None:
    """Raise CheckFailed when a check found anything."""
    if faults:
        raise CheckFailed(
            f"the subtitle for {title} failed its check: {'; '.join(faults[:3])}",
            "look at it before it is published; a larger model may do better",
        )


def _from_words(work: Work, tools: Tools) -> dict[str, Any]:
    audio = work.payload["audio"]
    keys = [transcript["key"] for transcript in work.payload["transcripts"]]
    return {
        "inputs": keys,
        "words": artifact_paths(tools.artifacts, keys),
        "options": {
            "language": work.payload["spoken"]["language"],
            "frame_rate": audio["frame_rate"] or FILM_FRAME_RATE,
            "speech_seconds": sum(end - start for start, end in audio["spans"]),
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
            "frame_rate": FILM_FRAME_RATE,
        },
    }


def _recipe(work: Work) -> dict[str, Any]:
    if isinstance(work.plan.origin, TextOrigin):
        return {"origin": work.plan.origin.model_dump(exclude={"path"})}
    spoken = work.payload["spoken"]
    return {
        "origin": work.plan.origin.model_dump(),
        "spoken": {"language": spoken["language"], "confidence": spoken["confidence"]},
        "transcribe": work.payload["transcripts"][0]["recipe"],
    }
