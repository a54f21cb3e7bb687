"""publish: one target into Jellyfin, proved, and in the ledger. Runs in the daemon.

The intention is written first. An upload never overwrites and may save nothing while the
server says yes, so: look, upload once, look until it shows, read it back and compare. After a
lost answer we look first, and upload again only when the wait is over.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import structlog

from subtide.errors import (
    ServerFailed,
    ServerOutdated,
    ServerUnreachable,
    SkipSource,
    UploadRefused,
    UploadUnseen,
)
from subtide.jellyfin.answers import ServerFault
from subtide.jellyfin.codes import to_server
from subtide.jellyfin.items import Source, Track
from subtide.jellyfin.sidecars import expected_name, file_name, is_ours_by_name, upload_language
from subtide.pipeline.removal import remove
from subtide.pipeline.source import current_source, known_server
from subtide.pipeline.stage import Result, Tools, Work
from subtide.storage.artifacts import artifact_key
from subtide.storage.ledger import Entry, EntryState
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, same, write

VERSION = 1
REFRESH_SECONDS = 0.5
"""What one pending refresh takes on the server's single queue, at most (0.3-0.5 s seen)."""
NUDGE_SECONDS = 60.0
"""When an upload that does not show gets a refresh of its own."""
LOOK_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Seconds between looks; the last one repeats."""

log = structlog.get_logger()


def publish(work: Work, tools: Tools) -> Result:
    """Put the target into Jellyfin, or find that it is already there.

    Raises:
        UploadUnseen: the server accepted it, and it never showed.
        UploadRefused: the server will not take it.
        Stopped: the task is no longer ours; nothing was written after that was known.
    """
    return _Publication(work, tools).run()


class _Publication:
    """One target on its way."""

    def __init__(self, work: Work, tools: Tools) -> None:
        self._work = work
        self._tools = tools
        self._plan = work.plan
        self._server = tools.server(work.plan.server)
        self._target = next(t for t in work.plan.targets if t.key == work.part)
        self._cues = read_cues(tools.artifacts.read(work.payload["cues"]["key"]))
        self._data = write(self._cues, self._target.format)
        code = to_server(self._target.tag, known_server(self._server, self._plan).version)
        self._language_label = upload_language(work.plan.publish.label, code)
        self._name = expected_name(
            work.plan.path,
            work.plan.publish.label,
            code,
            forced=self._target.forced,
            hearing_impaired=self._target.hearing_impaired,
            format=self._target.format,
        )

    def run(self) -> Result:
        """Find or upload it, clean up, write the ledger."""
        entry, sent_before = self._intended()
        ours = self._ours()
        if not ours and sent_before:
            # The answer to an earlier upload was lost: give the file time to show.
            self._server.refresh(self._plan.source)
            ours = self._seen_within(self._patience())
        if not ours:
            self._retire_older(entry)
            ours = self._uploaded(entry)
        kept, *doubles = sorted(ours, key=lambda path: file_name(path) != self._name)
        for path in doubles:
            self._work.still_ours()
            remove(self._server, self._tools.artifacts, self._plan, path)
        self._tools.ledger.advance(entry, EntryState.VERIFIED, kept)
        return {"path": kept, "cues": len(self._cues)}

    def _intended(self) -> tuple[Entry, bool]:
        """Return the ledger's entry for exactly this content, and whether it may be there."""
        digest = sha256(self._data).hexdigest()
        for entry in self._entries():
            if entry.sha256 == digest and entry.name == self._name:
                return entry, entry.state is not EntryState.VERIFIED
        key = artifact_key("publish", VERSION, [digest], {})
        self._tools.artifacts.write(key, "publish", "text/plain", self._data)
        entry = self._tools.ledger.intend(
            server=self._plan.server,
            item=self._plan.item,
            source=self._plan.source,
            target=self._target.key,
            name=self._name,
            artifact=key,
            sha256=digest,
            recipe={"publish": VERSION, **self._work.payload["cues"]["recipe"]},
            job=self._work.job,
        )
        return entry, False

    def _entries(self) -> tuple[Entry, ...]:
        return self._tools.ledger.of_target(self._plan.server, self._plan.source, self._target.key)

    def _retire_older(self, entry: Entry) -> None:
        """Take away what we made for this target before, so that the new file gets its name."""
        for older in self._entries():
            if older.id == entry.id or not older.path:
                continue
            sent = read(self._tools.artifacts.read(older.artifact), self._target.format)
            source = self._listed()
            for track in source.subtitles:
                if track.path == older.path and self._reads_back(source, track, sent):
                    self._work.still_ours()
                    remove(self._server, self._tools.artifacts, self._plan, older.path)
            self._tools.ledger.advance(older, EntryState.RETIRED)

    def _uploaded(self, entry: Entry) -> list[str]:
        self._work.still_ours()
        try:
            self._server.upload(
                self._plan.source,
                language_label=self._language_label,
                format=self._target.format,
                data=self._data,
                forced=self._target.forced,
                hearing_impaired=self._target.hearing_impaired,
            )
        except (UploadRefused, ServerFailed, ServerOutdated) as error:
            if not isinstance(error, ServerFailed) or isinstance(error.__cause__, ServerFault):
                # The server itself said no, so there is nothing to look for the next time.
                self._tools.ledger.advance(entry, EntryState.RETIRED)
            raise
        except ServerUnreachable as error:
            # Only the answer may be lost: the look below tells.
            log.warning("the upload was not answered", name=self._name, error=error.what)
        else:
            self._tools.ledger.advance(entry, EntryState.UPLOADED)
        ours = self._seen_within(self._patience())
        if not ours:
            raise UploadUnseen(
                f"the upload of {self._name} never showed up in {self._plan.title}",
                "look into the server's log for a subtitle that could not be saved",
            )
        return ours

    def _patience(self) -> float:
        """Return how long to look: refreshes run one after another, so the pending ones count."""
        pending = self._tools.ledger.unfinished(self._plan.server)
        return self._plan.publish.patience_seconds + pending * 2 * REFRESH_SECONDS

    def _seen_within(self, seconds: float) -> list[str]:
        waited = 0.0
        nudged = False
        for wait in _waits():
            ours = self._ours()
            if ours or waited >= seconds:
                return ours
            if not nudged and waited > min(NUDGE_SECONDS, seconds / 2):
                self._server.refresh(self._plan.source)
                nudged = True
            self._work.report(min(0.9, waited / seconds))
            self._tools.sleep(wait)
            waited += wait
        raise AssertionError  # _waits never ends

    def _ours(self) -> list[str]:
        """Return the paths that have our name and, read back, our content."""
        source = self._listed()
        return [
            track.path
            for track in source.subtitles
            if track.path
            and is_ours_by_name(track.path, self._name)
            and self._reads_back(source, track, self._cues)
        ]

    def _reads_back(self, source: Source, track: Track, cues: tuple[Cue, ...]) -> bool:
        """Whether a track listed just now holds ``cues``: read it, then list again.

        The content belongs to the path only if its index stood still meanwhile. A stream that
        cannot be read is not ours, or not yet.
        """
        try:
            found = read(
                self._server.subtitle(source, track.index, self._target.format),
                self._target.format,
            )
        except (SkipSource, ServerFailed):
            return False
        stood = any(
            t.path == track.path and t.index == track.index for t in self._listed().subtitles
        )
        return stood and same(found, cues)

    def _listed(self) -> Source:
        return current_source(self._server, self._plan)


def read_cues(data: bytes) -> tuple[Cue, ...]:
    """Read the cues of a compose or translate artifact."""
    document: dict[str, Any] = json.loads(data)
    return tuple(Cue(start, end, text) for start, end, text in document["cues"])


def _waits() -> Iterator[float]:
    yield from LOOK_SECONDS
    while True:
        yield LOOK_SECONDS[-1]
