"""A language model's work for one target: what it is given, and what is kept however it ends."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from stage_place import Place

from subtide.errors import ChildDied, Stopped
from subtide.languages import Language
from subtide.pipeline.calls import Answer
from subtide.pipeline.chat import chat_requests, scope_of
from subtide.pipeline.checked import Held
from subtide.pipeline.plan import ChatOptions, Plan
from subtide.pipeline.stage import ChatAccess, Result
from subtide.pipeline.translate import translate
from subtide.pipeline.translating import sentences_call, translate_call
from subtide.playground.chat import KEY, ChatStandIn
from subtide.playground.chat_faults import answer_of
from subtide.playground.chat_film import film, translated

PT = Language("pt")
CALLS: Mapping[str, Callable[..., Answer]] = {
    "translate": translate_call,
    "sentences": sentences_call,
}
TEXTS = film(30, Random(3))  # noqa: S311 - repeatable
STORY: list[list[object]] = [[n * 4.0, n * 4.0 + 3.9, text, ""] for n, text in enumerate(TEXTS)]


@pytest.fixture
def stand_in() -> Iterator[ChatStandIn]:
    with ChatStandIn(translated, key=KEY) as server:
        yield server


def compute(call: str, request: Mapping[str, Any], **_: object) -> Result:
    return CALLS[call](request, lambda _share: None, lambda _offset, _size: b"")


def equip(place: Place, stand_in: ChatStandIn, **changes: object) -> None:
    access = ChatAccess(
        url=stand_in.url,
        key=KEY,
        timeout_seconds=20.0,
        keep_alive_seconds=60.0,
        price_in=1.0,
        price_out=2.0,
        budget=0.0,
    )
    place.tools = replace(place.tools, chat={"openai": replace(access, **changes)})


def plan_of(place: Place, **options: object) -> Plan:
    plan = place.plan("pt")
    chat = {"openai": ChatOptions(model="stand-in", batch_lines=10)}
    changed = {"engines": ("openai",), "chat": chat, **options}
    return plan.model_copy(update={"translation": plan.translation.model_copy(update=changed)})


def run(
    place: Place, plan: Plan, compute: Callable[..., Result] = compute, **payload: object
) -> Result:
    cues = {**place.cues(STORY), "language": "en", "ours": False, "frame_rate": 24.0}
    part = plan.targets[0].key
    work = place.work(plan, {"cues": cues, **payload}, part=part, compute=compute)
    return translate(work, place.tools)


def forget(place: Place, result: Result) -> None:
    place.tools.artifacts.drop([result["key"]])


def shown(stand_in: ChatStandIn) -> int:
    return len(stand_in.requests)


def test_a_film_is_translated_once_and_its_cost_told(place: Place, stand_in: ChatStandIn) -> None:
    equip(place, stand_in)
    result = run(place, plan_of(place))
    assert shown(stand_in) == 3
    (day,) = place.tools.spending.days()
    assert (day.engine, day.model, day.requests) == ("openai", "stand-in", 3)
    assert day.cost == pytest.approx((day.tokens_in + 2 * day.tokens_out) / 1e6)
    forget(place, result)
    run(place, plan_of(place))
    assert shown(stand_in) == 3
    assert place.tools.spending.days() == (day,)


@pytest.mark.parametrize(
    "changed",
    [
        {"formality": "formal"},
        {"glossary": {"en-pt": {"captain": "capitão", "garden": "jardim", "war": "guerra"}}},
        {"chat": {"openai": ChatOptions(model="other", batch_lines=10)}},
        {"memory": False},
    ],
)
def test_what_shapes_an_answer_makes_it_another(
    place: Place, stand_in: ChatStandIn, changed: dict[str, object]
) -> None:
    stand_in.models = ("stand-in", "other")
    equip(place, stand_in)
    forget(place, run(place, plan_of(place)))
    run(place, plan_of(place, **changed))
    assert shown(stand_in) > 3


@pytest.mark.parametrize("error", [ChildDied("it ended"), Stopped("cancelled")])
def test_what_was_paid_before_the_end_is_kept(
    place: Place, stand_in: ChatStandIn, error: Exception
) -> None:
    equip(place, stand_in)

    def killed(call: str, request: Mapping[str, Any], **_: object) -> Result:
        if call == "sentences":
            return compute(call, request)

        def report(_share: float) -> None:
            raise error

        return translate_call(request, report, lambda _offset, _size: b"")

    with pytest.raises(type(error)):
        run(place, plan_of(place), killed)
    assert [day.requests for day in place.tools.spending.days()] == [1]
    run(place, plan_of(place))
    assert shown(stand_in) == 3
    assert [day.requests for day in place.tools.spending.days()] == [3]


def test_what_a_person_lets_on_is_what_was_held(place: Place, stand_in: ChatStandIn) -> None:
    equip(place, stand_in)
    name = next(word for word in TEXTS[0].rstrip(".").split()[1:] if word[0].isupper())
    stand_in.says = lambda entries: answer_of(entries, {name: name})
    plan = plan_of(place, memory=False)
    strict = plan.subtitles.model_copy(update={"review_below": 2.0})
    plan = plan.model_copy(update={"subtitles": strict})
    with pytest.raises(Held) as held:
        run(place, plan)
    assert place.tools.choices.known(scope_of(plan), "en", "pt") == {name: name}
    asked = shown(stand_in)
    assert run(place, plan, approved=True)["key"] == held.value.result["key"]
    assert shown(stand_in) == asked


def test_what_a_killed_daemon_left_is_kept_at_the_next_try(
    place: Place, stand_in: ChatStandIn
) -> None:
    equip(place, stand_in)
    work = place.work(plan_of(place), {}, part="subtitle/pt/full/srt/jellyfin")
    with chat_requests(work, place.tools, ["openai"], PT, {}) as requests:
        journal = requests["openai"]["journal"]
    left = (
        '{"engine": "openai", "source": "en", "usage": {"requests": 1, "tokens_in": 5,'
        ' "tokens_out": 6}, "learned": {"Yes.": "Sim."}, "chosen": {"Ann": "Ana"}}\n'
    )
    with open(journal, "w", encoding="utf-8") as file:  # noqa: PTH123 - a child's view of it
        file.write(left)
    with chat_requests(work, place.tools, ["openai"], PT, {"en": ["Yes.", "No."]}) as requests:
        assert requests["openai"]["known"] == {"en": {"Yes.": "Sim."}}
    assert [day.tokens_out for day in place.tools.spending.days()] == [6]
    assert place.tools.choices.known(scope_of(work.plan), "en", "pt") == {"Ann": "Ana"}


def test_a_budget_that_is_used_up_leaves_the_rest_to_the_next_engine(
    place: Place, stand_in: ChatStandIn
) -> None:
    equip(place, stand_in, budget=0.001)
    result = run(place, plan_of(place, engines=("openai", "firefox")))
    assert 1 <= shown(stand_in) < 3
    assert result["recipe"]["translate"]["engines"] == ["openai", "firefox"]
    work = place.work(plan_of(place), {}, part="x")
    with chat_requests(work, place.tools, ["openai", "firefox"], PT, {}) as requests:
        assert list(requests) == ["openai"]
        assert requests["openai"]["left"] == 0.0


def test_a_model_that_the_settings_no_longer_have_is_left_out(place: Place) -> None:
    work = place.work(plan_of(place), {}, part="x")
    with chat_requests(work, place.tools, ["openai"], PT, {}) as requests:
        assert requests == {}


@pytest.mark.parametrize(
    ("device", "keep_alive", "unload"),
    [("cpu", 60.0, False), ("cpu", 0.0, True), ("cuda", 60.0, True)],
)
def test_a_shared_gpu_is_given_back(
    place: Place,
    stand_in: ChatStandIn,
    device: str,
    keep_alive: float,
    unload: bool,  # noqa: FBT001
) -> None:
    equip(place, stand_in, keep_alive_seconds=keep_alive)
    plan = plan_of(place)
    plan = plan.model_copy(update={"speech": plan.speech.model_copy(update={"device": device})})
    with chat_requests(place.work(plan, {}, part="x"), place.tools, ["openai"], PT, {}) as requests:
        assert requests["openai"]["unload"] is unload
