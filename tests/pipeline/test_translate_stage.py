"""translate: which engines are asked, and what is kept."""

from subtide.languages import Language
from subtide.pipeline.plan import TranslationOptions
from subtide.pipeline.translate import engine_models

EN, DE, FR = Language("en"), Language("de"), Language("fr")


def test_firefox_models_are_named_by_their_direction() -> None:
    options = TranslationOptions(engines=("firefox",), models={})
    assert engine_models(options, EN, DE) == [("firefox", "firefox-en-de")]


def test_engines_keep_the_order_of_the_settings_and_need_a_named_model() -> None:
    models = {"opus-mt": {"de-fr": "ct2:a/b"}, "nllb": {"*": "ct2:c/d"}}
    options = TranslationOptions(engines=("opus-mt", "nllb", "m2m100"), models=models)
    assert engine_models(options, DE, FR) == [("opus-mt", "ct2:a/b"), ("nllb", "ct2:c/d")]
    assert engine_models(options, FR, DE) == [("nllb", "ct2:c/d")]
