"""transcribe: what the ears are asked for, and what the recipe says of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from stage_place import Place

from subtide.models.catalog import ModelKind
from subtide.models.record import Model
from subtide.pipeline.plan import Plan
from subtide.pipeline.stage import Reader, Result
from subtide.pipeline.transcribe import transcribe

BLOCK = {"key": "b" * 64, "start": 300.0, "end": 600.0}
SPOKEN = {"language": "en", "model": "small", "confidence": 0.9}


class Ears:
    """Answers as the child does, and remembers what it was asked."""

    def __init__(
        self, device: str = "cpu", compute_type: str = "int8", *, short: bool = False
    ) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self._done_with = {"device": device, "compute_type": compute_type, "batch": 2}
        self._short = short

    def __call__(
        self, call: str, request: Mapping[str, Any], *, read: Reader | None = None
    ) -> Result:
        assert (call, read) == ("hear", None)
        self.asked.append(request)
        words = [[300.5, 301.0, "Yes.", 0.9, "", False]]
        return {"words": words, "done_with": self._done_with, "was_short": self._short}


@pytest.fixture(autouse=True)
def _installed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.tools.artifacts.write(BLOCK["key"], "block", "audio/flac", b"fLaC")
    model = Model("small", ModelKind.WHISPER, "1", Path(), {}, {}, "folder", 1)
    monkeypatch.setattr(place.tools.models, "need", lambda *_: model)


def planned(place: Place, **speech: object) -> Plan:
    plan = place.plan("en")
    usual = {"device": "cpu", "compute_type": "int8"}
    return plan.model_copy(update={"speech": plan.speech.model_copy(update={**usual, **speech})})


def done(place: Place, ears: Ears, plan: Plan, **payload: object) -> Result:
    work = place.work(plan, {"block": BLOCK, "spoken": SPOKEN, **payload}, compute=ears)
    return transcribe(work, place.tools)


def test_tier_and_names_go_to_the_ears_and_into_the_recipe(place: Place) -> None:
    ears = Ears()
    plan = planned(place, tier="fast")
    result = done(place, ears, plan, names=["Anna", "Bert"])
    (request,) = ears.asked
    assert (request["tier"], request["names"]) == ("fast", ["Anna", "Bert"])
    assert result["recipe"]["names"] == ["Anna", "Bert"]
    assert result["recipe"]["tier"] == "fast"
    assert "done_with" not in result["recipe"]


def test_words_are_kept_for_one_tier_and_the_same_names(place: Place) -> None:
    ears = Ears()
    plan = planned(place)
    one = done(place, ears, plan, names=["Anna"])
    assert done(place, ears, plan, names=["Anna"]) == one
    assert len(ears.asked) == 1
    assert done(place, ears, plan, names=["Bert"])["key"] != one["key"]
    assert done(place, ears, planned(place, tier="best"), names=["Anna"])["key"] != one["key"]


def test_a_second_attempt_has_a_tier_of_its_own(place: Place) -> None:
    ears = Ears()
    done(place, ears, planned(place, tier="fast"), spoken={**SPOKEN, "tier": "best"})
    assert ears.asked[0]["tier"] == "best"


def test_names_are_told_only_where_it_is_set(place: Place) -> None:
    ears = Ears()
    done(place, ears, planned(place, hotwords=False), names=["Anna"])
    assert ears.asked[0]["names"] == []


def test_where_memory_was_short_the_recipe_says_with_what_it_was_done(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    ears = Ears("cpu", "int8", short=True)
    plan = planned(place, device="cuda", compute_type="float16")
    recipe = done(place, ears, plan)["recipe"]
    assert recipe["done_with"] == {"device": "cpu", "compute_type": "int8", "batch": 2}
    assert recipe["compute_type"] == "float16"
    assert done(place, ears, plan)["recipe"] == recipe
    assert capsys.readouterr().out.count("memory is short") == 1
