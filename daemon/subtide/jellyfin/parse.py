"""From the server's objects (BaseItemDto, MediaSourceInfo, MediaStream) to items and libraries.

Absent and null are alike, and words that a newer server invents are let through; a field of
the wrong type raises BrokenAnswer with its place.
"""

import re
from collections import Counter
from collections.abc import Iterable

from subtide.errors import BrokenAnswer, ServerStarting, WrongAddress
from subtide.jellyfin import codes
from subtide.jellyfin.answers import CHECK_URL, Library, Rights, ServerInfo
from subtide.jellyfin.fields import Fields
from subtide.jellyfin.items import Item, Source, Track, TrackKind

TICKS = 10_000_000
"""Jellyfin's ticks in a second."""

KINDS = {"Video": TrackKind.VIDEO, "Audio": TrackKind.AUDIO, "Subtitle": TrackKind.SUBTITLE}
"""The streams that matter; EmbeddedImage, Data, Lyric and words to come do not."""

VIDEOS = frozenset({"Movie", "Episode", "Video", "MusicVideo"})
"""Jellyfin's words for items that have media sources with a picture."""

DISCS = frozenset({"Dvd", "BluRay", "Iso"})


def is_wanted(kind: str, location: str, extra: str) -> bool:
    """Whether an item is a video that is there: no extra, no episode that is only announced."""
    return kind in VIDEOS and location != "Virtual" and not extra


def items(answer: object) -> tuple[Item, ...]:
    """Read the wanted ones of a list of items."""
    fields = Fields(answer, "")
    fields.required_whole("TotalRecordCount")  # or it is no list, and nothing would be gone
    return tuple(item(entry) for entry in fields.each("Items") if _wanted(entry))


def item(dto: Fields) -> Item:
    """Read one item with its sources."""
    item_id = dto.required("Id")
    stub = dto.flag("IsPlaceHolder")
    return Item(
        id=item_id,
        name=dto.text("Name"),
        kind=dto.text("Type"),
        path=dto.text("Path"),
        series=dto.text("SeriesName"),
        series_id=dto.text("SeriesId"),
        season=dto.whole("ParentIndexNumber"),
        episode=dto.whole("IndexNumber"),
        year=dto.whole("ProductionYear"),
        etag=dto.text("Etag"),
        tags=dto.texts("Tags"),
        rating=dto.text("OfficialRating"),
        added=dto.moment("DateCreated"),
        parts=dto.whole("PartCount") or 1,
        sources=tuple(source(entry, item_id, stub=stub) for entry in dto.each("MediaSources")),
    )


def source(info: Fields, item_id: str, *, stub: bool = False) -> Source:
    """Read one version of an item; ``stub`` when the item itself is a placeholder."""
    path = info.text("Path")
    elsewhere = info.text("Protocol") not in {"", "File"} or path.lower().endswith(".strm")
    return Source(
        id=info.required("Id"),
        item=item_id,
        name=info.text("Name"),
        path=path,
        container=info.text("Container"),
        size=info.whole("Size") or 0,
        duration=(info.whole("RunTimeTicks") or 0) / TICKS,
        remote=info.flag("IsRemote") or elsewhere,
        disc=info.text("VideoType") in DISCS,
        placeholder=stub or info.text("Type") == "Placeholder",
        tracks=_tracks(info),
    )


def parts(answer: object, item_id: str) -> tuple[Source, ...]:
    """Read the further parts of a film in several files, as sources of its item."""
    entries = Fields(answer, "").each("Items")
    return tuple(source(one, item_id) for entry in entries for one in entry.each("MediaSources"))


def libraries(answer: object) -> tuple[Library, ...]:
    """Read the list of libraries, without those that the server has no item for (yet)."""
    entries = Fields({"": answer}, "").each("")
    return tuple(_library(entry) for entry in entries if entry.text("ItemId"))


def views(answer: object) -> tuple[Library, ...]:
    """Read the libraries as a user sees them: without folders, with the usual options."""
    return tuple(
        Library(
            id=entry.required("Id"),
            name=entry.text("Name"),
            kind=entry.text("CollectionType") or "mixed",
            folders=(),
            save_with_media=True,
            embedded_titles=False,
            enabled=True,
        )
        for entry in Fields(answer, "").each("Items")
    )


