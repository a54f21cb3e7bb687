"""The call that makes cues from words or from a subtitle's bytes, and checks them.

Imported in child processes only.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from subtide.languages import Language
from subtide.pipeline.calls import Answer, Read, Report, Request, plain
from subtide.subtitles import formats
from subtide.subtitles.check import Facts, check
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import limits_for
from subtide.subtitles.notes import without_notes
from subtide.subtitles.segment import cues_from_words
from subtide.subtitles.sync import align, fitted
from subtide.subtitles.textlanguage import identify

Places = tuple[int, ...]
"""For each cue, the place of the cue of the origin's file that it is."""


def compose_call(request: Request, _report: Report, _read: Read) -> Answer:
    """Make cues from transcripts or from a subtitle's bytes, and check them."""
    options = request["options"]
    language, frame_rate = Language(options["language"]), options["frame_rate"]
    limits = limits_for(language, options["limits"])
    ours = "words" in request
    words = [word for path in request.get("words", []) for word in _words(Path(path))]
    places: Places = ()
    synced: Answer = {}
    if ours:
        cues = cues_from_words(words, language, limits, frame_rate)
    else:
        cues = formats.read(Path(request["text"]).read_bytes(), options["format"])
        cues, places = _kept(cues, options["notes"])
        alignment = align(cues, options["spans"], options["duration"])
        cues, places = _present(fitted(cues, alignment), places)
        synced = {"sync": alignment.told}
    facts = Facts(
        language,
        limits if ours else None,
        frame_rate,
        spans=options["spans"] if ours else (),
        words=words,
        identify=identify,
    )
    return {
        "cues": plain(cues),
        "places": places,
        "language": language.tag,
        "frame_rate": frame_rate,
        "foreign": any(cue.language for cue in cues),
        **synced,
        **check(cues, facts).plain(),
    }


def _kept(cues: tuple[Cue, ...], notes: str) -> tuple[tuple[Cue, ...], Places]:
    """The cues of a file, without notes where they are dropped, and where each stood in it."""
    bare = without_notes(cues) if notes == "drop" else cues
    return _present(bare, range(len(bare)))


def _present(cues: Sequence[Cue | None], places: Sequence[int]) -> tuple[tuple[Cue, ...], Places]:
    """The cues that are left, and the places of those."""
    kept = [(place, cue) for place, cue in zip(places, cues, strict=True) if cue]
    return tuple(cue for _, cue in kept), tuple(place for place, _ in kept)


def _words(path: Path) -> list[Word]:
    return [Word(*word) for word in json.loads(path.read_bytes())["words"]]
