"""translate: which engines are asked, what is kept, and what the recipe says."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stage_place import Place

from subtide.errors import CheckFailed, NoForeignSpeech, NoTranslation
from subtide.pipeline.calls import Answer
from subtide.pipeline.plan import ChatOptions, Plan, Target
from subtide.pipeline.stage import ChatAccess, Reader, Result
from subtide.pipeline.translate import translate
from subtide.pipeline.translating import sentences_call, translate_call

CALLS: Mapping[str, Callable[..., Answer]] = {
    "translate": translate_call,
    "sentences": sentences_call,
}
STORY = [
    [0.0, 2.5, "I never thought that we would\nfind the old house again", ""],
    [2.6, 5.0, "after so many years in the city.", ""],
    [6.0, 8.0, "Ask Hope where the children are.", ""],
    [9.0, 12.0, "The captain told the men to go home.", ""],
]
PORTUGUESE = [
    [13.0, 15.0, "Onde é que estás?", "pt"],
    [16.0, 18.0, "Estou na cozinha com a minha mãe.", "pt"],
]


class Asked:
    """Calls what a child would, in this process, and remembers the requests."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(
        self,
        call: str,
        request: Mapping[str, Any],
        *,
        read: Reader | None = None,  # noqa: ARG002 - the shape of a child
    ) -> Result:
        self.requests.append((call, request))
        return CALLS[call](request, lambda _share: None, lambda _offset, _size: b"")


@pytest.fixture
def asked() -> Asked:
    return Asked()


def payload(place: Place, cues: list[list[object]], language: str = "en", **more: object) -> Result:
    composed = place.cues(cues)
    return {"cues": {**composed, "language": language, "ours": True, "frame_rate": 24.0, **more}}


def shaped(plan: Plan, target: Target | None = None, **options: object) -> Plan:
    changed = plan.model_copy(update={"translation": plan.translation.model_copy(update=options)})
    return changed.model_copy(update={"targets": (target,)}) if target else changed


def run(place: Place, plan: Plan, work: Result, asked: Asked) -> tuple[Result, dict[str, Any]]:
    part = plan.targets[0].key
    result = translate(place.work(plan, work, part=part, compute=asked), place.tools)
    return result, json.loads(place.tools.artifacts.read(result["key"]))


def test_cues_are_translated_by_a_real_model_and_know_their_source(
    place: Place, asked: Asked
) -> None:
    work = payload(place, STORY)
    result, answer = run(place, place.plan("pt"), work, asked)
    assert answer["cues"][1][2] == "depois de tantos anos na cidade."
    assert answer["origins"] == [0, 1, 2, 3]
    assert (result["language"], result["source_key"]) == ("pt", work["cues"]["key"])
    recipe = result["recipe"]["translate"]
    assert recipe["engines"] == ["firefox"]
    assert [model["name"] for model in recipe["models"]] == ["firefox-en-pt"]
    assert "via" not in recipe
    assert result["recipe"]["compose"] == 1


def test_the_same_work_is_not_done_twice(place: Place, asked: Asked) -> None:
    for _ in range(2):
        run(place, place.plan("pt"), payload(place, STORY), asked)
    assert [call for call, _ in asked.requests] == ["translate"]


def test_limits_of_the_settings_are_kept_and_are_a_part_of_the_key(
    place: Place, asked: Asked
) -> None:
    plan = place.plan("pt")
    narrow = plan.subtitles.model_copy(update={"limits": {"pt": {"line_chars": 20}}})
    first, _ = run(place, plan, payload(place, STORY), asked)
    second, answer = run(
        place, plan.model_copy(update={"subtitles": narrow}), payload(place, STORY), asked
    )
    assert first["key"] != second["key"]
    lines = [line for cue in answer["cues"] for line in cue[2].split("\n")]
    assert max(map(len, lines)) <= 20


def test_names_and_the_glossary_hold(place: Place, asked: Asked) -> None:
    _, bare = run(place, place.plan("pt"), payload(place, STORY), asked)
    plan = shaped(place.plan("pt"), glossary={"en-pt": {"captain": "almirante"}})
    _, kept = run(place, plan, payload(place, STORY, names=["Hope Davis"]), asked)
    assert "Hope" not in bare["cues"][2][2]
    assert "Hope" in kept["cues"][2][2]
    assert "almirante" in kept["cues"][3][2]


