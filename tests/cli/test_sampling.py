"""subtide doctor --sample: the household's own speech and the model that would be used."""

from collections.abc import Callable

import numpy as np
import pytest
from command import Home, Ran

from subtide.cli.output import ExitCode
from subtide.playground.film import STORY, speak
from subtide.playground.media import RATE, AudioTrack, make_media
from subtide.storage.samples import Samples

Subtide = Callable[..., Ran]
SPEECH = {"model": "tiny.en", "vote_model": "base"}
"""Models that come in packages."""


def add_spoken_film(home: Home) -> None:
    said, _ = speak([text for text, _ in STORY], [0.5] * len(STORY), 0.0)
    sound = np.asarray(said, np.float32)
    track = AudioTrack("eng", default=True, samples=sound)
    make_media(home.film("Spoken (2020)"), [track], duration=len(sound) / RATE)
    home.playground.scan()


@pytest.mark.slow
def test_a_sample_gives_the_forecast_a_time(home: Home, at_home: Subtide) -> None:
    add_spoken_film(home)
    home.configure(speech=SPEECH, models={"pull": False}, policy={"languages": ["en"]})
    before = at_home("scan", "--dry-run", "--json").json["forecast"]
    assert (before["work_seconds"], before["confidence"]) == (None, "low")
    ran = at_home("doctor", "--sample", "--json")
    (check,) = (row for row in ran.json if row["name"] == "sample")
    assert check["health"] == "ok", check
    assert check["what"].startswith("tiny.en hears a film of 100 minutes in ")
    after = at_home("scan", "--dry-run", "--json").json["forecast"]
    assert after["confidence"] == "medium"
    assert after["basis"] == "a sample of tiny.en, timed here"
    assert 0 < after["work_seconds"] < 600
    assert "about " in at_home("scan", "--dry-run").out


def test_without_a_film_to_hear_no_sample_is_taken(home: Home, at_home: Subtide) -> None:
    home.add_silent_film()
    home.configure(speech=SPEECH, models={"pull": False})
    ran = at_home("doctor", "--sample", "--json")
    assert ran.code == ExitCode.SOME_FAILED
    (check,) = (row for row in ran.json if row["name"] == "sample")
    assert check["health"] == "wrong"
    assert check["what"].startswith("there is no film here from which half a minute of speech")
    database = home.database()
    found = Samples(database).find("tiny.en cpu int8 1")
    database.close()
    assert found is None
