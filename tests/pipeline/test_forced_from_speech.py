"""Foreign passages from the speech, all the way: from words that were heard to a forced file."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from stage_place import Place

from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, Resource
from subtide.pipeline.inside import CALLS
from subtide.pipeline.plan import Target
from subtide.pipeline.stage import Result, Tools, Work
from subtide.pipeline.stages import STAGES
from subtide.storage.database import Database
from subtide.storage.outcomes import Outcomes

FORCED = Target(language="en", forced=True)
ENGLISH = "The captain told the men to go home before the rain."
PORTUGUESE = "Estou na cozinha com a minha mãe."


def words(text: str, start: float, language: str = "") -> list[list[object]]:
    """The words of a sentence, four a second."""
    return [
        [start + n / 4, start + n / 4 + 0.2, f" {word}", 0.95, language, False]
        for n, word in enumerate(text.split())
    ]


class House:
    """Works off a job with the real stages, but for those that listen."""

    def __init__(self, place: Place, database: Database, heard: list[list[object]]) -> None:
        self.place = place
        self.store = JobStore(database)
        self.outcomes = Outcomes(database)
        self._heard = heard

    def make(self, target: Target) -> JobState:
        plan = self.place.plan("de").model_copy(update={"targets": (target,)})
        job = self.store.add(plan, priority=1, signal="test")
        assert job is not None
        while task := self.store.claim("test", tuple(Resource)):
            work = self.place.work(plan, task.payload, part=task.part, compute=compute, job=job)
            stage = {**STAGES, **self._listening()}[task.kind]
            try:
                self.store.finish(task, stage(work, self.place.tools))
            except Exception as error:  # noqa: BLE001 - the store tells which are expected
                self.store.fail(task, error)  # type: ignore[arg-type]
        found = self.store.find(job)
        assert found is not None
        return found.state

    def _listening(self) -> Mapping[str, Any]:
        return {"prepare": _prepare, "identify": _identify, "transcribe": self._transcribe}

    def _transcribe(self, _work: Work, tools: Tools) -> Result:
        data = json.dumps({"words": self._heard}).encode()
        tools.artifacts.write("words", "transcribe", "application/json", data)
        return {"key": "words", "recipe": {"stage": 1}}


def _prepare(_work: Work, _tools: Tools) -> Result:
    block = {"start": 0.0, "end": 6.0, "key": "block"}
    return {
        "duration": 6.0, "frame_rate": 24.0, "spans": [[0.0, 6.0]], "key": "audio",
        "blocks": [block], "names": [],
    }  # fmt: skip


def _identify(_work: Work, _tools: Tools) -> Result:
    return {"language": "en", "confidence": 0.9, "model": "small", "tally": {"en": 0.9}}


def compute(call: str, request: Mapping[str, Any], **_more: object) -> Result:
    return CALLS[call](request, lambda _share: None, lambda _offset, _size: b"")


@pytest.fixture
def database(place: Place) -> Database:
    return place.tools.ledger._database  # noqa: SLF001 - the place's own


def test_what_is_said_in_another_language_becomes_a_forced_subtitle(
    place: Place, database: Database
) -> None:
    heard = [*words(ENGLISH, 0.2), *words(PORTUGUESE, 3.5, "pt")]
    house = House(place, database, heard)
    assert house.make(FORCED) is JobState.DONE
    (written,) = place.film.parent.glob("*.srt")
    text = written.read_text("utf-8")
    assert "forced" in written.name
    assert "mother" in text
    assert "captain" not in text


def test_where_nobody_speaks_another_language_the_target_ends_for_good(
    place: Place, database: Database
) -> None:
    house = House(place, database, words(ENGLISH, 0.2))
    house.make(FORCED)
    (outcome,) = house.outcomes.all()
    assert "another language" in outcome.reason
    assert outcome.retry_at is None
    assert not list(place.film.parent.glob("*.srt"))
