"""Policy: the languages of the house, and which track is the dialogue."""

import pytest
from sources import SERVER, audio, item, source

from subtide import settings
from subtide.jellyfin.items import Track
from subtide.languages import Language
from subtide.library.policy import Around, Rules
from subtide.library.tracks import main_audio, spoken_tag
from subtide.pipeline.plan import Target


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
    house = settings.Policy(languages=("pt-br", "en", "pt_BR"))
    policy = Rules(house).policy_for(item(source()), Around(), SERVER.seen_at)
    assert [want.target for want in policy.wants(source())] == [
        Target(language="pt-BR"),
        Target(language="en"),
    ]
