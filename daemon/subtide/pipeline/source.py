"""The source of a plan, as the server lists it now."""

from subtide.errors import ItemGone, NoUsableAudio, OriginUnreadable, ServerChanged
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source, Track
from subtide.pipeline.plan import AudioOrigin, Plan, TextOrigin


def current_source(server: Jellyfin, plan: Plan) -> Source:
    """Return the plan's source with its tracks as they are listed now.

    Raises:
        ItemGone: a ready server with the known Id does not list it any more.
        ServerChanged: another server answers.
    """
    item = server.item(plan.item)
    for source in item.sources if item else ():
        if source.id == plan.source:
            return source
    # An absent item proves nothing by itself: the address may lead elsewhere by now.
    answering = server.ready().id
    if answering != plan.server:
        raise ServerChanged(
            f"{plan.server_name} was server {plan.server} and now answers as {answering}",
            "check the address; nothing is done there until it is the known server again",
        )
    raise ItemGone(f"{plan.title} is no longer on {plan.server_name}")


def find_text_track(source: Source, origin: TextOrigin) -> Track:
    """Return the track that the origin describes, wherever it is listed now.

    Raises:
        OriginUnreadable: it is gone.
    """
    for track in source.subtitles:
        if track.text and track.external == origin.external:
            same = track.path == origin.path if origin.external else track.ordinal == origin.ordinal
            if same and track.codec == origin.codec:
                return track
    raise OriginUnreadable(
        f"the {origin.language} subtitle that was to be translated is gone",
        "the next scan plans anew",
    )


def find_audio_track(source: Source, origin: AudioOrigin) -> Track:
    """Return the audio track that the origin describes.

    Raises:
        NoUsableAudio: the file was replaced by one without that track.
    """
    for track in source.audio:
        if track.ordinal == origin.ordinal and track.codec == origin.codec:
            return track
    raise NoUsableAudio(
        f"the audio track that was to be heard is no longer in {source.name}",
        "the next scan plans anew",
    )
