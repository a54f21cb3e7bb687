"""What runs inside a child process: the heavy half of the stages.

Nothing here opens the database or speaks to a server. A call takes a request of plain values
and paths, and returns plain values; its errors cross the process boundary. One model at a time
stays in memory. The daemon never imports this module.
"""

import gc
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from subtide.asr import blocks
from subtide.asr.audio import lead
from subtide.asr.flac import read_flac
from subtide.asr.speech import SpeechMap
from subtide.asr.vote import read_windows, vote
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language
from subtide.models.record import Model
from subtide.mt.engine import TranslationEngine
from subtide.mt.engines import ENGINES
from subtide.mt.translate import translate_cues
from subtide.pipeline.sample import time_sample
from subtide.subtitles import formats
from subtide.subtitles.check import check
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import limits_for
from subtide.subtitles.segment import cues_from_words
from subtide.subtitles.textlanguage import identify

Report = Callable[[float], None]
Read = Callable[[int, int], bytes]
Request = Mapping[str, Any]
Answer = dict[str, Any]
Loaded = TypeVar("Loaded")

READ_AHEAD = 1 << 20
"""Bytes fetched at once from a file that only the daemon can reach."""
MOST_UNTRANSLATED = 0.1
"""Share of cues that may keep their source text (names, exclamations) without a review."""


def decode_call(request: Request, report: Report, read: Read) -> Answer:
    """Decode a track, mark its speech, write the blocks into the request's folder."""
    prepared = blocks.prepare(
        _media(request, read),
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
    return {"seconds": lead(_media(request, read), request["track"])}


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
    cost = time_sample(engine, _media(request, read), request["track"], request["duration"])
    return {"cost": cost}


def compose_call(request: Request, _report: Report, _read: Read) -> Answer:
    """Make cues from transcripts or from a subtitle's bytes, and check them."""
    options = request["options"]
    language, frame_rate = Language(options["language"]), options["frame_rate"]
    limits = limits_for(language)
    ours = "words" in request
    if ours:
        words = [word for path in request["words"] for word in _words(Path(path))]
        cues = cues_from_words(words, language, limits, frame_rate)
    else:
        cues = formats.read(Path(request["text"]).read_bytes(), options["format"])
    faults = check(
        cues,
        language=language,
        limits=limits if ours else None,
        speech_seconds=options.get("speech_seconds"),
        identify=identify,
        frame_rate=frame_rate,
    )
    return {
        "cues": _plain(cues),
        "language": language.tag,
        "frame_rate": frame_rate,
        "faults": [fault.text for fault in faults],
    }


def translate_call(request: Request, report: Report, _read: Read) -> Answer:
    """Translate cues with the engines in order, and check the result."""
    options = request["options"]
    source, target = Language(options["source"]), Language(options["target"])
    limits, ours = limits_for(target), options["ours"]
    document = json.loads(Path(request["cues"]).read_bytes())
    engines = _engines(options["engines"], request["models"], source, target, request["threads"])
    translation = translate_cues(
        [Cue(*cue) for cue in document["cues"]],
        source,
        target,
        engines,
        limits,
        ours=ours,
        frame_rate=options["frame_rate"],
        progress=lambda done, total: report(done / max(1, total)),
    )
    faults = check(
        translation.cues,
        language=target,
        limits=limits if ours else None,
        identify=identify,
        frame_rate=options["frame_rate"],
    )
    texts = [fault.text for fault in faults]
    left = len(translation.faults)
    if left > MOST_UNTRANSLATED * len(document["cues"]):
        texts.append(f"{left} of {len(document['cues'])} cues could not be translated")
    return {
        "cues": _plain(translation.cues),
        "untranslated": [fault.cue for fault in translation.faults],
        "faults": texts,
    }


CALLS: dict[str, Callable[[Request, Report, Read], Answer]] = {
    "decode": decode_call,
    "lead": lead_call,
    "vote": vote_call,
    "hear": hear_call,
    "sample": sample_call,
    "compose": compose_call,
    "translate": translate_call,
}
"""Every call that a child knows."""


def _media(request: Request, read: Read) -> Path | BinaryIO:
    if "path" in request:
        return Path(request["path"])
    return io.BufferedReader(RemoteFile(read, request["size"], request["name"]), READ_AHEAD)


class RemoteFile(io.RawIOBase):
    """A file that the daemon reads for us, as a file object that can seek."""

    def __init__(self, read: Read, size: int, name: str) -> None:
        """``size`` in bytes; ``name`` for messages."""
        self._read = read
        self._size = size
        self._at = 0
        self.name = name

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; the daemon is asked only when bytes are read."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Fill the buffer from the daemon."""
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._read(self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Warm(Generic[Loaded]):
    """The one thing of its kind that is kept between calls: the old one goes before the new."""

    def __init__(self) -> None:
        self._key: object = None
        self._loaded: Loaded | None = None

    def get(self, key: object, load: Callable[[], Loaded]) -> Loaded:
        """Return what ``key`` names, loading it if the last one had another key."""
        if self._loaded is None or self._key != key:
            self._loaded = None
            gc.collect()
            self._loaded = load()
            self._key = key
        return self._loaded


_ears: Warm[WhisperEngine] = Warm()
_translators: Warm[list[TranslationEngine]] = Warm()


def _whisper(request: Request) -> WhisperEngine:
    model: Model = request["model"]
    how = {name: request[name] for name in ("device", "compute_type", "threads")}
    key = (model.fingerprint, tuple(how.values()))
    return _ears.get(key, lambda: WhisperEngine(model.folder, **how))


def _engines(
    names: Sequence[str], models: Sequence[Model], source: Language, target: Language, threads: int
) -> list[TranslationEngine]:
    key = (tuple(names), tuple(m.fingerprint for m in models), source, target, threads)
    return _translators.get(
        key,
        lambda: [
            ENGINES[name](model.files, source, target, threads)
            for name, model in zip(names, models, strict=True)
        ],
    )


def _words(path: Path) -> list[Word]:
    return [Word(*word) for word in json.loads(path.read_bytes())["words"]]


def _plain(cues: Sequence[Cue]) -> list[list[object]]:
    return [[cue.start, cue.end, cue.text] for cue in cues]
