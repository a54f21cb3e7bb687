"""The calls that listen: decode, lead, vote, hear, sample.

Imported in child processes only.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from subtide.asr import blocks
from subtide.asr.audio import lead
from subtide.asr.flac import read_flac
from subtide.asr.speech import SpeechMap
from subtide.asr.vote import read_windows, vote
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language
from subtide.models.record import Model
from subtide.pipeline.calls import Answer, Read, Report, Request, Warm
from subtide.pipeline.media import open_media
from subtide.pipeline.sample import time_sample

_ears: Warm[WhisperEngine] = Warm()


def decode_call(request: Request, report: Report, read: Read) -> Answer:
    """Decode a track, mark its speech, write the blocks into the request's folder."""
    prepared = blocks.prepare(
        open_media(request, read),
        request["track"],
        Path(request["folder"]),
        block_seconds=request["block_seconds"],
        progress=report,
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
    result = vote(engine, read_windows(speech, files))
    return {
        "language": result.language.tag if result.language else None,
        "confidence": result.confidence,
        "tally": {language.tag: share for language, share in result.tally},
    }


def hear_call(request: Request, report: Report, _read: Read) -> Answer:
    """Turn one block into words."""
    words = _whisper(request).transcribe(
        read_flac(Path(request["path"])),
        language=Language(request["language"]),
        offset=request["start"],
        progress=report,
    )
    return {"words": [[w.start, w.end, w.text, w.probability] for w in words]}


def sample_call(request: Request, _report: Report, read: Read) -> Answer:
    """Hear some speech of a film, and tell what a second of it costs, in seconds."""
    engine = _whisper(request)
    cost = time_sample(engine, open_media(request, read), request["track"], request["duration"])
    return {"cost": cost}


def _whisper(request: Request) -> WhisperEngine:
    how = {name: request[name] for name in ("device", "compute_type", "threads")}
    return _opened(request["model"], how)


def _opened(model: Model, how: Mapping[str, Any]) -> WhisperEngine:
    key = (model.fingerprint, tuple(how.values()))
    return _ears.get(key, lambda: WhisperEngine(model.folder, **how))
