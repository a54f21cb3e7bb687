"""The manifest: what a server could not install is never written into it."""

import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from subtide.web.manifest import PLUGIN, Package, Version, manifest

BUILD: dict[str, Any] = {
    "version": "1.0.0.0",
    "changelog": "- first",
    "targetAbi": "10.11.0.0",
    "sourceUrl": "https://example.org/plugins/subtide_1.0.0.0.zip",
    "checksum": "d41d8cd98f00b204e9800998ecf8427e",
    "timestamp": "2026-11-21T00:00:00Z",
}
PACKAGE: dict[str, Any] = {
    "guid": "5d0f0c1e-7f7e-4a1b-9d3a-2b8f1f6a0c11",
    "name": "Our Plugin",
    "overview": "Short text",
    "description": "Long text",
    "owner": "us",
    "category": "Subtitles",
    "versions": [BUILD],
}


def package(*builds: dict[str, Any], **changes: object) -> Package:
    versions = [{**BUILD, **build} for build in builds]
    return Package.model_validate({**PACKAGE, "versions": versions, **changes})


def test_a_package_is_written_with_the_names_that_the_server_reads() -> None:
    assert json.loads(manifest([package({})])) == [PACKAGE]


def test_builds_for_two_servers_stand_side_by_side() -> None:
    two = package({}, {"version": "1.0.1.0", "targetAbi": "12.0.0.0"})
    assert [build.target_abi for build in two.versions] == ["10.11.0.0", "12.0.0.0"]


@pytest.mark.parametrize(
    "abi", ["12.0.0.0", BUILD["targetAbi"]], ids=["for another server", "for the same"]
)
def test_a_number_is_for_one_build(abi: str) -> None:
    with pytest.raises(ValidationError, match=r"1\.0\.0\.0 is there twice"):
        package({}, {"targetAbi": abi})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "0.1.0.2147483647"),
        ("targetAbi", "12.0.0.0"),
        ("sourceUrl", "http://192.168.1.2:8765/base/a.b.zip"),
        ("checksum", "D41D8CD98F00B204E9800998ECF8427E"),
        ("timestamp", "2028-02-29T23:59:59Z"),
        ("changelog", ""),
    ],
)
def test_a_build_that_can_be_installed_is_taken(field: str, value: str) -> None:
    assert Version.model_validate({**BUILD, field: value}).model_dump(by_alias=True)[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "1.0.0"), ("version", "1.0.0.0.0"), ("version", "v1.0.0.0"),
        ("version", "1.0.0.x"), ("version", "1.0.0.01"), ("version", "1.0.0.2147483648"),
        ("version", "1.0.0.\u0663"), ("version", ""), ("version", None),
        ("targetAbi", "12"), ("targetAbi", "12.0.0"), ("targetAbi", "12.0.0.0-rc5"),
        ("sourceUrl", "https://example.org/a.zip?token=1"), ("sourceUrl", "https://example.org/a"),
        ("sourceUrl", "https://example.org/a.zip#x"), ("sourceUrl", "ftp://example.org/a.zip"),
        ("sourceUrl", "https://me:word@example.org/a.zip"), ("sourceUrl", "/plugins/a.zip"),
        ("sourceUrl", "https://example.org/.zip"), ("sourceUrl", "https://example.zip"),
        ("sourceUrl", "https://example.org/a b.zip"), ("sourceUrl", "file:///a.zip"),
        ("checksum", "d41d8cd98f00b204e9800998ecf8427"), ("checksum", "g" * 32),
        ("checksum", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("checksum", f"{'0' * 32}\n"),
        ("timestamp", "2026-11-21T00:00:00"), ("timestamp", "2026-11-21"),
        ("timestamp", "2026-11-21T00:00:00+01:00"), ("timestamp", "2026-02-30T00:00:00Z"),
        ("maximumAbi", "12.0.0.0"),
    ],
)  # fmt: skip
def test_a_build_that_cannot_be_installed_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Version.model_validate({**BUILD, field: value})
    assert caught.value.errors()[0]["loc"] == (field,)


@pytest.mark.parametrize("field", list(BUILD))
def test_a_build_lacks_nothing(field: str) -> None:
    without = {name: value for name, value in BUILD.items() if name != field}
    with pytest.raises(ValidationError, match="Field required"):
        Version.model_validate(without)


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "a/b", "a\\b", "a:b", "a*", "a?", "a|b", 'a"b', "a\n", "a.", " a"]
)
def test_a_name_that_can_be_no_folder_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot be a folder's name"):
        package(name=name)


def test_a_guid_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="guid"):
        package(guid="subtide")


def test_our_plugin_keeps_its_identity_and_has_no_package_yet() -> None:
    """A server knows a plugin by this guid; another one would be another plugin."""
    assert PLUGIN.guid == UUID("6bd92dc4-8470-45f3-99ed-9bc8495f2e3b")
    assert PLUGIN.versions == ()
