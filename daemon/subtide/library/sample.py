"""A sample of this machine's speed: which film it is taken from, and the way to it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import structlog

from subtide.errors import MediaMissing, NoUsableAudio, SkipSource
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Item, Source
from subtide.jellyfin.media import LocalFile, ServerRanges, Way
from subtide.library.server import ConnectedServer
from subtide.library.tracks import main_audio
from subtide.models.record import Model
from subtide.pipeline.plan import SpeechOptions
from subtide.pipeline.stage import Reader
from subtide.storage.coverage import Coverage

TRIED = 5
"""Films that a sample is tried with, on each server."""

log = structlog.get_logger()


class Call(Protocol):
    """Runs one call in a child process: ``Child.call`` without its clockwork."""

    def __call__(
        self, name: str, request: Mapping[str, Any], *, read: Reader | None
    ) -> Mapping[str, Any]:
        """Return the call's answer, or raise what it raised."""
        ...


def take_sample(
    films: Iterator[tuple[ConnectedServer, Item]],
    model: Model,
    speech: SpeechOptions,
    threads: int,
    call: Call,
) -> float:
    """Time the model with the first film that can be read. Return its cost.

    A cost is seconds of work for a second of media.

    Raises:
        NoUsableAudio: there is no film that a sample can be taken from.
        ModelDamaged, StopAndTell, RetryLater, ChildDied: the model cannot be run here.
    """
    how = {
        "device": speech.device,
        "compute_type": speech.compute_type,
        "threads": threads,
        "tier": speech.tier,
    }
    for server, item in films:
        for source in item.sources:
            try:
                return _by(server, item, source, call, {"model": model, **how})
            except SkipSource as error:
                log.info("no sample is taken from this film", title=item.title, what=error.what)
    raise NoUsableAudio(
        "there is no film here from which half a minute of speech could be heard",
        "look at why the films cannot be read: subtide doctor",
    )


def films_for(server: ConnectedServer, server_id: str, coverage: Coverage) -> Iterator[Item]:
    """Yield a few films of a server that may do: those to be heard, else the oldest ones.

    Raises:
        RetryLater, StopAndTell: the server is not ready or refuses us.
    """
    lacking = coverage.items_lacking(server_id, "speech", TRIED)
    yield from server.client.items(lacking)
    if not lacking:
        for library in server.libraries():
            page = next(server.client.listing(library=library.id, limit=TRIED).pages(), ())
            yield from server.client.items([entry.id for entry in page if entry.wanted])


def _by(
    server: ConnectedServer, item: Item, source: Source, call: Call, how: Mapping[str, Any]
) -> float:
    track = main_audio(source)
    if track is None:
        raise NoUsableAudio(f"{source.name} has no track to listen to")
    request = {
        "name": item.title,
        "track": track.ordinal,
        "duration": source.duration,
        **how,
    }
    problem = MediaMissing(f"no way leads to {source.path}")
    # The server's own FLAC begins at the beginning, so it is no way to the middle.
    for way in server.media.ways(source, server_default=False, server=server.client):
        place, read = _door(way, server.client)
        try:
            answer = call("sample", {**request, **place}, read=read)
        except MediaMissing as error:
            problem = error
        else:
            return float(answer["cost"])
    raise problem


def _door(way: Way, client: Jellyfin) -> tuple[dict[str, Any], Reader | None]:
    """Return how a request names the media, and what reads it where the child cannot."""
    if isinstance(way, LocalFile):
        return {"path": str(way.path)}, None
    assert isinstance(way, ServerRanges)  # noqa: S101 - the only other one that was asked for
    source_id = way.source_id
    reader: Callable[[int, int], bytes] = lambda offset, size: client.range(source_id, offset, size)  # noqa: E731
    return {"size": way.size}, reader
