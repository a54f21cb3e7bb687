"""Remove a file of ours from Jellyfin, without ever losing one that is not ours.

The server deletes by index, without a condition, and indexes shift: between our last look and
the deletion somebody may add a file. No client can close that window, so a copy of every other
text subtitle is taken first, and put back if it is gone afterwards.
"""

from hashlib import sha256

import structlog

from subtide.errors import CheckFailed, ServerFailed, SkipSource
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source, Track
from subtide.jellyfin.sidecars import file_name
from subtide.pipeline.plan import Plan
from subtide.pipeline.source import current_source
from subtide.storage.artifacts import Artifacts, artifact_key

WITHOUT_LANGUAGE = "und"
"""What a file without a language in its name is put back as: the server wants one."""

log = structlog.get_logger()


def remove(server: Jellyfin, artifacts: Artifacts, plan: Plan, path: str) -> bool:
    """Remove the external subtitle at ``path``, which the caller has proved to be ours.

    Return False, with nothing removed, when a foreign text beside it cannot be copied first.

    Raises:
        CheckFailed: another file went instead; what could be was put back, and a person should
        look.
    """
    copies = _copies(server, artifacts, current_source(server, plan), path)
    if copies is None:
        return False
    before = current_source(server, plan)
    victim = _at(before, path)
    if victim is None:
        return True
    server.delete_subtitle(plan.source, victim.index)
    left = current_source(server, plan)
    gone = {track.path for track in before.subtitles if track.external} - {path}
    gone -= {track.path for track in left.subtitles}
    for lost in gone & copies.keys():
        _put_back(server, artifacts, plan, copies[lost])
    if gone or _at(left, path):
        raise CheckFailed(
            f"while {path} was removed another file took its place: {', '.join(map(str, gone))}",
            "text was put back; something else changes these subtitles at the same time",
        )
    return True


def _copies(
    server: Jellyfin, artifacts: Artifacts, source: Source, path: str
) -> dict[str | None, tuple[Track, str]] | None:
    """Keep every other external text; None when one cannot be read."""
    copies: dict[str | None, tuple[Track, str]] = {}
    for track in source.subtitles:
        if not (track.external and track.text and track.path) or track.path == path:
            continue
        try:
            data = server.subtitle(source, track.index, _format(track))
        except (SkipSource, ServerFailed) as error:
            log.warning("nothing is removed beside what cannot be copied", path=track.path)
            log.debug("it could not be read", error=error.what)
            return None
        key = artifact_key("copy", 1, [sha256(data).hexdigest()], {})
        artifacts.write(key, "copy", "text/plain", data)
        copies[track.path] = (track, key)
    return copies


def _put_back(server: Jellyfin, artifacts: Artifacts, plan: Plan, copy: tuple[Track, str]) -> None:
    track, key = copy
    log.error("a foreign subtitle was removed and is put back", path=track.path, copy=key)
    server.upload(
        plan.source,
        language_label=_label(track, plan),
        format=_format(track),
        data=artifacts.read(key),
        forced=False,
        hearing_impaired=False,
    )


def _label(track: Track, plan: Plan) -> str:
    """Return what stands between the media's name and the extension, flags included."""
    stem = file_name(plan.path).rpartition(".")[0]
    name = file_name(track.path or "").rpartition(".")[0]
    return name.removeprefix(stem).strip(".") or WITHOUT_LANGUAGE


def _at(source: Source, path: str) -> Track | None:
    return next((track for track in source.subtitles if track.path == path), None)


def _format(track: Track) -> str:
    return file_name(track.path or "").rpartition(".")[2].lower()
