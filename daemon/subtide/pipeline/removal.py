"""Remove a file of ours from Jellyfin, without ever losing one that is not ours.

By path where the media's folder is within reach: the file is compared, then removed. Else the
server deletes by index, without a condition, and indexes shift: between our last look and the
deletion somebody may add a file. No client can close that window, so a copy of every other
text subtitle is taken first, and put back if it is gone afterwards.
"""

from collections.abc import Mapping
from hashlib import sha256

import structlog

from subtide.errors import (
    CheckFailed,
    HoldForReview,
    RetryLater,
    ServerUnreachable,
    SkipSource,
)
from subtide.jellyfin.answers import ServerFault
from subtide.jellyfin.items import Source
from subtide.jellyfin.sidecars import expected_name, file_name, is_ours_by_name
from subtide.pipeline.shown import Shown, shown
from subtide.pipeline.sidecar import Fate, remove_beside
from subtide.pipeline.source import Place, current_source, look_again
from subtide.pipeline.stage import Tools
from subtide.storage.artifacts import artifact_key
from subtide.storage.ledger import Entry
from subtide.subtitles.formats import read

WITHOUT_LANGUAGE = "und"
"""What a file without a language in its name is put back as: the server wants one."""
TRIES = 3
"""How often a lost text is sent back."""

AGAIN = "then: subtide jobs retry"

log = structlog.get_logger()
Copies = Mapping[str, str]
"""By path: the key of the artifact that keeps the text."""


class NotRemovable(HoldForReview):
    """Nothing was removed; ``what`` says why, and ``mend`` what a person has to mend."""

    def __init__(self, what: str, mend: str) -> None:
        """A job that needs the file gone has to be tried again after the mending."""
        super().__init__(what, f"{mend}, {AGAIN}")
        self.args = (what, mend)
        self.mend = mend


def arrived(tools: Tools, place: Place, entry: Entry) -> list[str]:
    """Return where a file is shown whose arrival was never recorded."""
    kind = _format(entry.name)
    cues = read(tools.artifacts.read(entry.artifact), kind)
    server = tools.server(place.server)
    return shown(server, place, lambda path: is_ours_by_name(path, entry.name), cues, kind).paths


def remove(tools: Tools, place: Place, path: str, entry: Entry) -> Fate:
    """Remove the external subtitle at ``path`` if it still holds what ``entry`` put out.

    One that is gone, or that another hand changed, is left as it is. Return what became of it.

    Raises:
        NotRemovable: the key may not delete, or a text beside it cannot be copied first.
        CheckFailed: another file went instead; what could be was put back, and a person should
        look.
        ServerUnreachable: the answer was lost and the file is still there; not to be repeated
        at once, because the server may only be slow.
    """
    fate = remove_by_path(tools, place, path, entry)
    if fate in {Fate.REMOVED, Fate.CHANGED}:
        return fate
    by_index = _remove_by_index(tools, place, path, entry)
    return fate or by_index


def remove_by_path(tools: Tools, place: Place, path: str, entry: Entry) -> Fate | None:
    """Remove it as ``remove`` does, or return None when its folder is not within reach."""
    server = tools.server(place.server)
    source = current_source(server, place)
    fate = remove_beside(tools.media(place.server), source, path, entry.sha256)
    if fate in {Fate.REMOVED, Fate.ABSENT}:
        look_again(server, place)
    return fate


