"""A forecast in words."""

import pytest

from subtide.cli.forecast import span, summary
from subtide.library.forecast import UNKNOWN, Confidence, Cost, forecast
from subtide.storage.coverage import Count, Standing

HOUR = 3600.0


def count(origin: str, sources: int, seconds: float) -> Count:
    return Count("s1", "films", "", "", Standing.GAP, origin, sources, seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (119.4, "119 s"),
        (1500, "25 min"),
        (6000, "100 min"),
        (3.5 * HOUR, "3.5 h"),
        (47 * HOUR, "47.0 h"),
        (77 * HOUR, "3.2 days"),
    ],
)
def test_a_duration_is_told_as_people_tell_it(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_it_tells_the_time_of_one_film_and_of_all_and_how_sure_that_is() -> None:
    costs = {"speech": Cost(0.25, Confidence.MEDIUM, "a sample of small, timed here")}
    made = forecast([], [count("speech", 100, 600_000.0)], costs)
    assert summary(made) == (
        "100 films and episodes to be made, 6.9 days of media: about 25 min for one of 100 min,"
        " 41.7 h for all (confidence medium, from a sample of small, timed here)."
    )


def test_what_was_never_timed_is_told() -> None:
    costs = {"speech": Cost(0.25, Confidence.HIGH, "the last 20 finished jobs"), "text": UNKNOWN}
    made = forecast([], [count("speech", 1, 6000.0), count("text", 3, 9000.0)], costs)
    assert "about 25 min for one of 100 min, 25 min for all (confidence high" in summary(made)
    assert summary(made).endswith(" Not counted: 3 whose kind was never timed.")


def test_without_any_time_it_says_how_to_take_one() -> None:
    made = forecast([], [count("speech", 1, 6000.0)], {"speech": UNKNOWN})
    assert summary(made) == (
        "1 film or episode to be made, 100 min of media. How long that takes here is not known"
        " yet; time it: subtide doctor --sample"
    )


def test_with_nothing_to_do_it_says_so() -> None:
    assert summary(forecast([], [], {})) == "Nothing is to be made."
