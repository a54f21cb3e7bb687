"""Remove a file of ours from Jellyfin, without ever losing one that is not ours.

The server deletes by index, without a condition, and indexes shift: between our last look and
the deletion somebody may add a file. No client can close that window, so a copy of every other
text subtitle is taken first, and put back if it is gone afterwards.
"""

from pathlib import PurePath

import structlog

from subtide.errors import CheckFailed, SkipSource
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source, Track
from subtide.pipeline.plan import Plan
from subtide.pipeline.source import current_source

log = structlog.get_logger()


def remove(server: Jellyfin, plan: Plan, path: str) -> None:
    """Remove the external subtitle at ``path``, which the caller has proved to be ours.

    Raises:
        CheckFailed: a foreign subtitle went instead; it was put back, and a person should look.
    """
    copies = _copies(server, current_source(server, plan), path)
    victim = _at(current_source(server, plan), path)
    if victim is None:
        return
    server.delete_subtitle(plan.source, victim.index)
    left = current_source(server, plan)
    lost = [track for track in copies if _at(left, track.path) is None]
    for track in lost:
        _put_back(server, plan, track, copies[track])
    if lost:
        raise CheckFailed(
            f"while {path} was removed another file took its place: {lost[0].path} was put back",
            "something else changes these subtitles at the same time; this one is left alone",
        )


def _copies(server: Jellyfin, source: Source, path: str) -> dict[Track, bytes]:
    copies = {}
    for track in source.subtitles:
        if track.external and track.text and track.path and track.path != path:
            try:
                copies[track] = server.subtitle(source, track.index, _format(track))
            except SkipSource:
                log.warning("a subtitle beside ours cannot be read", path=track.path)
    return copies


def _put_back(server: Jellyfin, plan: Plan, track: Track, data: bytes) -> None:
    path = PurePath(track.path or "")
    # What stands between the media's name and the extension goes back as it was, flags included.
    middle = path.name[len(PurePath(plan.path).stem) + 1 : -len(path.suffix)]
    log.error("a foreign subtitle was removed and is put back", path=track.path)
    server.upload(
        plan.source,
        language_label=middle,
        format=_format(track),
        data=data,
        forced=False,
        hearing_impaired=False,
    )


def _at(source: Source, path: str | None) -> Track | None:
    return next((track for track in source.subtitles if track.path == path), None)


def _format(track: Track) -> str:
    return PurePath(track.path or "").suffix.lstrip(".").lower() or "srt"
