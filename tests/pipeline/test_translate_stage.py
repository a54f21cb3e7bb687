"""translate: which engines are asked, and what is kept."""

import pytest
from stage_place import Place

from subtide.errors import NoTranslation
from subtide.languages import Language
from subtide.pipeline.plan import TranslationOptions
from subtide.pipeline.translate import engine_models, translate

EN, DE, FR = Language("en"), Language("de"), Language("fr")


def test_firefox_models_are_named_by_their_direction() -> None:
    options = TranslationOptions(engines=("firefox",), models={})
    assert engine_models(options, EN, DE) == [("firefox", "firefox-en-de")]


@pytest.mark.parametrize(
    ("source", "target", "model"),
    [
        ("en", "pt-BR", "firefox-en-pt"),
        ("en-US", "pt", "firefox-en-pt"),
        ("no", "en", "firefox-nb-en"),
        ("en", "zh-Hans", "firefox-en-zh"),
        ("en", "zh-Hant", None),
        ("en-US", "en-GB", None),
    ],
)
def test_firefox_knows_languages_without_regions_in_their_usual_script(
    source: str, target: str, model: str | None
) -> None:
    options = TranslationOptions(engines=("firefox",), models={})
    chosen = engine_models(options, Language(source), Language(target))
    assert [name for _, name in chosen] == [model] * (model is not None)


def test_firefox_has_no_model_between_two_languages_that_are_not_english() -> None:
    options = TranslationOptions(engines=("firefox",), models={})
    assert engine_models(options, DE, FR) == []


def test_a_direction_that_no_engine_knows_ends_its_target_with_the_reason(place: Place) -> None:
    plan = place.plan("fr")
    part = plan.targets[0].key
    cues = {**place.cues(), "language": "de", "ours": True, "frame_rate": 24.0}
    with pytest.raises(NoTranslation, match=r"German into French.*translation\.models"):
        translate(place.work(plan, {"cues": cues}, part=part), place.tools)


def test_engines_keep_the_order_of_the_settings_and_need_a_named_model() -> None:
    models = {"opus-mt": {"de-fr": "ct2:a/b"}, "nllb": {"*": "ct2:c/d"}}
    options = TranslationOptions(engines=("opus-mt", "nllb", "m2m100"), models=models)
    assert engine_models(options, DE, FR) == [("opus-mt", "ct2:a/b"), ("nllb", "ct2:c/d")]
    assert engine_models(options, FR, DE) == [("nllb", "ct2:c/d")]
