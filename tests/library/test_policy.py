"""Policy: what a viewer has already, and which track is the dialogue."""

import pytest
from sources import audio, source, subtitle

from subtide.jellyfin.items import Track
from subtide.languages import Language
from subtide.library.policy import Policy, covering, main_audio, spoken_tag
from subtide.pipeline.plan import Target
from subtide.settings import Settings

COVERED = [
    ("a plain text", "en", [subtitle("en")]),
    ("a sidecar", "en", [subtitle("en", path="/media/Film/Film.en.srt")]),
    ("images", "en", [subtitle("en", codec="PGSSUB")]),
    ("for the hearing impaired", "en", [subtitle("en", hearing_impaired=True)]),
    ("SDH in the title", "en", [subtitle("en", title="English [SDH]")]),
    ("closed captions in the title", "en", [subtitle("en", title="English (CC)")]),
    ("our own", "en", [subtitle("en", title="subtide", path="/media/Film/Film.subtide.en.srt")]),
    ("the second of two", "pt", [subtitle("en"), subtitle("pt")]),
    ("the full one beside a forced one", "en", [subtitle("en", forced=True), subtitle("en")]),
    ("the film beside a commentary", "en", [subtitle("en", title="Commentary"), subtitle("en")]),
    ("a region of the wanted", "en", [subtitle("en-US")]),
    ("the wanted without its region", "pt-BR", [subtitle("pt")]),
    ("the wanted region", "pt-BR", [subtitle("pt-BR")]),
    ("the script by its country", "zh-Hant", [subtitle("zh-TW")]),
    ("Bokmål as Norwegian", "nb", [subtitle("no")]),
    ("full in the title", "en", [subtitle("en", title="Full (Dialogue, Signs & Songs)")]),
    ("not forced in the title", "en", [subtitle("en", title="English (Non-Forced)")]),
    ("a title of another meaning", "en", [subtitle("en", title="Reinforced edition")]),
]
GAPS = [
    ("nothing", "en", []),
    ("only sound", "en", [audio("en")]),
    ("another language", "pt", [subtitle("en")]),
    ("no language", "en", [subtitle(None)]),
    ("no language, but in the title", "en", [subtitle(None, title="English")]),
    ("forced", "en", [subtitle("en", forced=True)]),
    ("forced in the title", "en", [subtitle("en", title="English (Forced)")]),
    ("signs and songs", "en", [subtitle("en", title="Signs & Songs")]),
    ("foreign parts only", "en", [subtitle("en", title="Foreign parts only")]),
    ("a commentary", "en", [subtitle("en", title="Director's Commentary")]),
    ("a commentary in Portuguese", "pt", [subtitle("pt", title="Comentários do realizador")]),
    ("a commentary in Polish", "pl", [subtitle("pl", title="Komentarz reżysera")]),
    ("a commentary in Russian", "ru", [subtitle("ru", title="Комментарии режиссёра")]),
    ("karaoke", "ja", [subtitle("ja", title="Sing-along")]),
    ("another region", "pt-BR", [subtitle("pt-PT")]),
    ("another script", "zh-Hans", [subtitle("zh-Hant")]),
    ("images and forced", "en", [subtitle("en", codec="PGSSUB", forced=True)]),
]


@pytest.mark.parametrize(
    ("wanted", "tracks"), [row[1:] for row in COVERED], ids=[row[0] for row in COVERED]
)
def test_a_viewer_has_it_already_with(wanted: str, tracks: list[Track]) -> None:
    found = covering(source(audio(), *tracks), Target(language=wanted))
    assert found is not None
    assert found == tracks[-1]


@pytest.mark.parametrize(
    ("wanted", "tracks"), [row[1:] for row in GAPS], ids=[row[0] for row in GAPS]
)
def test_a_viewer_lacks_it_with(wanted: str, tracks: list[Track]) -> None:
    assert covering(source(audio(), *tracks), Target(language=wanted)) is None


def test_a_forced_target_is_covered_by_a_forced_track_alone() -> None:
    forced = Target(language="en", forced=True)
    assert covering(source(subtitle("en")), forced) is None
    assert covering(source(subtitle("en", forced=True)), forced)


@pytest.mark.parametrize(
    ("tracks", "chosen"),
    [
        ([], None),
        ([audio("en")], 0),
        ([audio("en"), audio("fr", default=True)], 1),
        ([audio("en"), audio("fr")], 0),
        ([audio("en", title="Commentary", default=True), audio("fr")], 1),
        ([audio("en", title="Audio description"), audio("en", default=True)], 1),
        ([audio("de", title="Audiodeskription", default=True), audio("de")], 1),
        ([audio("es", title="Descripción de audio"), audio("es")], 1),
        ([audio("en", title="Commentary"), audio("en", title="Director's comments")], None),
        ([audio(None)], 0),
    ],
)
def test_the_main_audio_is_the_default_track_of_the_plain_ones(
    tracks: list[Track], chosen: int | None
) -> None:
    assert main_audio(source(*tracks)) == (None if chosen is None else tracks[chosen])


def test_the_spoken_language_is_that_of_the_main_audio() -> None:
    assert spoken_tag(source(audio("en"), audio("ja", default=True))) == Language("ja")
    assert spoken_tag(source(audio(None))) is None
    assert spoken_tag(source()) is None


def test_the_policy_keeps_the_order_of_the_settings_and_each_language_once() -> None:
    settings = Settings.model_validate({"policy": {"languages": ["pt-br", "en", "pt_BR"]}})
    targets = Policy.from_settings(settings).targets
    assert targets == (Target(language="pt-BR"), Target(language="en"))
