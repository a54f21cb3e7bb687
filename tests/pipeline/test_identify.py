"""identify: who may vote, who will listen, and when nobody knows."""

from collections.abc import Mapping
from typing import Any

import pytest
from stage_place import Place

from subtide.errors import LanguageUnknown, ModelMissing
from subtide.languages import Language
from subtide.pipeline.identify import identify, speech_model
from subtide.pipeline.plan import AudioOrigin, Plan
from subtide.pipeline.stage import Reader, Result

AUDIO = {"blocks": [{"key": "a" * 64, "start": 0.0, "end": 9.0}], "spans": [[0.0, 9.0]]}


def planned(place: Place, **speech: object) -> Plan:
    plan = place.plan("pt")
    usual = {"vote_model": "base", "model": "base", "models": {"en": "tiny.en"}}
    return plan.model_copy(update={"speech": plan.speech.model_copy(update={**usual, **speech})})


def voted(place: Place, plan: Plan, language: str | None) -> Result:
    def compute(call: str, request: Mapping[str, Any], *, read: Reader | None = None) -> Result:
        assert call == "vote"
        assert request["tier"] == plan.speech.tier
        return {"language": language, "confidence": 0.4, "tally": {"en": 0.4, "nl": 0.3}}

    return identify(place.work(plan, {"audio": AUDIO}, compute=compute), place.tools)


def test_the_language_decides_who_listens(place: Place) -> None:
    plan = planned(place)
    assert voted(place, plan, "en")["model"] == "tiny.en"
    assert speech_model(plan, Language("nl")) == "base"


def test_an_english_only_model_never_listens_to_another_language(place: Place) -> None:
    plan = planned(place, model="tiny.en", models={})
    assert speech_model(plan, Language("nl")) == "base"
    assert speech_model(plan, Language("en-GB")) == "tiny.en"


def test_an_english_only_model_may_not_vote(place: Place) -> None:
    with pytest.raises(ModelMissing, match=r"speech\.vote_model"):
        voted(place, planned(place, vote_model="tiny.en"), "en")


def test_an_unsure_vote_holds_the_job_and_says_what_was_heard(place: Place) -> None:
    with pytest.raises(LanguageUnknown, match=r"en 0\.40, nl 0\.30"):
        voted(place, planned(place), None)


def test_a_trusted_tag_decides_an_unsure_vote(place: Place) -> None:
    plan = planned(place, trust_audio_tag=True)
    assert isinstance(plan.origin, AudioOrigin)
    tagged = plan.model_copy(update={"origin": plan.origin.model_copy(update={"language": "nl"})})
    assert voted(place, tagged, None)["language"] == "nl"


def test_a_vote_is_kept(place: Place) -> None:
    plan = planned(place)
    voted(place, plan, "en")
    assert voted(place, plan, "nl")["language"] == "en"


def test_another_tier_votes_anew(place: Place) -> None:
    voted(place, planned(place), "en")
    assert voted(place, planned(place, tier="best"), "nl")["language"] == "nl"
