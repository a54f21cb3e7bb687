"""Routes: which engines lead from one language into another."""

import pytest

from subtide.languages import Language
from subtide.pipeline.plan import ChatOptions, TranslationOptions
from subtide.pipeline.routes import Leg, Route, engine_models

EN, DE, FR = Language("en"), Language("de"), Language("fr")


def ways(options: TranslationOptions, source: str, target: str, heard: str = "") -> list[str]:
    return [
        str(r) for r in engine_models(options, Language(source), Language(target), heard or None)
    ]


FIREFOX = TranslationOptions(engines=("firefox",), models={})
CHAT = {"ollama": ChatOptions(model="gemma3:12b")}


def test_firefox_models_are_named_by_their_direction() -> None:
    assert engine_models(FIREFOX, EN, DE) == [Route((Leg("firefox", "firefox-en-de", EN, DE),))]


@pytest.mark.parametrize(
    ("source", "target", "model"),
    [
        ("en", "pt-BR", "firefox-en-pt"),
        ("en-US", "pt", "firefox-en-pt"),
        ("no", "en", "firefox-nb-en"),
        ("en", "zh-Hans", "firefox-en-zh"),
        ("en", "zh-Hant", None),
        ("de", "zh-Hant", None),
        ("en-US", "en-GB", None),
        ("pt-PT", "pt-BR", None),
    ],
)
def test_firefox_knows_languages_without_regions_in_their_usual_script(
    source: str, target: str, model: str | None
) -> None:
    assert ways(FIREFOX, source, target) == [f"firefox ({model})"] * (model is not None)


def test_engines_keep_the_order_of_the_settings_and_need_a_named_model() -> None:
    models = {"opus-mt": {"de-fr": "ct2:a/b"}, "nllb": {"*": "ct2:c/d"}}
    options = TranslationOptions(engines=("opus-mt", "nllb", "m2m100"), models=models)
    assert ways(options, "de", "fr") == ["opus-mt (ct2:a/b)", "nllb (ct2:c/d)"]
    assert ways(options, "fr", "de") == ["nllb (ct2:c/d)"]


def test_m2m100_writes_one_script_of_a_language() -> None:
    options = TranslationOptions(engines=("m2m100",), models={"m2m100": {"*": "ct2:a/b"}})
    assert ways(options, "en", "zh-Hans")
    assert ways(options, "en", "zh-Hant") == []


def test_where_nothing_leads_directly_english_is_between() -> None:
    (route,) = engine_models(FIREFOX, DE, FR)
    assert str(route) == "firefox (firefox-de-en), firefox (firefox-en-fr) through English"
    assert (route.via, route.engine) == ("en", "firefox")


def test_a_direct_model_is_never_left_for_a_way_through_english() -> None:
    models = {"opus-mt": {"de-fr": "ct2:a/b"}}
    options = TranslationOptions(engines=("firefox", "opus-mt"), models=models)
    assert ways(options, "de", "fr") == ["opus-mt (ct2:a/b)"]


def test_nothing_goes_through_english_when_the_settings_forbid_it() -> None:
    assert ways(FIREFOX.model_copy(update={"pivot": False}), "de", "fr") == []


def test_two_engines_share_a_way_where_one_has_no_second_half() -> None:
    models = {"opus-mt": {"eu-en": "ct2:a/b"}, "nllb": {"en-fr": "ct2:c/d"}}
    options = TranslationOptions(engines=("opus-mt", "nllb"), models=models)
    (route,) = engine_models(options, Language("eu"), FR)
    assert route.engine == "opus-mt+nllb"


def test_a_language_model_leads_everywhere_where_the_settings_say_where_it_is() -> None:
    options = TranslationOptions(engines=("firefox", "ollama", "openai"), models={}, chat=CHAT)
    assert ways(options, "en", "de") == ["firefox (firefox-en-de)", "ollama"]
    assert ways(options, "de", "fr") == ["ollama"]
    assert ways(options, "pt-PT", "pt-BR") == ["ollama"]
    assert ways(options.model_copy(update={"chat": {}}), "pt-PT", "pt-BR") == []


@pytest.mark.parametrize(
    ("source", "target", "model", "able"),
    [
        ("de", "en", "small", True),
        ("de", "en-US", "large-v3", True),
        ("de", "en", "large-v3-turbo", False),
        ("de", "en", "small.en", False),
        ("de", "en", "", False),
        ("de", "fr", "small", False),
        ("en", "en-GB", "small", False),
    ],
)
def test_whisper_translates_speech_into_english_with_models_that_learned_it(
    source: str, target: str, model: str, *, able: bool
) -> None:
    options = TranslationOptions(engines=("whisper",), models={})
    assert ways(options, source, target, model) == [f"whisper ({model})"] * able


def test_whisper_may_be_the_first_half_of_a_way() -> None:
    options = TranslationOptions(engines=("whisper", "firefox"), models={})
    assert ways(options, "de", "fr", "small")[0] == (
        "whisper (small), firefox (firefox-en-fr) through English"
    )
