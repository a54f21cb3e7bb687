"""compose: a text that came with the film's speech map is put where it belongs, or refused."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from stage_place import Place

from subtide.errors import OriginUnfit
from subtide.pipeline.compose import compose
from subtide.pipeline.inside import CALLS
from subtide.pipeline.plan import Plan, TextOrigin
from subtide.pipeline.stage import Result
from subtide.subtitles.sync import PADDING

SECONDS = 1200.0
ORIGIN = TextOrigin(
    language="en",
    codec="subrip",
    title="",
    external=True,
    hearing_impaired=False,
    path="/Film.en.srt",
    ordinal=0,
)
Shift = Callable[[float], float]


def said(seed: int) -> list[tuple[float, float]]:
    rng, now, found = Random(seed), 10.0, []  # noqa: S311 - for a test
    while now < SECONDS - 10:
        end = now + rng.uniform(0.8, 4.0)
        found.append((now, end))
        now = end + rng.choice([0.5, 1.0, 2.0, 15.0]) * rng.uniform(0.8, 1.2)
    return found


def stamp(seconds: float) -> str:
    whole = round(max(0.0, seconds) * 1000)
    minutes, rest = divmod(whole, 60_000)
    return f"00:{minutes:02}:{rest // 1000:02},{rest % 1000:03}"


def compute(call: str, request: Any) -> Result:  # noqa: ANN401 - plain values
    return CALLS[call](request, lambda _share: None, lambda _offset, _size: b"")


def run(place: Place, at: Shift, heard: list[tuple[float, float]] | None, **more: object) -> Result:
    """Compose a text whose times ``at`` has moved."""
    spoken = said(1)
    rows = [
        f"{n}\n{stamp(at(start))} --> {stamp(at(end))}\nDid you leave the children?\nYes, {n}.\n"
        for n, (start, end) in enumerate(spoken, 1)
    ]
    place.tools.artifacts.write("text", "text", "text/plain", "\n".join(rows).encode())
    spans = [[start - PADDING, end + PADDING] for start, end in heard or ()]
    mapped = {"spans": spans, "duration": SECONDS} if heard else {}
    text = {"key": "text", "format": "srt", "language": "en", **mapped, **more}
    plan: Plan = place.plan("pt").model_copy(update={"origin": ORIGIN})
    payload = {"text": text, "names": [], "approved": True}
    return compose(place.work(plan, payload, compute=compute), place.tools)


def starts(place: Place, result: Result) -> list[float]:
    answer = json.loads(place.tools.artifacts.read(result["key"]))
    return [cue[0] for cue in answer["cues"]]


def test_a_late_text_is_put_where_it_belongs(place: Place) -> None:
    result = run(place, lambda t: t + 3.2, said(1))
    assert starts(place, result) == pytest.approx([start for start, _ in said(1)], abs=0.1)
    told = result["recipe"]["sync"]
    assert (told["fit"], told["drift"]) == ("mended", 1.0)
    assert told["offset"] == pytest.approx(-3.2, abs=0.1)


def test_a_right_text_is_left_alone(place: Place) -> None:
    result = run(place, lambda t: t, said(1))
    assert starts(place, result) == pytest.approx([start for start, _ in said(1)], abs=0.001)
    assert result["recipe"]["sync"]["fit"] == "right"


def test_the_text_of_another_film_is_refused(place: Place) -> None:
    with pytest.raises(OriginUnfit):
        run(place, lambda t: t, said(2))


def test_the_recipe_says_why_a_text_was_not_tested(place: Place) -> None:
    result = run(place, lambda t: t, None, untested="the film is nowhere")
    assert result["recipe"]["sync"] == "not tested: the film is nowhere"


def test_a_text_that_needs_no_test_has_none_in_its_recipe(place: Place) -> None:
    assert "sync" not in run(place, lambda t: t, None)["recipe"]
