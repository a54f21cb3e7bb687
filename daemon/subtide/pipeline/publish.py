"""publish: one target into Jellyfin, proved, and in the ledger. Runs in the daemon.

The intention is written first. An upload never overwrites and may save nothing while the
server says yes, so: look, upload once, look until it shows, read it back and compare. After a
lost answer we look first, and upload again only when the wait is over. Where the server does
not save uploads, the file is written beside the media, if that folder is within reach. While
somebody watches the item nothing is written, for a time.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import structlog

from subtide.errors import (
    Forbidden,
    ServerFailed,
    ServerOutdated,
    ServerUnreachable,
    SkipSource,
    SubtideError,
    UploadRefused,
    UploadUnseen,
)
from subtide.jellyfin.answers import ServerFault
from subtide.jellyfin.codes import to_server
from subtide.jellyfin.sidecars import expected_name, file_name, is_ours_by_name, upload_language
from subtide.pipeline.patience import look_until_it_shows
from subtide.pipeline.removal import NotRemovable, arrived, remove, remove_by_path
from subtide.pipeline.rendition import rendition
from subtide.pipeline.shown import shown
from subtide.pipeline.sidecar import NotWritten, write_beside
from subtide.pipeline.source import current_source, known_server, look_again
from subtide.pipeline.stage import Result, Tools, Work
from subtide.pipeline.viewers import ask_viewers
from subtide.storage.artifacts import artifact_key
from subtide.storage.ledger import Entry, EntryState
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import WRITTEN, read

VERSION = 1

log = structlog.get_logger()


def publish(work: Work, tools: Tools) -> Result:
    """Put the target into Jellyfin, or find that it is already there.

    Raises:
        UploadUnseen: the server accepted it, and it never showed.
        UploadRefused: the server will not take it.
        ServerOutdated, ServerFailed: the server does not save it, and it cannot be written
        beside the media from here.
        CheckFailed, NotRemovable: a person has to look at the files beside the media.
        BeingWatched: somebody watches the item, and it has not waited long enough.
        Stopped: the task is no longer ours; nothing was written after that was known.
    """
    return _Publication(work, tools).run()


class _Publication:
    """One target on its way."""

    def __init__(self, work: Work, tools: Tools) -> None:
        self._work = work
        self._tools = tools
        self._ledger = tools.ledger
        self._plan = work.plan
        self._server = tools.server(work.plan.server)
        self._target = next(t for t in work.plan.targets if t.key == work.part)
        made = work.payload["cues"]
        self._data = rendition(self._target, made, work.plan.subtitles, tools.artifacts)
        self._cues = read(self._data, self._target.format)
        self._digest = sha256(self._data).hexdigest()
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
        self._once_ours: set[str | None] = set()
        """Where files of ours were; the server may list one for a while that is gone."""
        self._foreign: frozenset[str] | None = None
        """What was listed before our upload, so it is not ours; None while we cannot know."""

    def run(self) -> Result:
        """Find it or put it out, clean up, write the ledger."""
        ours = self._ours()
        for entry in self._sent():
            if entry.state is EntryState.VERIFIED and entry.path in ours:
                return self._result(entry.path)
            if entry.path and entry.path not in ours:
                self._once_ours.add(entry.path)
                self._ledger.advance(entry, EntryState.RETIRED)
        if not ours and self._sent():
            # The answer to an earlier upload was lost: give the file time to show.
            look_again(self._server, self._plan)
            ours = self._seen_within_patience()
        self._retire_older()
        if not ours:
            ours = self._put_out()
        return self._settled(ours)

    def _sent(self) -> list[Entry]:
        """Return our entries of exactly this content, one for each time it was sent."""
        return [e for e in self._entries() if (e.sha256, e.name) == (self._digest, self._name)]

    def _entries(self) -> tuple[Entry, ...]:
        return self._ledger.of_target(self._plan.server, self._plan.source, self._target.key)

    def _in_other_formats(self) -> Iterator[Entry]:
        """Yield what we put out for the same target while the policy said another format."""
        for name in WRITTEN:
            if name != self._target.format:
                key = self._target.model_copy(update={"format": name}).key
                yield from self._ledger.of_target(self._plan.server, self._plan.source, key)

    def _before_a_write(self) -> None:
        """Let nothing be written for another worker's task, nor under the eyes of a viewer."""
        self._work.still_ours()
        if self._work.waited < self._plan.publish.viewers_seconds:
            ask_viewers(self._server, self._plan)

    def _retire_older(self) -> None:
        """Take away what we made for this target before, so that the new file gets its name."""
        for older in (*self._entries(), *self._in_other_formats()):
            if (older.sha256, older.name) == (self._digest, self._name):
                continue
            for path in [older.path] if older.path else arrived(self._tools, self._plan, older):
                self._before_a_write()
                remove(self._tools, self._plan, path, older)
                self._once_ours.add(path)
            self._ledger.advance(older, EntryState.RETIRED)

    def _put_out(self) -> list[str]:
        """Upload it and look until it shows; write it beside the media if it was not saved."""
        listed = current_source(self._server, self._plan)
        if listed.disc:
            raise UploadRefused(f"{self._plan.title} is a disc", "discs get no subtitles")
        self._foreign = frozenset(t.path for t in listed.subtitles if t.path) - self._once_ours
        saved = self._upload(self._intended())
        ours = self._seen_within_patience()
        if not ours and saved:
            what = f"the server said that it saved {self._name}, and it never showed up"
            fix = "look into the server's log for a subtitle that could not be saved"
            self._write_beside(UploadUnseen(what, fix))
            ours = self._seen_within_patience()
        if not ours:
            raise UploadUnseen(
                f"{self._name} never showed up in {self._plan.title}",
                "it is tried again; look whether the server is busy with a scan",
            )
        return ours

    def _intended(self) -> Entry:
        self._before_a_write()
        return self._ledger.intend(**self._entry_values())

    def _entry_values(self) -> dict[str, Any]:
        key = artifact_key("publish", VERSION, [self._digest], {})
        self._tools.artifacts.write(key, "publish", "text/plain", self._data)
        return {
            "server": self._plan.server,
            "item": self._plan.item,
            "source": self._plan.source,
            "target": self._target.key,
            "name": self._name,
            "artifact": key,
            "sha256": self._digest,
            "recipe": {"publish": VERSION, **self._work.payload["cues"]["recipe"]},
            "job": self._work.job,
        }

    def _upload(self, entry: Entry) -> bool:
        """Return whether the server says that it saved it; a lost answer says nothing."""
        try:
            self._server.upload(
                self._plan.source,
                language_label=self._language_label,
                format=self._target.format,
                data=self._data,
                forced=self._target.forced,
                hearing_impaired=self._target.hearing_impaired,
            )
        except ServerUnreachable as error:
            log.warning("the upload was not answered", name=self._name, error=error.what)
            return False
        except (SkipSource, Forbidden):
            # The server itself said no, so there is nothing to look for the next time.
            self._ledger.advance(entry, EntryState.RETIRED)
            raise
        except (ServerOutdated, ServerFailed) as error:
            if isinstance(error, ServerFailed) and not isinstance(error.__cause__, ServerFault):
                raise  # a proxy gave up: it may still arrive
            self._ledger.advance(entry, EntryState.RETIRED)
            self._write_beside(error)
            return False
        self._ledger.advance(entry, EntryState.UPLOADED)
        return True

    def _write_beside(self, refusal: SubtideError) -> None:
        """Write the file beside the media, or raise why it was not saved."""
        source = current_source(self._server, self._plan)
        entry = self._intended()
        try:
            write_beside(self._tools.media(self._plan.server), source, self._name, self._data)
        except NotWritten as reason:
            self._ledger.advance(entry, EntryState.RETIRED)
            refusal.what = f"{refusal.what}; nor could it be written directly: {reason.what}"
            refusal.fix = f"{refusal.fix}; or {reason.fix}"
            raise refusal from None
        except SubtideError:
            self._ledger.advance(entry, EntryState.RETIRED)
            raise
        log.warning("written beside the media", name=self._name, because=refusal.what)
        look_again(self._server, self._plan)

    def _seen_within_patience(self) -> list[str]:
        return look_until_it_shows(
            self._ours,
            nudge=lambda: look_again(self._server, self._plan),
            sleep=self._tools.sleep,
            report=self._work.report,
            least_seconds=self._plan.publish.patience_seconds,
            pending=self._ledger.unfinished(self._plan.server),
        )

    def _settled(self, ours: list[str]) -> Result:
        """Keep one file, and write down whether it is ours.

        More files than we sent: another Subtide puts out the same. Then none is surely ours.
        """
        kept, *others = sorted(ours, key=lambda path: file_name(path) != self._name)
        sent = self._sent()
        all_ours = len(ours) <= len(sent)
        for path in others:
            self._remove_double(path, sent, all_ours=all_ours)
        for entry in sent[:-1]:
            self._ledger.advance(entry, EntryState.RETIRED)
        state = EntryState.VERIFIED if all_ours else EntryState.RETIRED
        if sent:
            self._ledger.advance(sent[-1], state, kept)
        else:
            self._ledger.found(**self._entry_values(), path=kept)
        return self._result(kept)

    def _remove_double(self, path: str, sent: list[Entry], *, all_ours: bool) -> None:
        """Remove one of several files with our content, if they came by uploads of just now."""
        if not all_ours and self._foreign is None:
            return
        self._before_a_write()
        if not all_ours:
            # The other one removes the same double: two deletions by index would hit two files.
            remove_by_path(self._tools, self._plan, path, sent[-1])
            return
        try:
            remove(self._tools, self._plan, path, sent[-1])
        except NotRemovable as reason:
            log.warning("a double stays", path=path, what=reason.what, fix=reason.fix)

    def _result(self, path: str) -> Result:
        return {"path": path, "cues": len(self._cues)}

    def _ours(self) -> list[str]:
        """Return the paths that have our name and, read back, our content."""
        foreign = self._foreign or ()
        return [path for path in self._named(self._name, self._cues) if path not in foreign]

    def _named(self, name: str, cues: tuple[Cue, ...]) -> list[str]:
        return shown(
            self._server,
            self._plan,
            lambda path: is_ours_by_name(path, name),
            cues,
            self._target.format,
        ).paths
