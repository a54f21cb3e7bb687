"""The source of a plan, as the server lists it now."""

from subtide.errors import ItemGone, PlanOutdated, ServerChanged
from subtide.jellyfin.answers import ServerInfo
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
    known_server(server, plan)
    raise ItemGone(f"{plan.title} is no longer on {plan.server_name}")


def known_server(server: Jellyfin, plan: Plan) -> ServerInfo:
    """Return who answers, once it is sure to be the plan's server.

    Ids follow from type and path, so another server over the same folders lists the same ones.

    Raises:
        ServerChanged: another server answers.
    """
    info = server.ready()
    if info.id != plan.server:
        raise ServerChanged(
            f"{plan.server_name} was server {plan.server} and now answers as {info.id}",
            "check the address; nothing is done there until it is the known server again",
        )
    return info


def look_again(server: Jellyfin, plan: Plan) -> None:
    """Have the server look at the source's sidecars again, when its turn comes.

    A user who is no administrator may only report a change; the server follows it after a minute.
    """
    if server.rights().admin:
        server.refresh(plan.source)
    else:
        server.report_change(plan.path)


def find_text_track(source: Source, origin: TextOrigin) -> Track:
    """Return the track that the origin describes, wherever it is listed now.

    Raises:
        PlanOutdated: it is gone.
    """
    for track in source.subtitles:
        if track.text and _describe(track) == _description(origin):
            return track
    raise PlanOutdated(
        f"the {origin.language} subtitle that was to be translated is gone",
        "the next scan plans anew",
    )


def find_audio_track(source: Source, origin: AudioOrigin) -> Track:
    """Return the audio track that the origin describes.

    Raises:
        PlanOutdated: the file was replaced by one without that track.
    """
    for track in source.audio:
        if track.ordinal == origin.ordinal and track.codec == origin.codec:
            return track
    raise PlanOutdated(
        f"the audio track that was to be heard is no longer in {source.name}",
        "the next scan plans anew",
    )


def _describe(track: Track) -> tuple[object, ...]:
    language = track.language.tag if track.language else None
    place = track.path if track.external else track.ordinal
    return (track.external, place, track.codec, language, track.title, track.hearing_impaired)


def _description(origin: TextOrigin) -> tuple[object, ...]:
    place = origin.path if origin.external else origin.ordinal
    sdh = origin.hearing_impaired
    return (origin.external, place, origin.codec, origin.language, origin.title, sdh)
