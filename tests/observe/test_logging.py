"""Logs: no secret in them, in the form that was asked for, and no noise."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog

from subtide.errors import KeyRejected
from subtide.observe.logging import HIDDEN, set_up

SECRET = "0123456789abcdef"
Form = Literal["json", "lines"]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Read the JSON lines that were logged; nothing may be on standard output."""

    def read() -> list[dict[str, Any]]:
        out, err = capsys.readouterr()
        assert out == ""
        return [json.loads(line) for line in err.splitlines()]

    return read


def test_a_json_line_holds_event_level_time_and_facts(lines: Lines) -> None:
    set_up("info", "json")
    structlog.get_logger().info("looked", server="home", sources=3)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "looked", "level": "info", "server": "home", "sources": 3}


def test_facts_of_the_context_are_in_every_line(lines: Lines) -> None:
    set_up("info", "json")
    with structlog.contextvars.bound_contextvars(job=7):
        structlog.get_logger().info("looked")
    assert lines()[0]["job"] == 7


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"http://a/?ApiKey={SECRET}&x=1",
        [SECRET],
        (SECRET, "b"),
        {SECRET},
        {"headers": {"Authorization": f'MediaBrowser Token="{SECRET}"'}},
        {f"key {SECRET}": 1},
        [{"deep": [{"er": SECRET}]}],
        Path(f"/keys/{SECRET}"),
        KeyRejected(f"the server refused {SECRET}", "make a new key"),
        ValueError(SECRET),
        f"{SECRET} twice {SECRET}".encode(),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_secret_is_hidden_wherever_it_stands(
    capsys: pytest.CaptureFixture[str], form: Form, value: object
) -> None:
    set_up("info", form, [SECRET])
    structlog.get_logger().info("asked", value=value)
    said = capsys.readouterr().err
    assert SECRET not in said
    assert HIDDEN in said


@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_secret_is_hidden_in_the_event_and_in_a_traceback(
    capsys: pytest.CaptureFixture[str], form: Form
) -> None:
    set_up("info", form, [SECRET])
    try:
        raise RuntimeError(f"no {SECRET}")  # noqa: TRY301 - a traceback is what is wanted
    except RuntimeError:
        structlog.get_logger().exception(f"it broke at {SECRET}")
    said = capsys.readouterr().err
    assert SECRET not in said
    assert "RuntimeError" in said
    assert said.count(HIDDEN) >= 2


def test_of_two_secrets_the_longer_is_hidden_whole(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "json", ["abcd", "abcdefgh"])
    structlog.get_logger().info("x", key="abcdefgh")
    assert "efgh" not in capsys.readouterr().err


def test_short_texts_are_no_secrets(lines: Lines) -> None:
    set_up("info", "json", ["", "the"])
    structlog.get_logger().info("the end")
    assert lines()[0]["event"] == "the end"


def test_numbers_stay_numbers(lines: Lines) -> None:
    set_up("info", "json", [SECRET])
    structlog.get_logger().info("x", seconds=1.5, count=3, ready=True, nothing=None)
    line = lines()[0]
    assert (line["seconds"], line["count"], line["ready"]) == (1.5, 3, True)
    assert line["nothing"] is None


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_what_is_below_the_level_is_left_out(lines: Lines, level: str, said: list[str]) -> None:
    set_up(level, "json")
    log = structlog.get_logger()
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)("x")
    assert [line["level"] for line in lines()] == said


def test_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "lines")
    structlog.get_logger().warning("server is not ready", server="home", fix="start it")
    out, err = capsys.readouterr()
    assert out == ""
    assert "[warning  ] server is not ready" in err
    assert "server=home" in err
    assert "\x1b" not in err  # no colours outside a terminal


def test_without_a_terminal_auto_is_json(lines: Lines) -> None:
    set_up("info", "auto")
    structlog.get_logger().info("x")
    assert lines()[0]["event"] == "x"


def test_a_library_s_warning_is_a_line_like_ours_without_secrets(lines: Lines) -> None:
    set_up("info", "json", [SECRET])
    library = logging.getLogger("urllib3.connectionpool")
    library.info("noise")
    library.warning("retrying %s", f"/Items?ApiKey={SECRET}")
    try:
        raise RuntimeError(SECRET)  # noqa: TRY301 - as above
    except RuntimeError:
        library.exception("it broke")
    first, second = lines()
    assert first["event"] == f"retrying /Items?ApiKey={HIDDEN}"
    assert first["level"] == "warning"
    assert f"RuntimeError: {HIDDEN}" in second["exception"]


def test_to_set_up_again_replaces_the_first(lines: Lines) -> None:
    set_up("debug", "lines")
    set_up("warning", "json")
    structlog.get_logger().info("x")
    logging.getLogger("library").warning("y")
    assert [line["event"] for line in lines()] == ["y"]
