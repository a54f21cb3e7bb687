"""Opening: what the log says at the start."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from subtide.daemon.opening import announce, faults
from subtide.daemon.running import Daemon
from subtide.house import House, open_house
from subtide.playground.server import Playground
from subtide.settings import Settings
from subtide.storage.releases import ALL, Releases

Lines = dict[str, dict[str, object]]


@pytest.fixture
def told(settings: Callable[..., Settings]) -> Callable[..., Lines]:
    """What is announced under some settings, by the line's name."""

    def tell(prepare: Callable[[House], None] = lambda _house: None, **changes: object) -> Lines:
        with closing(open_house(settings(**changes))) as house:
            prepare(house)
            daemon = Daemon(house)
            daemon.start()
            with capture_logs() as logs:
                announce(house, daemon)
            daemon.stop()
        return {str(one.pop("event")): dict(one) for one in logs}

    return tell


def test_it_says_what_is_set_up_in_few_lines(
    told: Callable[..., Lines], stand_in: Playground
) -> None:
    lines = told(
        rules=[{"set": {"ignore": True}}],
        speech={"model": "tiny.en", "vote_model": "base", "device": "cpu"},
        limits={"threads": 3, "window": "22:00-07:00"},
        scan={"nightly": "30 4 * * *", "time_zone": "Europe/Lisbon"},
    )
    assert {"server", "wanted", "machine", "schedule"} <= set(lines)
    server = lines["server"]
    assert (server["server"], server["url"]) == ("home", stand_in.url)
    assert (server["libraries"], server["released"]) == ("all", "all")
    wanted = lines["wanted"]
    assert (wanted["languages"], wanted["rules"], wanted["start"]) == ("en, pt", 1, "auto")
    machine = lines["machine"]
    assert (machine["model"], machine["vote_model"]) == ("tiny.en", "base")
    assert (machine["device"], machine["compute_type"], machine["threads"]) == ("cpu", "int8", 3)
    schedule = lines["schedule"]
    assert schedule["window"] == "22:00-07:00"
    assert " 04:30 WE" in str(schedule["nightly"])  # WET or WEST
    assert "poll" in schedule


def test_it_says_no_secret(
    told: Callable[..., Lines], stand_in: Playground, settings: Callable[..., Settings]
) -> None:
    secret = settings().servers["home"].webhook_secret.get_secret_value()
    lines = str(told())
    assert secret
    assert secret not in lines
    assert stand_in.key not in lines


@pytest.mark.parametrize(("opened", "expected"), [((), "0"), (("a", "b"), "2"), ((ALL,), "all")])
def test_it_says_how_many_libraries_were_released(
    told: Callable[..., Lines], stand_in: Playground, opened: tuple[str, ...], expected: str
) -> None:
    def release(house: House) -> None:
        known = house.servers[0].meet(house.known)
        for library in opened:
            Releases(house.database).release(known.id, library)

    assert told(release, start="ask")["server"]["released"] == expected


def test_what_is_wrong_is_told_with_its_fix(
    settings: Callable[..., Settings], stand_in: Playground, tmp_path: Path
) -> None:
    away = {"server": "/media", "local": str(tmp_path / "away")}
    here = {"server": "/other", "local": str(tmp_path)}
    server = {"url": stand_in.url, "key": stand_in.key, "paths": [away, here]}
    chosen = settings(
        servers={"home": server},
        models={"pull": False},
        speech={"model": "large-v2", "vote_model": "large-v2"},
    )
    with closing(open_house(chosen)) as house:
        found = list(faults(house))
    assert found == [
        (
            f"{tmp_path / 'away'}, where home has /media, is no folder here",
            "mount it, or correct servers.home.paths",
        ),
        (
            "the model large-v2 is not installed and models.pull is off",
            "subtide models pull large-v2",
        ),
    ]


def test_a_model_that_will_be_pulled_and_a_webhook_without_secret_are_no_faults(
    settings: Callable[..., Settings], stand_in: Playground
) -> None:
    server = {"url": stand_in.url, "key": stand_in.key}
    chosen = settings(servers={"home": server}, speech={"model": "large-v2"})
    with closing(open_house(chosen)) as house:
        assert list(faults(house)) == []


def test_a_damaged_model_is_told(settings: Callable[..., Settings]) -> None:
    with closing(open_house(settings(speech={"model": "large-v2", "vote_model": "base"}))) as house:
        (house.data / "models").mkdir(exist_ok=True)
        home = house.tools.models._layout.home("large-v2")  # noqa: SLF001 - where it would lie
        home.mkdir(parents=True)
        ((what, fix),) = faults(house)
    assert "large-v2" in what
    assert "subtide models pull large-v2" in fix
