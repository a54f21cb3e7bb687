"""The call that translates cues with the engines in order, and checks the result.

Imported in child processes only.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from subtide.languages import Language
from subtide.models.record import Model
from subtide.mt.engine import TranslationEngine
from subtide.mt.engines import ENGINES
from subtide.mt.translate import translate_cues
from subtide.pipeline.calls import Answer, Read, Report, Request, Warm, plain
from subtide.subtitles.check import check
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for
from subtide.subtitles.textlanguage import identify

MOST_UNTRANSLATED = 0.1
"""Share of cues that may keep their source text (names, exclamations) without a review."""

_translators: Warm[list[TranslationEngine]] = Warm()


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
        "cues": plain(translation.cues),
        "untranslated": [fault.cue for fault in translation.faults],
        "faults": texts,
    }


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
