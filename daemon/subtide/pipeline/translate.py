"""translate: cues into the language of one target, checked.

In: cues and their language. Out: cues of the same order in the target's language, laid out for
their readers. Engines are asked in the policy's order; a line that one fails goes to the next.
Cues in another language than the film's are translated from their own; a forced target from
speech keeps these alone.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from subtide.errors import ModelMissing, NoForeignSpeech, NoTranslation
from subtide.languages import Language
from subtide.mt.chat_prompt import VERSION as CHAT_VERSION
from subtide.mt.terms import chosen
from subtide.pipeline.chat import CHAT, chat_requests, scope_of
from subtide.pipeline.checked import checked_translation
from subtide.pipeline.equip import Equipped, equip
from subtide.pipeline.plan import Plan, Target, foreign_alone
from subtide.pipeline.routes import WHISPER
from subtide.pipeline.stage import Result, Tools, Work, artifact_paths, model_recipe
from subtide.storage.artifacts import artifact_key

VERSION = 3

log = structlog.get_logger()

Ways = dict[str, list[Equipped]]
"""The routes of each language, by the tag that its cues have: empty for the film's own."""


def translate(work: Work, tools: Tools) -> Result:
    """Translate into the target that is this task's part.

    Raises:
        NoTranslation: no engine has a model for this direction.
        NoForeignSpeech: the target is for foreign passages, and there are none.
        ModelMissing: there is one, but it may not be pulled; not for a passage in another language.
        CheckFailed: the translation is not good enough.
    """
    return _Translation(work, tools).run()


