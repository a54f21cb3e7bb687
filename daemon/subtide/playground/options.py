"""Options: what LibraryOptions holds unless someone changed it."""

from typing import Any

from subtide.playground.tree import Library

DEFAULTS: dict[str, Any] = {
    "Enabled": True,
    "EnablePhotos": True,
    "EnableRealtimeMonitor": False,
    "EnableLUFSScan": False,
    "EnableChapterImageExtraction": False,
    "ExtractChapterImagesDuringLibraryScan": False,
    "EnableTrickplayImageExtraction": False,
    "ExtractTrickplayImagesDuringLibraryScan": False,
    "SaveLocalMetadata": False,
    "EnableInternetProviders": False,
    "EnableAutomaticSeriesGrouping": True,
    "EnableEmbeddedTitles": False,
    "EnableEmbeddedExtrasTitles": False,
    "EnableEmbeddedEpisodeInfos": False,
    "AutomaticRefreshIntervalDays": 0,
    "SeasonZeroDisplayName": "Specials",
    "DisabledLocalMetadataReaders": [],
    "DisabledSubtitleFetchers": [],
    "SubtitleFetcherOrder": [],
    "DisabledMediaSegmentProviders": [],
    "MediaSegmentProviderOrder": [],
    "SkipSubtitlesIfEmbeddedSubtitlesPresent": False,
    "SkipSubtitlesIfAudioTrackMatches": True,
    "RequirePerfectSubtitleMatch": True,
    "SaveSubtitlesWithMedia": True,
    "SaveLyricsWithMedia": False,
    "SaveTrickplayWithMedia": False,
    "DisabledLyricFetchers": [],
    "LyricFetcherOrder": [],
    "PreferNonstandardArtistsTag": False,
    "UseCustomTagDelimiters": False,
    "CustomTagDelimiters": ["/", "|", ";", "\\"],
    "DelimiterWhitelist": [],
    "AutomaticallyAddToCollection": False,
    "AllowEmbeddedSubtitles": "AllowAll",
    "TypeOptions": [],
}


def options_of(library: Library) -> dict[str, Any]:
    """Return a library's options: the defaults, its path, and what differs."""
    return {**DEFAULTS, "PathInfos": [{"Path": library.location}], **library.options}


def folder_json(library: Library, *, busy: bool) -> dict[str, Any]:
    """Return a library as /Library/VirtualFolders lists it."""
    return {
        "Name": library.name,
        "Locations": [library.location],
        "CollectionType": library.kind,
        "LibraryOptions": options_of(library),
        "ItemId": library.id,
        "RefreshStatus": "Active" if busy else "Idle",
    }
