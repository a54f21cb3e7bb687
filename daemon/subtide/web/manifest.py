"""The manifest of our plugin repository: what Jellyfin reads under Plugins, Repositories.

Jellyfin checks little and fails late: a package with a wrong address or checksum is offered and
then cannot be installed. So everything is checked here, before a manifest is written.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

LARGEST = 2**31 - 1
"""The largest number that .NET takes as a part of a version."""


def _four_parts(value: str) -> str:
    parts = value.split(".")
    if len(parts) != 4 or not all(_is_part(part) for part in parts):  # noqa: PLR2004 - .NET's four
        msg = f"write {value!r} as four numbers, such as 1.0.0.0"
        raise ValueError(msg)
    return value


def _is_part(text: str) -> bool:
    return re.fullmatch(r"0|[1-9][0-9]{0,9}", text) is not None and int(text) <= LARGEST


def _folder_name(value: str) -> str:
    """Check what becomes a folder's name, together with the version, on any system."""
    if not re.fullmatch(r"[^<>:\"/\\|?*\x00-\x1f]+", value) or value != value.strip(" ."):
        msg = f"{value!r} cannot be a folder's name on every system"
        raise ValueError(msg)
    return value


def _zip_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+/[^\s?#]*[^\s?#/]\.zip", value):
        msg = f"{value!r} is no address that ends in .zip, without a query or a login"
        raise ValueError(msg)
    return value


def _utc_time(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        msg = f"write {value!r} as 2026-01-31T12:00:00Z"
        raise ValueError(msg)
    datetime.fromisoformat(value)
    return value


FourParts = Annotated[str, AfterValidator(_four_parts)]
FolderName = Annotated[str, AfterValidator(_folder_name)]
ZipAddress = Annotated[str, AfterValidator(_zip_address)]
UtcTime = Annotated[str, AfterValidator(_utc_time)]


class _Entry(BaseModel):
    """Frozen, closed, and named as Jellyfin names it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True
    )


class Version(_Entry):
    """One build of a plugin: Jellyfin's VersionInfo."""

    version: FourParts
    changelog: str
    target_abi: FourParts
    """The oldest server that it is offered to; there is no newest."""
    source_url: ZipAddress
    checksum: str = Field(pattern=r"^[0-9a-fA-F]{32}$")
    """MD5 of the zip file, as hex digits."""
    timestamp: UtcTime


class Package(_Entry):
    """One plugin: Jellyfin's PackageInfo."""

    guid: UUID
    """What the plugin itself says it is; it never changes."""
    name: FolderName
    overview: str
    """What it is, in one line."""
    description: str
    owner: str
    category: str
    versions: tuple[Version, ...]

    @model_validator(mode="after")
    def _numbers_differ(self) -> Self:
        """Check that no number is used twice, not for two servers either.

        A server that was upgraded takes a build of a number that it has for the same build, and
        keeps the one that no longer loads.
        """
        numbers = [one.version for one in self.versions]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        if twice:
            msg = f"every build needs a number of its own: {', '.join(twice)} is there twice"
            raise ValueError(msg)
        return self


PLUGIN = Package(
    guid=UUID("6bd92dc4-8470-45f3-99ed-9bc8495f2e3b"),
    name="Subtide",
    overview="The subtitle companion of your server",
    description="Finds the subtitle languages that your films and episodes lack, and makes them.",
    owner="Subtide",
    category="Subtitles",
    versions=(),
)
"""Jellyfin shows no package without versions."""


def manifest(packages: Iterable[Package] = (PLUGIN,)) -> str:
    """Return the manifest as JSON text."""
    entries = [package.model_dump(mode="json", by_alias=True) for package in packages]
    return json.dumps(entries, indent=2) + "\n"