def subtitle_wishes(answer: object) -> tuple[str, ...]:
    """Read the subtitle languages that the users are set to, those of most users first.

    Who is disabled, or wants no subtitles or forced ones alone, wishes for nothing.
    """
    wishes: Counter[str] = Counter()
    for user in Fields({"": answer}, "").each(""):
        settings = user.one("Configuration")
        reads = settings.text("SubtitleMode") not in {"None", "OnlyForced"}
        if reads and not user.one("Policy").flag("IsDisabled"):
            wishes.update(_languages([settings.text("SubtitleLanguagePreference")]))
    return tuple(tag for tag, _ in wishes.most_common())


def tags(answer: object) -> dict[str, frozenset[str]]:
    """Read the tags of items, by their ids."""
    entries = Fields(answer, "").each("Items")
    return {entry.required("Id"): frozenset(entry.texts("Tags")) for entry in entries}


def rights(answer: object) -> Rights:
    """Read what the user who asks may do."""
    return _rights(Fields(answer, ""))


def login(answer: object) -> tuple[Rights, str]:
    """Read who has signed in, and their token."""
    fields = Fields(answer, "")
    return _rights(fields.one("User")), fields.required("AccessToken")


def _rights(user: Fields) -> Rights:
    policy = user.one("Policy")
    admin = policy.flag("IsAdministrator")
    return Rights(
        user=user.required("Id"),
        name=user.text("Name"),
        admin=admin,
        subtitles=admin or policy.flag("EnableSubtitleManagement"),
    )


def server_info(answer: object) -> ServerInfo:
    """Read who answers, from the public info.

    Raises ServerStarting while a stand-in with camelCase answers or the wizard is not done,
    WrongAddress when something else answers, BrokenAnswer for a version that is none.
    """
    if not isinstance(answer, dict) or not {"Version", "version"} & answer.keys():
        raise WrongAddress("what answers at this address is no Jellyfin", CHECK_URL)
    fields = Fields(answer, "")
    if "Version" not in answer:
        raise ServerStarting("the server is starting", "wait until it has started")
    if not fields.flag("StartupWizardCompleted"):
        fix = "finish its set-up in a browser"
        raise ServerStarting("the server has not been set up", fix, after=60.0)
    version = fields.required("Version")
    return ServerInfo(
        id=fields.required("Id"),
        name=fields.text("ServerName"),
        version=_version(version),
        version_text=version,
    )


def _wanted(dto: Fields) -> bool:
    return is_wanted(dto.text("Type"), dto.text("LocationType"), dto.text("ExtraType"))


def _tracks(info: Fields) -> tuple[Track, ...]:
    inside: Counter[TrackKind] = Counter()
    tracks = []
    for stream in info.each("MediaStreams"):
        kind = KINDS.get(stream.text("Type"))
        if kind is None:
            continue
        track = _track(stream, kind, inside[kind])
        inside[kind] += not track.external
        tracks.append(track)
    return tuple(tracks)


def _track(stream: Fields, kind: TrackKind, ordinal: int) -> Track:
    return Track(
        kind=kind,
        index=stream.required_whole("Index"),
        ordinal=ordinal,
        codec=stream.text("Codec"),
        language=codes.from_server(stream.text("Language")),
        title=stream.text("Title"),
        external=stream.flag("IsExternal"),
        forced=stream.flag("IsForced"),
        hearing_impaired=stream.flag("IsHearingImpaired"),
        default=stream.flag("IsDefault"),
        text=kind is TrackKind.SUBTITLE and stream.flag("IsTextSubtitleStream"),
        path=stream.text("Path") or None,
        channels=stream.whole("Channels") or 0,
        original=stream.flag("IsOriginal"),
    )


def _library(entry: Fields) -> Library:
    options = entry.one("LibraryOptions")
    return Library(
        id=entry.required("ItemId"),
        name=entry.text("Name"),
        kind=entry.text("CollectionType") or "mixed",
        folders=entry.texts("Locations"),
        save_with_media=options.flag("SaveSubtitlesWithMedia", default=True),
        embedded_titles=options.flag("EnableEmbeddedTitles"),
        enabled=options.flag("Enabled", default=True),
        languages=_languages(options.texts("SubtitleDownloadLanguages")),
        skips_spoken=options.flag("SkipSubtitlesIfAudioTrackMatches", default=True),
    )


def _languages(words: Iterable[str]) -> tuple[str, ...]:
    """Read a list of codes; one that is no language is left out."""
    found = (codes.from_server(word) for word in words)
    return tuple(dict.fromkeys(language.tag for language in found if language))


def _version(text: str) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", text)
    if match is None:
        raise BrokenAnswer(f"the server says that its version is {text[:40]!r}", CHECK_URL)
    return tuple(int(number) for number in match[0].split("."))