class _Translation:
    """One target on its way into its language."""

    def __init__(self, work: Work, tools: Tools) -> None:
        self._work = work
        self._tools = tools
        self._plan: Plan = work.plan
        self._cues: Mapping[str, Any] = work.payload["cues"]
        self._source = Language(self._cues["language"])
        self._target: Target = next(t for t in work.plan.targets if t.key == work.part)
        self._picked = foreign_alone(work.plan, self._target)
        self._ways = self._find_ways()
        routes = [route for of in self._ways.values() for route in of]
        self._engines = list(dict.fromkeys(name for route in routes for name in route.engines))
        self._models = {
            model.fingerprint: model for route in routes for model in route.models if model
        }

    def run(self) -> Result:
        """Translate, or take what was translated before."""
        options = self._options()
        inputs = [self._cues["key"], *self._models]
        # What was chosen earlier is no part: it follows from translations themselves, and one
        # that waits for a person has to be found again, not made anew with what it chose.
        set_down = {**options, "terms": {tag: self._terms(tag, {}) for tag in self._ways}}
        if self._asked():
            # A budget or a server may have been out of reach: a later job asks again what the
            # memory does not hold.
            set_down["job"] = self._work.job
        key = artifact_key("translate", VERSION, inputs, set_down)
        if not self._tools.artifacts.has(key):
            data = json.dumps(self._translated(options)).encode()
            self._tools.artifacts.write(key, "translate", "application/json", data)
        translated: dict[str, Any] = json.loads(self._tools.artifacts.read(key))
        recipe = {**self._cues["recipe"], "translate": self._recipe()}
        result = {
            **self._cues,
            "key": key,
            "source_key": self._cues["key"],
            "language": self._target.tag.tag,
            "recipe": recipe,
        }
        return checked_translation(self._work, result, translated)

    def _find_ways(self) -> Ways:
        """Find the routes of every language that is to be translated.

        Passages without a route, or without its model, keep their text; there has to be one for
        what is wanted most.
        """
        languages = {tag: Language(tag) for tag in self._foreign()}
        if not self._picked:
            languages[""] = self._source
        needed = {tag: one for tag, one in languages.items() if not one.serves(self._target.tag)}
        if self._picked and not needed:
            raise NoForeignSpeech(
                f"nobody speaks another language than {self._source.name} in {self._plan.title}",
                "there is nothing to translate for a forced subtitle",
            )
        ways = {tag: self._equipped_for(tag, one) for tag, one in needed.items()}
        found = any(ways.values()) if self._picked else ways.get("", [True])
        if not found:
            names = " or ".join(sorted(one.name for one in needed.values()))
            wanted = names if self._picked else self._source.name
            raise NoTranslation(
                f"no engine translates {wanted} into {self._target.tag.name}",
                "name a model for this direction in translation.models",
            )
        return {tag: of for tag, of in ways.items() if of}

    def _foreign(self) -> list[str]:
        if not self._cues.get("foreign"):
            return []
        document = json.loads(self._tools.artifacts.read(self._cues["key"]))
        return sorted({language for _start, _end, _text, language in document["cues"] if language})

    def _equipped_for(self, tag: str, source: Language) -> list[Equipped]:
        """Return a language's routes; a passage in a whole film does not wait for a model."""
        if not tag or self._picked:
            return self._equipped(source)
        try:
            return self._equipped(source)
        except ModelMissing as error:
            title = self._plan.title
            log.warning("passages stay as they are", title=title, language=tag, what=error.what)
            return []

    def _equipped(self, source: Language) -> list[Equipped]:
        heard = self._plan.speech.model_for(self._source) if "audio" in self._cues else None
        return equip(self._work, self._tools, source, self._target.tag, heard)

    def _options(self) -> dict[str, Any]:
        """Return all that shapes the result beside the cues and the models."""
        subtitles, translation = self._plan.subtitles, self._plan.translation
        chat = {name: translation.chat[name].model_dump() for name in self._asked()}
        return {
            "source": self._source.tag,
            "target": self._target.tag.tag,
            "routes": {tag: [route.named for route in of] for tag, of in self._ways.items()},
            "ours": self._cues["ours"],
            "frame_rate": self._cues["frame_rate"],
            "limits": subtitles.limits_of(self._target.tag, translated=self._cues["ours"]),
            "songs": subtitles.songs,
            "picked": self._picked,
            "names": self._cues.get("names", []),
            "terms": {tag: self._terms(tag, self._known(tag)) for tag in self._ways},
            **({"chat": chat, "prompt": CHAT_VERSION, "formality": translation.formality}
               if chat else {}),
        }  # fmt: skip

    def _asked(self) -> list[str]:
        """Return the language models among the engines."""
        return [name for name in self._engines if name in CHAT]

    def _known(self, tag: str) -> dict[str, str]:
        """Return what was chosen earlier for a language's names and terms."""
        scope, source = scope_of(self._plan), tag or self._source.tag
        return self._tools.choices.known(scope, source, self._target.tag.tag)

    def _terms(self, tag: str, known: Mapping[str, str]) -> list[list[str]]:
        """Return the terms that hold for a language, with those that are known."""
        source, target = Language(tag or self._source.tag), self._target.tag
        terms = chosen(self._plan.translation.glossary, known, source, target)
        return [[term.source, term.target] for term in terms]

    def _translated(self, options: Mapping[str, Any]) -> Result:
        paths = artifact_paths(self._tools.artifacts, [self._cues["key"]])
        request = {
            "cues": paths[0],
            "options": options,
            "ways": {tag: [route.plain() for route in of] for tag, of in self._ways.items()},
            "threads": self._tools.threads,
            "audio": self._audio(),
        }
        texts = self._sentences(request)
        engines: Sequence[str] = self._asked()
        with chat_requests(self._work, self._tools, engines, self._target.tag, texts) as chat:
            return self._work.compute("translate", {**request, "chat": chat})

    def _sentences(self, request: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return the texts that may be asked for, where answers to them may be known."""
        if not self._asked() or not self._plan.translation.memory:
            return {}
        lines: dict[str, list[str]] = self._work.compute("sentences", request)["lines"]
        return lines

    def _audio(self) -> dict[str, Any] | None:
        """Return where the speech is, for an engine that listens."""
        if WHISPER not in self._engines:
            return None
        blocks = self._cues["audio"]["blocks"]
        paths = artifact_paths(self._tools.artifacts, [block["key"] for block in blocks])
        return {
            "blocks": [
                {"start": block["start"], "end": block["end"], "path": path}
                for block, path in zip(blocks, paths, strict=True)
            ],
            "device": self._plan.speech.device,
            "compute_type": self._plan.speech.compute_type,
        }

    def _recipe(self) -> dict[str, Any]:
        """Return what the ledger says of it; of a foreign passage under its own language."""
        translation = self._plan.translation
        main = self._ways.get("", [])
        foreign = {tag: of for tag, of in self._ways.items() if tag}
        return {
            "stage": VERSION,
            "source": self._source.tag,
            "target": self._target.tag.tag,
            "engines": [route.name for route in main],
            **({"via": main[0].via} if main and main[0].via else {}),
            **({"foreign": {tag: [route.name for route in of] for tag, of in foreign.items()}}
               if foreign else {}),
            "models": [model_recipe(model) for model in self._models.values()],
            **({"chat": {name: translation.chat[name].model for name in self._asked()},
                "formality": translation.formality} if self._asked() else {}),
            "songs": self._plan.subtitles.songs,
        }  # fmt: skip
