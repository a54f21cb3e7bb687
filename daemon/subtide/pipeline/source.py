"""The source of a plan, or of a file of ours, as the server lists it now."""

from typing import Protocol

from subtide.errors import ItemGone, PlanOutdated, ServerChanged
from subtide.jellyfin.answers import ServerInfo
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source, Track
from subtide.pipeline.plan import AudioOrigin, TextOrigin


class Place(Protocol):
    """Where a source is; a plan says it, and so does what is known of a file of ours."""

    @property
    def server(self) -> str:
        """The server's system Id."""

    @property
    def server_name(self) -> str:
        """Its name in the settings."""

    @property
    def item(self) -> str:
        """The item that lists the source."""

    @property
    def source(self) -> str:
        """The source's id."""

    @property
    def title(self) -> str:
        """What a person calls it."""

    @property
    def path(self) -> str:
        """The media's path as the server names it."""


def current_source(server: Jellyfin, place: Place) -> Source:
    """Return the source at a place with its tracks as they are listed now.

    Raises:
        ItemGone: a ready server with the known Id does not list it any more.
        ServerChanged: another server answers.
    """
    item = server.item(place.item)
    for source in item.sources if item else ():
        if source.id == place.source:
            return source
    # An absent item proves nothing by itself: the address may lead elsewhere by now.
    known_server(server, place)
    raise ItemGone(f"{place.title} is no longer on {place.server_name}")


def known_server(server: Jellyfin, place: Place) -> ServerInfo:
    """Return who answers, once it is sure to be the place's server.

    Ids follow from type and path, so another server over the same folders lists the same ones.

    Raises:
        ServerChanged: another server answers.
    """
    info = server.ready()
    if info.id != place.server:
        raise ServerChanged(
            f"{place.server_name} was server {place.server} and now answers as {info.id}",
            "check the address; nothing is done there until it is the known server again",
        )
    return info


def look_again(server: Jellyfin, place: Place) -> None:
    """Have the server look at the source's sidecars again, when its turn comes.

    A user who is no administrator may only report a change; the server follows it after a minute.
    """
    if server.rights().admin:
        server.refresh(place.source)
    else:
        server.report_change(place.path)


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
