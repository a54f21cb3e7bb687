"""Which audio track holds the dialogue: the original, no commentary, no dub."""

import dataclasses

import pytest
from sources import audio, source

from subtide.jellyfin.items import Track
from subtide.library.tracks import main_audio


def track(title: str = "", language: str = "en", *, default: bool = False) -> Track:
    return audio(language, title=title, default=default)


def original(language: str) -> Track:
    """As Jellyfin 12 may list it."""
    return dataclasses.replace(track("", language), original=True)


@pytest.mark.parametrize(
    ("tracks", "chosen"),
    [
        ([track("Doublage français", "fr", default=True), track("Original", "ja")], 1),
        ([track("Deutsch (OV)", "de"), track("English", "en", default=True)], 0),
        ([track("VF", "fr", default=True), track("VO", "en")], 1),
        ([track("VFQ 5.1", "fr", default=True), track("", "en")], 1),
        ([track("国语配音", "zh", default=True), track("日语原声", "ja")], 1),
        ([track("日本語吹替", "ja", default=True), track("English", "en")], 1),
        ([track("Deutsche Synchronfassung", "de", default=True), track("", "en")], 1),
        ([track("Дубляж", "ru", default=True), track("Оригинал", "en")], 1),
        ([track("VO", "ru", default=True), track("", "en")], 1),
        ([track("MVO (LostFilm)", "ru", default=True), track("", "en")], 1),
        ([track("English Dub", "en", default=True), track("Japanese", "ja")], 1),
        ([track("English Dub of the original", "en", default=True), track("", "ja")], 1),
        ([track("Originalton", "en"), track("Deutsch", "de", default=True)], 0),
        ([track("English", "en"), track("Français", "fr", default=True)], 1),
        ([track("Original Commentary", "en", default=True), track("", "fr")], 1),
        ([track("Isolated Score", "en", default=True), track("", "en")], 1),
        ([track("Original Soundtrack", "en", default=True), track("", "en")], 1),
        ([track("Deutsch", "de", default=True), original("en")], 1),
        ([track("English Dub", "en")], 0),
        ([track("Original", "ja"), track("Original 5.1", "ja", default=True)], 1),
        ([track("Overture", "en"), track("Covert", "en", default=True)], 1),
        ([track("Director's commentary", "en"), track("Music only", "en")], None),
    ],
)
def test_the_original_beats_the_default_one_and_that_beats_a_dub(
    tracks: list[Track], chosen: int | None
) -> None:
    assert main_audio(source(*tracks)) == (None if chosen is None else tracks[chosen])