def test_choices_of_earlier_episodes_hold(place: Place, asked: Asked) -> None:
    plan = place.plan("pt")
    scope = f"{plan.server}/{plan.series or plan.work}"
    place.tools.choices.keep(scope, "en", "pt", {"captain": "comandante"})
    _, answer = run(place, plan, payload(place, STORY), asked)
    assert "comandante" in answer["cues"][3][2]


def test_a_way_through_english_is_said_in_the_recipe(place: Place, asked: Asked) -> None:
    galician = [
        [0.0, 3.0, "Onde está o libro da miña nai?", ""],
        [4.0, 7.0, "O capitán falou con todos os homes do barco.", ""],
    ]
    plan = shaped(place.plan("pt"), models={"firefox": {"gl-en": "firefox-pt-en"}})
    result, answer = run(place, plan, payload(place, galician, "gl"), asked)
    assert result["recipe"]["translate"]["via"] == "en"
    assert len(result["recipe"]["translate"]["models"]) == 2
    assert "do barco" in answer["cues"][1][2]


def test_a_direction_that_no_engine_knows_ends_its_target_with_the_reason(
    place: Place, asked: Asked
) -> None:
    plan = shaped(place.plan("fr"), pivot=False)
    with pytest.raises(NoTranslation, match=r"German into French.*translation\.models"):
        run(place, plan, payload(place, STORY, "de"), asked)


def test_foreign_passages_are_translated_from_their_own_language(
    place: Place, asked: Asked
) -> None:
    result, answer = run(
        place, place.plan("en"), payload(place, STORY + PORTUGUESE, foreign=True), asked
    )
    assert [" ".join(cue[2].split()) for cue in answer["cues"][:4]] == [
        " ".join(str(cue[2]).split()) for cue in STORY
    ]
    assert "Where are you" in answer["cues"][4][2]
    assert result["recipe"]["translate"]["foreign"] == {"pt": ["firefox"]}


def test_a_passage_that_nothing_translates_keeps_its_text(place: Place, asked: Asked) -> None:
    cues = [*STORY, [13.0, 15.0, "Non hai ninguén.", "gl"]]
    plan = shaped(place.plan("pt"), pivot=False)
    _, answer = run(place, plan, payload(place, cues, foreign=True), asked)
    assert answer["cues"][-1][2] == "Non hai ninguén."
    assert answer["untranslated"] == []


def test_a_passage_does_not_wait_for_a_model_that_may_not_be_pulled(
    place: Place, asked: Asked
) -> None:
    cues = [*STORY, [13.0, 15.0, "Où est la maison de ma mère ?", "fr"]]
    _, answer = run(place, place.plan("pt"), payload(place, cues, foreign=True), asked)
    assert answer["cues"][0][2].startswith("Eu nunca")
    assert answer["cues"][-1][2] == "Où est la maison de ma mère ?"


FORCED = Target(language="en", forced=True)


def test_a_forced_target_from_speech_keeps_foreign_passages_alone(
    place: Place, asked: Asked
) -> None:
    plan = shaped(place.plan("en"), FORCED)
    _, answer = run(place, plan, payload(place, STORY + PORTUGUESE, foreign=True), asked)
    assert [cue[2].split(" ")[0] for cue in answer["cues"]] == ["Where", "I'm"]
    assert answer["origins"] == [4, 5]


@pytest.mark.parametrize("foreign", [[], [[13.0, 15.0, "Nobody is here.", "en-US"]]])
def test_without_foreign_speech_there_is_no_forced_subtitle(
    place: Place, asked: Asked, foreign: list[list[object]]
) -> None:
    plan = shaped(place.plan("en"), FORCED)
    work = payload(place, STORY + foreign, foreign=bool(foreign))
    with pytest.raises(NoForeignSpeech, match="another language than English"):
        run(place, plan, work, asked)
    assert asked.requests == []


