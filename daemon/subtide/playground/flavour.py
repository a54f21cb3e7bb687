"""Flavours: what differs between the Jellyfin versions that the playground can be."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Codes(StrEnum):
    """Which of its tables a version names the languages of sidecars by."""

    B = "b"
    """ISO 639-2/B: ``ger``, ``gre``, ``pob`` (10.10)."""
    T = "t"
    """ISO 639-2/T, regions as they stand, two-letter languages only (10.11)."""
    ALL = "all"
    """As T, and languages without a two-letter code, but no ``pob`` (12)."""


@dataclass(frozen=True, slots=True)
class Flavour:
    """One Jellyfin version's ways. Take V12, V10_11 or V10_10, or ``evolve`` one."""

    version: str
    """What the server says of itself, three parts."""
    codes: Codes
    legacy_auth: bool
    """Whether X-Emby-Token, api_key and the like open the door."""
    legacy_paths: bool
    """Whether paths under /emby and /mediabrowser work."""
    checks_format: bool
    """Whether an upload's format must be a known one."""
    rejects_uploads: bool
    """10.11.7: every upload is answered 400."""
    falls_back: bool
    """Whether an upload to read-only media goes to the metadata folder."""
    collapses: bool
    """Whether films in a collection vanish from a list without collapseBoxSetItems=false."""
    lists_alternates: bool
    """Whether other versions of a film are listed on their own."""
    filters_languages: bool
    """Whether /Items knows audioLanguages and subtitleLanguages."""
    unknown_item: int
    """The status of an upload to, or a refresh of, an item that is not there."""
    converts_anew: bool
    """The newer subtitle writer: no byte-order mark, no region line, tags understood."""
    new_fields: bool
    """IsOriginal, LocalizedLanguage and such, and no noughts for what does not apply."""
    closes_lost_sockets: bool
    """Whether a socket without KeepAlive is closed, not just forgotten."""
    tells_keys_sessions: bool
    """Whether an API key may subscribe to sessions over the socket."""

    def evolve(self, **changes: object) -> "Flavour":
        """Return this flavour with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]  # checked by the dataclass


V12 = Flavour(
    version="12.0.0",
    codes=Codes.ALL,
    legacy_auth=False,
    legacy_paths=False,
    checks_format=True,
    rejects_uploads=False,
    falls_back=False,
    collapses=True,
    lists_alternates=False,
    filters_languages=True,
    unknown_item=404,
    converts_anew=True,
    new_fields=True,
    closes_lost_sockets=True,
    tells_keys_sessions=True,
)
V10_11 = Flavour(
    version="10.11.11",
    codes=Codes.T,
    legacy_auth=True,
    legacy_paths=True,
    checks_format=True,
    rejects_uploads=False,
    falls_back=True,
    collapses=False,
    lists_alternates=False,
    filters_languages=False,
    unknown_item=500,
    converts_anew=False,
    new_fields=False,
    closes_lost_sockets=False,
    tells_keys_sessions=True,
)
V10_11_7 = V10_11.evolve(version="10.11.7", rejects_uploads=True)
V10_10 = V10_11.evolve(
    version="10.10.7",
    codes=Codes.B,
    checks_format=False,
    lists_alternates=True,
    tells_keys_sessions=False,
)