def _remove_by_index(tools: Tools, place: Place, path: str, entry: Entry) -> Fate:
    server = tools.server(place.server)
    beside = _find(tools, place, path, entry)
    if not beside.tracks:
        return Fate.CHANGED if path in _external(beside.source) else Fate.ABSENT
    rights = server.rights()
    if not rights.admin:
        raise NotRemovable(
            f"{path} has to go first, and {rights.name} may not delete it",
            "use an API key or an administrator's sign-in",
        )
    copies = _copies(tools, place, beside.source, path)
    before = _find(tools, place, path, entry)
    if before.places != beside.places:
        raise RetryLater(
            f"other subtitles of {place.title} came or went while {path} was to be removed",
            "it is tried again by itself",
        )
    lost_answer: ServerUnreachable | None = None
    try:
        server.delete_subtitle(place.source, before.tracks[0].index)
    except ServerUnreachable as error:
        lost_answer = error
    left = _external(current_source(server, place))
    gone = _external(before.source) - left - {path}
    if gone:
        raise CheckFailed(
            f"while {path} was removed, another file went instead: {', '.join(sorted(gone))}",
            " ".join(_put_back(tools, place, lost, copies) for lost in sorted(gone)),
        )
    if path in left:
        raise lost_answer or CheckFailed(
            f"{path} was removed and is still there: something else changes these subtitles",
            f"look whether one that was added just now is missing, {AGAIN}",
        )
    return Fate.REMOVED


def _find(tools: Tools, place: Place, path: str, entry: Entry) -> Shown:
    """Find the file as what it was when it was put out; an edited one is not found."""
    kind = _format(entry.name)
    cues = read(tools.artifacts.read(entry.artifact), kind)
    return shown(tools.server(place.server), place, lambda other: other == path, cues, kind)


def _copies(tools: Tools, place: Place, source: Source, path: str) -> Copies:
    """Keep every other external text of the source."""
    copies: dict[str, str] = {}
    server = tools.server(place.server)
    for track in source.subtitles:
        if not (track.external and track.text and track.path) or track.path == path:
            continue
        try:
            data = server.subtitle(source, track.index, _format(track.path))
        except (SkipSource, ServerFault) as error:
            raise NotRemovable(
                f"{path} has to go first, and {track.path} beside it cannot be copied before"
                f" that ({error.what})",
                f"mend or remove {file_name(track.path)}",
            ) from None
        key = artifact_key("copy", 1, [sha256(data).hexdigest()], {})
        tools.artifacts.write(key, "copy", "text/plain", data)
        copies[track.path] = key
    return copies


def _put_back(tools: Tools, place: Place, path: str, copies: Copies) -> str:
    """Send a lost file back under its old name, flags included. Return what a person should do."""
    if path not in copies:
        return f"{file_name(path)} is no text and could not be copied: restore it by hand."
    key = copies[path]
    log.error("a foreign subtitle was removed and is put back", path=path, copy=key)
    if _sent_back(tools, place, path, tools.artifacts.read(key)):
        return f"{file_name(path)} was put back: look whether it is as it was."
    return f"{file_name(path)} could not be put back: restore it from {tools.artifacts.path(key)}."


def _sent_back(tools: Tools, place: Place, path: str, data: bytes) -> bool:
    server = tools.server(place.server)
    label = _label(path, place)
    flags = {"forced": False, "hearing_impaired": False}  # they stand in the label already
    name = expected_name(place.path, "", label, **flags, format=_format(path))
    for _ in range(TRIES):
        try:
            server.upload(
                place.source, language_label=label, format=_format(path), data=data, **flags
            )
        except RetryLater as error:
            tools.sleep(error.after)
            try:
                there = _external(current_source(server, place))
            except RetryLater:
                continue
            if any(is_ours_by_name(one, name) for one in there):
                return True
        else:
            return True
    return False


def _label(path: str, place: Place) -> str:
    """Return what stands between the media's name and the extension, flags included."""
    stem = file_name(place.path).rpartition(".")[0]
    name = file_name(path).rpartition(".")[0]
    rest = name[len(stem) :] if name.lower().startswith(stem.lower()) else name
    return rest.strip(".") or WITHOUT_LANGUAGE


def _external(source: Source) -> set[str]:
    return {track.path for track in source.subtitles if track.external and track.path}


def _format(path: str) -> str:
    return file_name(path).rpartition(".")[2].lower()