def test_a_translation_that_fails_its_check_is_held(place: Place, asked: Asked) -> None:
    names = [
        [i * 3.0, i * 3.0 + 2, f"Zxqwv kjhgf {i}00 bnmlk plokij uhbygv", ""] for i in range(40)
    ]
    with pytest.raises(CheckFailed):
        run(place, place.plan("pt"), payload(place, names), asked)


def access(url: str) -> ChatAccess:
    return ChatAccess(
        url=url,
        key="",
        timeout_seconds=1.0,
        keep_alive_seconds=0.0,
        price_in=0.0,
        price_out=0.0,
        budget=0.0,
    )


def with_chat(place: Place) -> Plan:
    place.tools = replace(place.tools, chat={"ollama": access("http://127.0.0.1:9")})
    return shaped(
        place.plan("pt"), engines=("ollama", "firefox"), chat={"ollama": ChatOptions(model="gemma")}
    )


def recorded(seen: list[tuple[str, Mapping[str, Any]]]) -> Callable[..., Result]:
    """A child that finds sentences, and says that everything is translated."""

    def compute(call: str, request: Mapping[str, Any]) -> Result:
        seen.append((call, request))
        if call == "sentences":
            return sentences_call(request, lambda _share: None, lambda _offset, _size: b"")
        return {"cues": [], "score": 1.0, "holds": False, "findings": []}

    return compute


def test_what_a_language_model_answered_before_goes_along(place: Place) -> None:
    seen: list[tuple[str, Mapping[str, Any]]] = []
    plan = with_chat(place)
    work = place.work(plan, payload(place, STORY), part=plan.targets[0].key, compute=recorded(seen))
    result = translate(work, place.tools)
    (first, _), (second, request) = seen
    assert (first, second) == ("sentences", "translate")
    assert request["chat"]["ollama"]["model"] == "gemma"
    assert result["recipe"]["translate"]["chat"] == {"ollama": "gemma"}
    assert result["recipe"]["translate"]["engines"] == ["ollama", "firefox"]


def test_a_later_job_asks_a_language_model_again_and_the_same_one_does_not(place: Place) -> None:
    seen: list[tuple[str, Mapping[str, Any]]] = []
    plan = with_chat(place)
    part, cues = plan.targets[0].key, payload(place, STORY)
    for job in (1, 1, 2):
        work = place.work(plan, cues, part=part, compute=recorded(seen), job=job)
        translate(work, place.tools)
    assert [call for call, _ in seen].count("translate") == 2


@pytest.mark.parametrize("change", [{"memory": False}, {"engines": ("firefox",)}])
def test_nothing_is_looked_up_without_memory_or_without_a_language_model(
    place: Place, change: dict[str, object]
) -> None:
    seen: list[tuple[str, Mapping[str, Any]]] = []
    plan = shaped(with_chat(place), **change)
    work = place.work(plan, payload(place, STORY), part=plan.targets[0].key, compute=recorded(seen))
    translate(work, place.tools)
    assert [call for call, _ in seen] == ["translate"]


def test_a_language_model_that_the_settings_no_longer_have_is_passed_over(
    place: Place, asked: Asked
) -> None:
    plan = with_chat(place)
    place.tools = replace(place.tools, chat={})
    result, _ = run(place, plan, payload(place, STORY), asked)
    assert result["recipe"]["translate"]["engines"] == ["firefox"]


def test_whisper_is_told_where_the_speech_is(place: Place) -> None:
    seen: list[tuple[str, Mapping[str, Any]]] = []
    place.tools.artifacts.write("block-1", "decode", "audio/flac", b"flac")
    audio = {"blocks": [{"start": 0.0, "end": 9.0, "key": "block-1"}]}
    plan = shaped(place.plan("en"), engines=("whisper",))
    speech = plan.speech.model_copy(update={"model": "base", "models": {}})
    plan = plan.model_copy(update={"speech": speech})
    work = payload(place, PORTUGUESE, "pt", audio=audio)
    translate(place.work(plan, work, part=plan.targets[0].key, compute=recorded(seen)), place.tools)
    request = seen[0][1]
    (block,) = request["audio"]["blocks"]
    assert Path(block["path"]).read_bytes() == b"flac"
    assert request["ways"][""][0][0]["model"].name == "base"
