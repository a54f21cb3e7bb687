"""Unfit origins: a text that does not do makes way for the next one, and for the ears."""

import pytest
from library_place import SHOW, SRT, Place, item_id

from subtide.errors import OriginUnfit, OriginUnreadable, SubtideError
from subtide.jobs.task import OPEN_JOBS, Job
from subtide.library.explanation import Explainer
from subtide.pipeline.plan import TextOrigin
from subtide.settings import Settings
from subtide.storage.looks import Priority
from subtide.storage.releases import Releases

WHY = "the subtitle does not fit the film's speech"


def look(place: Place) -> None:
    place.scanner().follow_items(
        place.server(), [place.look(item_id(place, SHOW), Priority.PERSON)]
    )


def job(place: Place) -> Job:
    (found,) = (one for one in place.store.list(OPEN_JOBS) if one.title == SHOW)
    return found


def fail(place: Place, error: SubtideError) -> None:
    """Let the first task of the job fail."""
    wanted = job(place).id
    resources = {task.resource for task in place.store.tasks(wanted)}
    task = place.store.claim("test", resources)
    assert task is not None
    assert task.job == wanted
    place.store.fail(task, error)


@pytest.mark.parametrize("error", [OriginUnfit(WHY), OriginUnreadable("it is no subtitle")])
def test_a_text_that_does_not_do_makes_way_for_the_ears(place: Place, error: SubtideError) -> None:
    look(place)
    assert job(place).plan.origin.kind == "text"
    fail(place, error)
    assert not place.outcomes.all(), "it is no failure of the target"
    look(place)
    assert job(place).plan.origin.kind == "audio"


def test_the_next_text_comes_before_the_ears(place: Place) -> None:
    (place.root / "TV/Show/Season 01/Show S01E01.de.srt").write_text(SRT)
    place.playground.scan()
    look(place)
    first = job(place).plan.origin
    fail(place, OriginUnfit(WHY))
    look(place)
    second = job(place).plan.origin
    assert isinstance(first, TextOrigin)
    assert isinstance(second, TextOrigin)
    assert {first.language, second.language} == {"en", "de"}


def test_a_look_asked_for_by_the_failure_finds_the_next_origin(place: Place) -> None:
    look(place)
    fail(place, OriginUnfit(WHY))
    assert [one.item for one in place.looks.due()] == [item_id(place, SHOW)]


def test_why_tells_of_the_text(place: Place) -> None:
    look(place)
    fail(place, OriginUnfit(WHY))
    look(place)
    explainer = Explainer(
        place.database,
        place.scanner(),
        Settings(),
        Releases(place.database, all_open=True),
    )
    (found,) = explainer.explain(place.server(), item_id(place, SHOW))
    assert found.unfit == (f"en subrip inside the file: {WHY}",)
    assert any("speech" in reason.making for reason in found.reasons)


def test_a_person_who_says_so_has_it_tried_again(place: Place) -> None:
    look(place)
    fail(place, OriginUnfit(WHY))
    place.outcomes.reopen(place.playground.id, job_source(place))
    look(place)
    assert job(place).plan.origin.kind == "text"


def job_source(place: Place) -> str:
    return next(one.plan.source for one in place.store.list() if one.title == SHOW)
