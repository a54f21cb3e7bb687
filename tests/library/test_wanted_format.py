"""The policy's format is the targets'."""

from sources import audio, source

from subtide.library.policy import Policy
from subtide.settings import Settings


def test_what_is_wanted_has_the_policy_s_format() -> None:
    settings = Settings().policy.model_copy(update={"format": "ass"})
    policy = Policy(settings, ("en", "pt"), spoken="forced")
    targets = [want.target for want in policy.wants(source(audio("en")))]
    assert [(one.language, one.forced, one.format) for one in targets] == [
        ("en", True, "ass"),
        ("pt", False, "ass"),
    ]
