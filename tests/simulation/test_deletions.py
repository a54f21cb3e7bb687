"""A deletion is an answer, wherever the film is by then; media that changed is another film."""

from datetime import timedelta

import pytest
from simulated_daemon import Ground, OpenGround, SimulatedDaemon
from world import FILMS, Film

TICK = timedelta(hours=2)


class Home:
    """A household with one film, and a daemon that made all that it lacks."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.world = ground.world
        self.film = self._add()
        self.daemon = SimulatedDaemon(ground)
        self.pass_time()
        assert len(self.film.files[0].ours()) == 2

    def _add(self) -> Film:
        film = self.world.add(FILMS)
        film.files[0].embedded, film.files[0].probed_at = (), film.created
        return film

    def pass_time(self, hours: float = 6) -> None:
        """Let polls come, and all that follows."""
        for _ in range(int(timedelta(hours=hours) / TICK)):
            self.daemon.step(tasks=50)
            self.ground.clock.truth += TICK

    @property
    def uploads(self) -> int:
        return self.world.uploads.total()


@pytest.fixture
def home(open_ground: OpenGround) -> Home:
    return Home(open_ground(nightly="0 3 * * *", time_zone="UTC"))


def test_what_a_person_removed_is_not_made_again_in_three_nights(home: Home) -> None:
    home.world.take_ours()
    home.pass_time(hours=72)
    assert home.uploads == 2


@pytest.mark.parametrize("hours", [0, 30], ids=["at once", "after a night"])
def test_nor_after_the_film_was_renamed(home: Home, hours: float) -> None:
    home.world.take_ours()
    home.pass_time()
    home.pass_time(hours)
    home.world.rename()
    home.pass_time(hours=72)
    assert home.uploads == 2


@pytest.mark.parametrize("hours", [6, 30], ids=["at once", "after a night"])
def test_what_is_removed_from_a_renamed_film_is_not_made_again(home: Home, hours: float) -> None:
    home.world.rename()
    home.pass_time(hours)
    home.world.take_ours()
    home.pass_time(hours=72)
    assert home.uploads == 2


def test_a_disk_that_was_away_deleted_nothing(home: Home) -> None:
    home.world.away.add(FILMS)
    home.pass_time(hours=48)
    home.world.away.clear()
    home.pass_time(hours=48)
    assert home.uploads == 2
    assert home.world.lacking() == set()


def test_other_media_that_came_without_our_files_gets_new_ones(home: Home) -> None:
    file = home.film.files[0]
    file.size += 1
    file.sidecars.clear()
    home.world.save(home.film)
    home.pass_time(hours=48)
    assert home.uploads == 4
