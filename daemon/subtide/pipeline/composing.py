"""The call that makes cues from words or from a subtitle's bytes, and checks them.

Imported in child processes only.
"""

import json
from pathlib import Path

from subtide.languages import Language
from subtide.pipeline.calls import Answer, Read, Report, Request, plain
from subtide.subtitles import formats
from subtide.subtitles.check import check
from subtide.subtitles.cues import Word
from subtide.subtitles.limits import limits_for
from subtide.subtitles.segment import cues_from_words
from subtide.subtitles.textlanguage import identify


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
        "cues": plain(cues),
        "language": language.tag,
        "frame_rate": frame_rate,
        "faults": [fault.text for fault in faults],
    }


def _words(path: Path) -> list[Word]:
    return [Word(*word) for word in json.loads(path.read_bytes())["words"]]
