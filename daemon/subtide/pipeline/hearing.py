"""The calls that listen: decode, lead, vote, hear, sample.

Imported in child processes only.
"""

from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

from subtide.asr import blocks
from subtide.asr.audio import lead
from subtide.asr.flac import read_flac
from subtide.asr.speech import SpeechMap
from subtide.asr.tiers import TIERS
from subtide.asr.vote import read_windows, vote
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language
from subtide.models.record import Model
from subtide.pipeline.calls import Answer, Read, Report, Request, Warm
from subtide.pipeline.media import open_media
from subtide.pipeline.sample import time_sample

HOW = ("device", "compute_type", "threads")
"""What a request says of how a model is loaded."""

_ears: Warm[WhisperEngine] = Warm()


def decode_call(request: Request, report: Report, read: Read) -> Answer:
    """Decode a track, mark its speech, write the blocks into the request's folder.

    Without ``block_seconds`` there are no blocks.
    """
    media, track = open_media(request, read), request["track"]
    prepared = (
        blocks.listen(media, track, progress=report)
        if request["block_seconds"] is None
        else blocks.prepare(
            media,
            track,
            Path(request["folder"]),
            block_seconds=request["block_seconds"],
            progress=report,
        )
    )
    return {
        "duration": prepared.duration,
        "frame_rate": prepared.frame_rate,
        "spans": [list(span) for span in prepared.speech.spans],
        "blocks": [
            {"start": block.start, "end": block.end, "file": block.path.name}
            for block in prepared.blocks
        ],
    }


def lead_call(request: Request, _report: Report, read: Read) -> Answer:
    """Tell how long after the film's beginning a track begins, in seconds."""
    return {"seconds": lead(open_media(request, read), request["track"])}


def vote_call(request: Request, _report: Report, _read: Read) -> Answer:
    """Let the model vote on the language of the blocks."""
    engine = _whisper(request)
    spans = tuple((start, end) for start, end in request["spans"])
    files = [
        blocks.BlockFile(block["start"], block["end"], Path(path))
        for block, path in zip(request["blocks"], request["paths"], strict=True)
    ]
    speech = SpeechMap(max(file.end for file in files), spans)
    result = vote(engine, read_windows(speech, files, TIERS[request["tier"]].voters))
    return {
        "language": result.language.tag if result.language else None,
        "confidence": result.confidence,
        "tally": {language.tag: share for language, share in result.tally},
    }


def hear_call(request: Request, report: Report, _read: Read) -> Answer:
    """Turn one block into words; tell with what it was done, and whether memory was short."""
    engine = _whisper(request)
    words = engine.transcribe(
        read_flac(Path(request["path"])),
        language=Language(request["language"]),
        offset=request["start"],
        progress=report,
        tier=TIERS[request["tier"]],
        names=request["names"],
    )
    return {
        "words": [list(astuple(word)) for word in words],
        "done_with": engine.done_with,
        "was_short": engine.was_short(),
    }


def sample_call(request: Request, _report: Report, read: Read) -> Answer:
    """Hear some speech of a film, and tell what a second of it costs, in seconds."""
    engine = _whisper(request)
    media, tier = open_media(request, read), TIERS[request["tier"]]
    cost = time_sample(engine, media, request["track"], request["duration"], tier)
    return {"cost": cost}


def opened(model: Model, how: Mapping[str, Any]) -> WhisperEngine:
    """Return a model in memory; ``how`` it is loaded: device, compute type, threads."""
    key = (model.fingerprint, tuple(how.values()))
    return _ears.get(key, lambda: WhisperEngine(model.folder, **how))


def _whisper(request: Request) -> WhisperEngine:
    return opened(request["model"], {name: request[name] for name in HOW})
