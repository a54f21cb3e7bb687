"""Timing a speech model on this machine, for the forecast."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from subtide.errors import SubtideError
from subtide.house import House
from subtide.jellyfin.items import Item
from subtide.jobs.child import Child
from subtide.library.forecast import costs_here, sampled_as
from subtide.library.sample import films_for, take_sample
from subtide.library.server import ConnectedServer
from subtide.models.record import Model
from subtide.pipeline.stage import Reader
from subtide.storage.coverage import Coverage
from subtide.storage.samples import Samples


def sample(house: House, *, as_json: bool) -> float:
    """Time the model that the settings name, pulled first if it is missing. Return its cost.

    Raises:
        NoUsableAudio: no film can be heard.
        SubtideError: the model cannot be had or run, or the server not be asked.
    """
    name = house.scanner.planner.options.speech.model
    model = house.tools.models.find(name)
    return _timed(house, model or _pulled(house, name, as_json=as_json))


def sample_first(house: House) -> None:
    """Time the model for a person's first forecast: where there is none yet, and it is here.

    While work is being done it is not: that would measure the other work.
    """
    options = house.scanner.planner.options
    known = costs_here(house.database, options, house.tools.threads)["speech"].rate is not None
    if known or not sys.stderr.isatty() or house.store.running():
        return
    try:
        model = house.tools.models.find(options.speech.model)
        if model is None:
            click.echo(
                f"The model {options.speech.model} is not here, so nothing can be timed; to pull"
                " and time it: subtide doctor --sample",
                err=True,
            )
            return
        click.echo(f"Timing {model.name} with half a minute of speech ...", err=True)
        _timed(house, model)
    except SubtideError as error:
        click.echo(f"No time could be taken: {error}", err=True)


def _pulled(house: House, name: str, *, as_json: bool) -> Model:
    if as_json:
        return house.tools.models.pull(name)
    with click.progressbar(length=100, label=f"pulling {name}", file=sys.stderr) as bar:
        return house.tools.models.pull(
            name, lambda done, total: bar.update(100 * done // max(1, total) - bar.pos)
        )


def _timed(house: House, model: Model) -> float:
    speech, threads = house.scanner.planner.options.speech, house.tools.threads
    child = Child(threads)

    def call(name: str, request: Mapping[str, Any], *, read: Reader | None) -> Mapping[str, Any]:
        return child.call(
            name, request, on_progress=lambda _share: None, on_tick=lambda: None, read=read
        )

    try:
        cost = take_sample(_films(house), model, speech, threads, call)
    finally:
        child.close()
    Samples(house.database).keep(sampled_as(speech, threads), cost)
    return cost


def _films(house: House) -> Iterator[tuple[ConnectedServer, Item]]:
    coverage = Coverage(house.database)
    for server in house.servers:
        known = server.meet(house.known)
        for item in films_for(server, known.id, coverage):
            yield server, item
