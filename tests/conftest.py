"""Fixtures that every room may use."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from openapi import checker
from subtide.playground.flavour import V12, Flavour
from subtide.playground.server import Playground

pytest_plugins = ["storage_fixtures", "webhook_ear"]

OpenPlayground = Callable[..., Playground]


@pytest.fixture
def playground() -> Iterator[OpenPlayground]:
    """Open stand-in servers: ``playground(root, flavour=V12, refresh_seconds=0.05, ...)``.

    Each checks every request against Jellyfin's own description, and is closed at the end,
    which raises what was found wrong.
    """
    with ExitStack() as stack:

        def open_one(root: Path, flavour: Flavour = V12, **options: object) -> Playground:
            base = str(options.get("base", ""))
            usual = {"refresh_seconds": 0.02, "request_check": checker(flavour.version, base)}
            server = Playground(root, flavour, **(usual | options))  # type: ignore[arg-type]
            return stack.enter_context(server)

        yield open_one
