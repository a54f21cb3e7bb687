"""prepare: make the origin ready. Audio becomes speech blocks, a text subtitle its bytes.

In: the plan's origin and the ways to the media. Out: blocks of 16 kHz mono FLAC and the speech
map, or the subtitle's text, as artifacts, with the names that may be spoken. A text that may be
another cut's comes with the speech map, so that it can be tested against it.
"""

from hashlib import sha256

import structlog

from subtide.errors import (
    BeingWatched,
    MediaMissing,
    MediaUnreadable,
    NoUsableAudio,
    RetryLater,
    ServerFailed,
    SubtideError,
)
from subtide.jellyfin.items import Source, Track
from subtide.jellyfin.media import picked_by_server
from subtide.pipeline.listening import Listening, listen
from subtide.pipeline.plan import AudioOrigin, TextOrigin, needs_speech
from subtide.pipeline.source import current_source, find_audio_track, find_text_track
from subtide.pipeline.stage import Result, Tools, Work
from subtide.storage.artifacts import artifact_key

VERSION = 1
MOVED_SECONDS = 5.0
"""When a text is read again that moved in the list while it was read."""

log = structlog.get_logger()


def prepare(work: Work, tools: Tools) -> Result:
    """Run the stage for either kind of origin.

    Raises:
        SkipSource: the media, the track or the text cannot be used, and why.
        RetryLater: the server or the disk is not ready, or only the server's own audio is left
        while people watch there.
    """
    origin = work.plan.origin
    if isinstance(origin, TextOrigin):
        result = _text(work, tools, origin)
    else:
        result = _audio(work, tools, origin)
    return {**result, "names": _names(work, tools)}


def _text(work: Work, tools: Tools, origin: TextOrigin) -> Result:
    server = tools.server(work.plan.server)
    source = current_source(server, work.plan)
    track = find_text_track(source, origin)
    form = "ass" if track.codec in {"ass", "ssa"} else "srt"
    data = server.subtitle(source, track.index, form)
    # Indexes shift when a sidecar comes or goes: what was read is the track only if it still
    # stands where it stood.
    again = find_text_track(current_source(server, work.plan), origin)
    if again.index != track.index:
        raise RetryLater("the item's subtitles changed while one was read", after=MOVED_SECONDS)
    key = artifact_key("text", VERSION, [], {"sha256": sha256(data).hexdigest()})
    tools.artifacts.write(key, "text", "text/plain", data)
    heard = _speech_map(work, tools, source) if needs_speech(work.plan) else {}
    return {"key": key, "format": form, "language": origin.language, **heard}


def _speech_map(work: Work, tools: Tools, source: Source) -> Result:
    """Return where somebody speaks in the film, or why a text cannot be tested against that."""
    try:
        heard = listen(Listening(work, tools, source, _any_audio(source), block_seconds=None))
    except (BeingWatched, MediaMissing, MediaUnreadable, NoUsableAudio, ServerFailed) as error:
        log.info("a text is not tested", title=work.plan.title, what=error.what)
        return {"untested": error.what}
    return {"duration": heard["duration"], "spans": heard["spans"]}


def _any_audio(source: Source) -> Track:
    """Return a track with speech, in whatever language: dubs keep the times."""
    track = picked_by_server(source) or next(iter(source.audio), None)
    if track is None:
        raise NoUsableAudio(f"{source.name} has no audio track")
    return track


def _audio(work: Work, tools: Tools, origin: AudioOrigin) -> Result:
    source = current_source(tools.server(work.plan.server), work.plan)
    track = find_audio_track(source, origin)
    blocks = work.plan.speech.block_seconds
    return listen(Listening(work, tools, source, track, blocks))


def _names(work: Work, tools: Tools) -> list[str]:
    """Return the names that may be spoken: a help, so that no error of theirs counts."""
    plan = work.plan
    try:
        return list(tools.server(plan.server).names(plan.item, plan.series))
    except SubtideError as error:
        log.debug("the names are not known", title=plan.title, what=error.what)
        return []
