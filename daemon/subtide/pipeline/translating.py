"""The calls that translate cues with the engines in order, and check the result.

Imported in child processes only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from subtide.languages import Language
from subtide.mt.chat import open_chat
from subtide.mt.engine import Term, TranslationEngine
from subtide.mt.engines import ENGINES
from subtide.mt.pivot import PivotEngine
from subtide.mt.standin import StandInEngine
from subtide.mt.terms import name_terms
from subtide.mt.translate import Translation, Way, sentences_of, translate_cues
from subtide.pipeline.calls import Answer, Read, Report, Request, Warm, plain
from subtide.pipeline.chat import CHAT
from subtide.pipeline.routes import WHISPER
from subtide.subtitles.check import Facts, check
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for
from subtide.subtitles.textlanguage import identify

LegKey = tuple[str, str, str, str]
"""Engine, fingerprint of the model, and the two languages' tags."""

_loaded: Warm[dict[LegKey, TranslationEngine]] = Warm()


def sentences_call(request: Request, _report: Report, _read: Read) -> Answer:
    """Return the texts that may be asked for, by the tags of their languages."""
    options = request["options"]
    cues = [cue for _, cue in _chosen(request)]
    languages = {tag: Language(tag or options["source"]) for tag in request["ways"]}
    found = sentences_of(cues, languages, options["songs"])
    return {"lines": {languages[tag].tag: texts for tag, texts in found.items()}}


def translate_call(request: Request, report: Report, _read: Read) -> Answer:
    """Translate cues with the engines in order, and check the result."""
    options = request["options"]
    source, target = Language(options["source"]), Language(options["target"])
    limits, ours = limits_for(target, options["limits"]), options["ours"]
    numbered = list(_chosen(request))
    cues = [cue for _, cue in numbered]
    with ExitStack() as opened:
        ways = dict(_ways(request, cues, opened))
        main = ways.pop("", Way(source, ()))
        translation = translate_cues(
            cues,
            source,
            target,
            main.engines,
            limits,
            ours=ours,
            frame_rate=options["frame_rate"],
            progress=lambda done, total: report(done / max(1, total)),
            terms=main.terms,
            songs=options["songs"],
            foreign=ways,
        )
    facts = Facts(
        target,
        limits if ours else None,
        options["frame_rate"],
        source=_translated(cues, translation),
        untranslated=len(translation.faults),
        identify=identify,
    )
    places = [place for place, _ in numbered]
    return {
        "cues": plain(translation.cues),
        "origins": [places[origin] for origin in translation.origins],
        "untranslated": [places[fault.cue] for fault in translation.faults],
        "doubtful": [places[fault.cue] for fault in translation.doubts],
        **check(translation.cues, facts).plain(),
    }


def _chosen(request: Request) -> Iterator[tuple[int, Cue]]:
    """Yield the cues to show, with their places: all, or only those of foreign passages."""
    for place, value in enumerate(json.loads(Path(request["cues"]).read_bytes())["cues"]):
        cue = Cue(*value)
        if not request["options"]["picked"] or cue.language in request["ways"]:
            yield place, cue


def _translated(cues: Sequence[Cue], translation: Translation) -> list[Cue]:
    """The cues that were to be translated."""
    left = {fault.cue for fault in translation.faults}
    return [
        cue for place, cue in enumerate(cues) if place in left or translation.engine_by_cue[place]
    ]


def _ways(request: Request, cues: Sequence[Cue], opened: ExitStack) -> Iterator[tuple[str, Way]]:
    """Yield, by the tag of its cues, how each language is translated."""
    options = request["options"]
    target = Language(options["target"])
    loaded = _local(request)
    for tag, routes in request["ways"].items():
        source = Language(tag or options["source"])
        given = tuple(Term(*both) for both in options["terms"][tag])
        known = {term.source for term in given}
        texts = [cue.plain.replace("\n", " ") for cue in cues if cue.language == tag]
        names = name_terms(options["names"], texts, source, target)
        terms = (*given, *(term for term in names if term.source not in known))
        engines = [
            engine
            for legs in routes
            if (engine := _engine(legs, request, loaded, terms, opened)) is not None
        ]
        yield tag, Way(source, engines, terms)


def _engine(
    legs: Sequence[Mapping[str, Any]],
    request: Request,
    loaded: Mapping[LegKey, TranslationEngine],
    terms: tuple[Term, ...],
    opened: ExitStack,
) -> TranslationEngine | None:
    """Open a route; nothing for a language model that the settings no longer have."""
    name = legs[0]["engine"]
    if name in CHAT:
        if name not in request["chat"]:
            return None
        source, target = Language(legs[0]["source"]), Language(legs[0]["target"])
        chat = open_chat(name, request["chat"][name], source, target, terms=terms)
        opened.callback(chat.close)
        return chat
    engines = [_leg(leg, request, loaded) for leg in legs]
    whole = PivotEngine(*engines) if len(engines) > 1 else engines[0]
    return StandInEngine(whole, terms) if terms and name != WHISPER else whole


def _leg(
    leg: Mapping[str, Any], request: Request, loaded: Mapping[LegKey, TranslationEngine]
) -> TranslationEngine:
    if leg["engine"] != WHISPER:
        return loaded[_key(leg)]
    from subtide.pipeline.ears import open_ears  # noqa: PLC0415 - loads the speech models' library

    audio = {**request["audio"], "model": leg["model"]}
    languages = Language(leg["source"]), Language(leg["target"])
    return open_ears(audio, *languages, request["threads"])


def _local(request: Request) -> dict[LegKey, TranslationEngine]:
    """Every model that is read from files here, loaded or still warm."""
    legs = {
        _key(leg): leg
        for routes in request["ways"].values()
        for route in routes
        for leg in route
        if leg["engine"] in ENGINES
    }
    threads = request["threads"]
    return _loaded.get(
        (tuple(legs), threads),
        lambda: {
            key: ENGINES[leg["engine"]](
                leg["model"].files, Language(leg["source"]), Language(leg["target"]), threads
            )
            for key, leg in legs.items()
        },
    )


def _key(leg: Mapping[str, Any]) -> LegKey:
    return leg["engine"], leg["model"].fingerprint, leg["source"], leg["target"]
