"""subtide models: what is installed, and what can be pulled."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import Home, Ran

from subtide.cli.output import ExitCode
from subtide.playground.hub import HubStandIn

Subtide = Callable[..., Ran]


@pytest.fixture
def hub(tmp_path: Path, home: Home) -> Iterator[HubStandIn]:
    """A hub with one small model, which the home's settings lead to."""
    with HubStandIn(tmp_path / "hub") as hub:
        hub.add(
            "Systran/faster-whisper-tiny",
            {"model.bin": b"x" * 5000, "config.json": b"{}", "tokenizer.json": b"{}"}
            | {"vocabulary.txt": b"a\nb\n", "preprocessor_config.json": b"{}"},
        )
        home.configure(models={"hub": hub.address}, limits={"disk_reserve_mb": 0})
        yield hub


def state(at_home: Subtide, name: str) -> str:
    rows = {row["name"]: row for row in at_home("models", "list", "--json").json}
    found: str = rows[name]["state"]
    return found


def test_a_model_is_pulled_listed_and_removed(hub: HubStandIn, at_home: Subtide) -> None:
    assert state(at_home, "tiny") == "not installed"
    ran = at_home("models", "pull", "tiny")
    assert ran.code == 0
    assert ran.out.startswith("tiny is installed (5 kB, ")
    assert "100 % of 5 kB" in ran.err
    assert state(at_home, "tiny") == "installed"
    assert "tiny " in at_home("models", "list").out
    removed = at_home("models", "remove", "tiny")
    assert removed.code == 0
    assert removed.out.startswith("tiny is removed, ")
    assert state(at_home, "tiny") == "not installed"


def test_a_pull_is_json_for_scripts(hub: HubStandIn, at_home: Subtide) -> None:
    ran = at_home("models", "pull", "tiny", "--json")
    assert set(ran.json) == {"name", "revision", "folder"}
    again = at_home("models", "remove", "tiny", "--json")
    assert again.json["name"] == "tiny"
    assert again.json["freed"] > 5000


def test_a_name_that_is_none_is_told_with_the_nearest(at_home: Subtide) -> None:
    ran = at_home("models", "pull", "smal")
    assert ran.code == ExitCode.SOME_FAILED
    assert "no model is called 'smal'" in ran.err
    assert "fix: use small" in ran.err


def test_what_is_not_there_cannot_be_removed(at_home: Subtide) -> None:
    ran = at_home("models", "remove", "tiny", "--json")
    assert ran.code == ExitCode.SOME_FAILED
    assert ran.json["error"]["fix"]


def test_a_hub_that_is_down_is_told(home: Home, at_home: Subtide) -> None:
    home.configure(models={"hub": "http://127.0.0.1:1"})
    ran = at_home("models", "pull", "tiny")
    assert ran.code == ExitCode.SERVER
    assert "127.0.0.1:1" in ran.err
    assert ran.err.count("fix: ") == 1
