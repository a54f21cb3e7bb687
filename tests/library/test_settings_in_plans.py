"""Settings in plans: what shapes a result reaches who makes it, so that none is set in vain."""

from collections.abc import Mapping
from dataclasses import fields

import pytest

from subtide.library.planning import Options, options_from
from subtide.library.policy import Policy
from subtide.pipeline.plan import ChatOptions
from subtide.pipeline.stage import ChatAccess
from subtide.settings import Chat, Settings

SHAPING: Mapping[str, Mapping[str, object]] = {
    "speech": {
        "tier": "best",
        "model": "medium",
        "models": {"pt": "large-v3"},
        "vote_model": "base",
        "device": "cuda",
        "compute_type": "float32",
        "hotwords": False,
        "block_seconds": 60.0,
    },
    "translation": {
        "engines": ["ollama"],
        "models": {"nllb": {"*": "ct2:owner/nllb"}},
        "chat": {"ollama": {"url": "http://ollama:11434", "model": "gemma3:12b"}},
        "pivot": False,
        "memory": False,
    },
    "subtitles": {
        "limits": {"de": {"reading_speed": 15}},
        "review_below": 0.7,
        "second_attempt": False,
    },
    "policy": {
        "engines": ["opus-mt"],
        "trust_audio_tag": True,
        "notes": "keep",
        "songs": "drop",
        "bilingual": True,
        "sync": "never",
        "formality": "formal",
        "glossary": {"*": {"Force": "Força"}},
    },
}
"""Settings other than usual, by section; of the policy those that its plans carry."""


def options(changes: object) -> Options:
    settings = Settings.model_validate(changes)
    return options_from(settings, gpu=False).under(Policy(settings.policy))


@pytest.mark.parametrize(
    ("section", "name"), [(section, name) for section, of in SHAPING.items() for name in of]
)
def test_a_setting_changes_the_plan(section: str, name: str) -> None:
    assert options({section: {name: SHAPING[section][name]}}) != options({})


@pytest.mark.parametrize("section", ["speech", "translation", "subtitles"])
def test_no_setting_of_these_sections_is_missing_here(section: str) -> None:
    assert SHAPING[section].keys() == type(getattr(Settings(), section)).model_fields.keys()


def test_a_language_model_s_settings_are_in_the_plan_or_in_the_access_to_it() -> None:
    access = {field.name for field in fields(ChatAccess)}
    assert ChatOptions.model_fields.keys() | access == Chat.model_fields.keys()
