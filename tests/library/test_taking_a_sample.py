"""Taking a sample: from which film, and by which way."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from library_place import DONE, HEARD, SILENT, Place, item_id

from plans import make_plan
from subtide.errors import MediaMissing, NoUsableAudio
from subtide.jellyfin.media import MediaAccess
from subtide.library.sample import films_for, take_sample
from subtide.models.catalog import ModelKind
from subtide.models.record import Model
from subtide.pipeline.stage import Reader
from subtide.storage import coverage
from subtide.storage.coverage import Cover, Coverage, Standing

SPEECH = make_plan().speech.model_copy(update={"tier": "best"})
MODEL = Model("small", ModelKind.WHISPER, "r1", Path("/m"), {}, {}, "hub", 1)


class Child:
    """Answers as a child would, and notes what it was asked."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.requests: list[Mapping[str, Any]] = []
        self.bytes_read: list[bytes] = []

    def __call__(
        self, name: str, request: Mapping[str, Any], *, read: Reader | None
    ) -> Mapping[str, Any]:
        assert name == "sample"
        self.requests.append(request)
        if self.errors:
            raise self.errors.pop(0)
        if read:
            self.bytes_read.append(read(0, 4))
        return {"cost": 0.25}


def sampled(place: Place, child: Child, *titles: str, media: MediaAccess | None = None) -> float:
    server = place.server()
    if media:
        server = type(server)("home", server.settings, server.client, media)
    films = [(server, *server.client.items([item_id(place, title)])) for title in titles]
    return take_sample(iter(films), MODEL, SPEECH, 2, child)


def test_the_file_itself_is_heard_by_the_model_of_the_settings(place: Place) -> None:
    child = Child()
    assert sampled(place, child, HEARD) == 0.25
    (request,) = child.requests
    path = place.root / "Movies" / HEARD / f"{HEARD}.mkv"
    assert request == {
        "name": HEARD,
        "track": 0,
        "duration": pytest.approx(2.0, abs=0.2),
        "model": MODEL,
        "device": "cpu",
        "compute_type": "int8",
        "threads": 2,
        "tier": "best",
        "path": str(path),
    }


def test_a_file_that_is_not_here_is_read_from_the_server(place: Place) -> None:
    child = Child()
    nowhere = MediaAccess([("/nowhere", Path("/nowhere"))])
    assert sampled(place, child, HEARD, media=nowhere) == 0.25
    path = place.root / "Movies" / HEARD / f"{HEARD}.mkv"
    assert child.requests[0]["size"] == path.stat().st_size
    assert child.bytes_read == [path.read_bytes()[:4]]
    assert not place.playground.requests("GET", "stream.flac")


def test_a_file_that_goes_meanwhile_is_read_from_the_server(place: Place) -> None:
    child = Child(MediaMissing("it is gone"))
    assert sampled(place, child, HEARD) == 0.25
    assert ["path" in request for request in child.requests] == [True, False]


def test_a_film_that_will_not_do_gives_way_to_the_next(place: Place) -> None:
    child = Child(NoUsableAudio("too little is said"))
    assert sampled(place, child, SILENT, HEARD, DONE) == 0.25
    assert [request["name"] for request in child.requests] == [HEARD, DONE]


def test_without_any_film_it_is_told(place: Place) -> None:
    with pytest.raises(NoUsableAudio, match="no film here"):
        sampled(place, Child(), SILENT)


def test_films_that_lack_something_come_first(place: Place) -> None:
    server, known = place.server(), place.playground.id
    heard = item_id(place, HEARD)
    row = Cover(heard, "t", heard, "l", "", "en", Standing.GAP, "speech", 2.0)
    with place.database.write() as connection:
        coverage.replace(connection, known, [heard], [row])
    found = films_for(server, known, Coverage(place.database))
    assert [item.title for item in found] == [HEARD]


def test_before_any_look_the_first_films_of_the_libraries_do(place: Place) -> None:
    found = films_for(place.server(), place.playground.id, Coverage(place.database))
    titles = {item.title for item in found}
    assert {HEARD, DONE, SILENT} < titles


def test_an_empty_library_has_no_film(
    open_place: Callable[..., Place], root: Path, tmp_path: Path
) -> None:
    place = open_place()
    server = place.server(libraries=["Movies"])
    for folder in (root / "Movies").iterdir():
        for file in folder.iterdir():
            file.unlink()
    place.playground.scan()
    assert list(films_for(server, place.playground.id, Coverage(place.database))) == []
