"""Fixtures of the simulation."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import structlog
from simulated_daemon import Ground, OpenGround, SimulatedTime, utc
from stand_in import StandIn
from world import LANGUAGES, Film, World


@pytest.fixture
def open_ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenGround]:
    """Prepare a server without films, and a place for daemons; time stands still."""
    # A month has much to tell: only what should not happen is logged.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    def open_one(
        seed: int = 0,
        start: str = "2026-10-10T00:00:00+00:00",
        tell: Callable[[str, Film], None] = lambda *_: None,
        url: str = "",
        **scan: object,
    ) -> Ground:
        clock, rng = SimulatedTime(utc(start)), Random(seed)  # noqa: S311 - no secret
        ground = Ground(
            clock=clock,
            stand_in=StandIn(World(rng, clock.true, tell)),
            data=tmp_path / "data",
            database_url=url,
            settings={
                "policy": {"languages": list(LANGUAGES), "spoken": "full"},
                "scan": {"poll_seconds": 1800, **scan},
            },
            patch=monkeypatch,
        )
        ground.simulate_time()
        return ground

    yield open_one
    structlog.reset_defaults()
