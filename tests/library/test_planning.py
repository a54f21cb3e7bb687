"""Planning: the best origin for the gaps of a source, and what a plan freezes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sources import SERVER, audio, item, source, subtitle

from subtide.errors import MediaUnreadable, NoUsableAudio, SkipSource, SubtideError
from subtide.jellyfin.items import Source, Track
from subtide.languages import Language
from subtide.library.origins import is_for
from subtide.library.planning import Options, Planner, options_from, unsupported
from subtide.library.policy import Policy, Rules
from subtide.pipeline.plan import AudioOrigin, Plan, Target, TextOrigin, origin_key
from subtide.pipeline.routes import engine_models
from subtide.settings import Settings

OURS = "/media/Film/Film.subtide.en.srt"
HOUSE = Policy(Settings().policy)


def options(**changes: object) -> Options:
    return options_from(Settings.model_validate(changes), gpu=False)


def plan(
    found: Source, *gaps: str, wanted: Sequence[str] = (), ours: str = "", **changes: object
) -> Plan:
    house = Settings.model_validate(changes).policy
    policy = Policy(house, tuple(wanted or gaps))
    targets = [Target(language=tag) for tag in gaps]
    planner = Planner(Rules(house), options(**changes))
    known = frozenset({ours} - {""})
    return planner.plan(SERVER, item(found), found, targets, policy, ours=known)


def origin_language(made: Plan) -> str:
    """The language of a text origin, ``heard`` for an audio one."""
    return made.origin.language if isinstance(made.origin, TextOrigin) else "heard"


# -- which origin -------------------------------------------------------------------------


def test_an_existing_text_beats_the_ears() -> None:
    made = plan(source(audio("en"), subtitle("en", title="Plain")), "pt")
    assert made.origin == TextOrigin(
        language="en",
        codec="subrip",
        title="Plain",
        external=False,
        hearing_impaired=False,
        path=None,
        ordinal=0,
    )


def test_a_portuguese_gap_beside_an_english_subtitle_needs_no_ears() -> None:
    made = plan(source(audio("en"), subtitle("en")), "pt", wanted=("en", "pt"))
    assert origin_language(made) == "en"
    assert [target.language for target in made.targets] == ["pt"]


@pytest.mark.parametrize(
    ("reason", "track"),
    [
        ("forced", subtitle("en", forced=True)),
        ("forced in the title", subtitle("en", title="English forced")),
        ("signs", subtitle("en", title="Signs & Songs")),
        ("commentary", subtitle("en", title="Commentary by the director")),
        ("unknown language", subtitle(None)),
        ("images", subtitle("en", codec="PGSSUB")),
        ("ours by the ledger", subtitle("en", path=OURS)),
        ("ours by the label", subtitle("en", title="subtide", path="/media/Film/F.srt")),
        ("ours by the label, numbered", subtitle("en", title="subtide.0", path="/media/F.srt")),
        ("no engine for it", subtitle("fr")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_origin(reason: str, track: Track) -> None:
    ours = OURS if reason.endswith("ledger") else ""
    made = plan(source(audio("en"), track), "pt", ours=ours, translation={"pivot": False})
    assert origin_language(made) == "heard"


def test_a_text_that_does_not_lead_to_every_gap_leaves_all_to_the_ears() -> None:
    # Portuguese leads to English, not straight to French; the speech leads to all three.
    found, direct = source(audio("en"), subtitle("pt")), {"pivot": False}
    assert origin_language(plan(found, "en", translation=direct)) == "pt"
    assert origin_language(plan(found, "en", "fr", translation=direct)) == "heard"


def test_a_text_of_another_region_or_script_is_no_origin() -> None:
    assert origin_language(plan(source(audio("en"), subtitle("en-US")), "en-GB")) == "heard"
    assert origin_language(plan(source(audio("zh"), subtitle("zh-Hans")), "zh-Hant")) == "heard"


def test_the_spoken_language_comes_first() -> None:
    many = {"engines": ["m2m100"], "models": {"m2m100": {"*": "ct2:a/b"}}}
    found = source(audio("ja", default=True), subtitle("en"), subtitle("ja"))
    assert origin_language(plan(found, "pt", wanted=("en", "pt"), translation=many)) == "ja"


def test_the_order_of_the_policy_comes_second() -> None:
    many = {"engines": ["m2m100"], "models": {"m2m100": {"*": "ct2:a/b"}}}
    found = source(audio("ja"), subtitle("de"), subtitle("fr"), subtitle("en"))
    for wanted, first in ((("fr", "de", "pt"), "fr"), (("de", "pt"), "de"), (("en", "pt"), "en")):
        assert origin_language(plan(found, "pt", wanted=wanted, translation=many)) == first


def test_a_plain_subtitle_comes_before_one_for_the_hearing_impaired() -> None:
    found = source(audio("en"), subtitle("en", hearing_impaired=True), subtitle("en"))
    made = plan(found, "pt")
    assert isinstance(made.origin, TextOrigin)
    assert not made.origin.hearing_impaired


def test_several_targets_are_heard_once() -> None:
    made = plan(source(audio("en", ordinal=0), audio("fr", ordinal=1, default=True)), "en", "pt")
    assert made.origin == AudioOrigin(ordinal=1, language="fr", codec="aac", channels=2)
    assert [target.language for target in made.targets] == ["en", "pt"]


# -- a text that did not do ---------------------------------------------------------------


def planned_without(unfit: TextOrigin | None, found: Source, **changes: object) -> Plan:
    """Plan a Portuguese gap; ``unfit`` was tried for the media of the source's usual size."""
    basis = options().basis(source(*found.tracks))
    keys = {origin_key(unfit, basis)} if unfit else set()
    changed = replace(found, **changes)  # type: ignore[arg-type]
    gaps, planner = [Target(language="pt")], Planner(Rules(), options())
    policy = Policy(Settings().policy, ("pt",))
    return planner.plan(SERVER, item(changed), changed, gaps, policy, ours=frozenset(), unfit=keys)


def test_an_unfit_text_makes_way_for_the_next_one_and_then_for_the_ears() -> None:
    beside = subtitle("en", path="/media/Film/Film.en.srt")
    found = source(audio("en"), beside, subtitle("en", codec="ass"))
    first = planned_without(None, found).origin
    assert isinstance(first, TextOrigin)
    second = planned_without(first, found).origin
    assert isinstance(second, TextOrigin)
    assert second != first
    only = source(audio("en"), beside)
    assert origin_language(planned_without(text_of(only), only)) == "heard"


def test_an_unfit_text_counts_again_for_other_media() -> None:
    found = source(audio("en"), subtitle("en", path="/media/Film/Film.en.srt"))
    assert origin_language(planned_without(text_of(found), found, size=999)) == "en"


def text_of(found: Source) -> TextOrigin:
    origin = planned_without(None, found).origin
    assert isinstance(origin, TextOrigin)
    return origin


# -- foreign passages ---------------------------------------------------------------------

FOREIGN = Target(language="en", forced=True)
FULL = Target(language="pt")


def planned_for(found: Source, *gaps: Target, **policy: object) -> Plan:
    house = Settings.model_validate({"policy": policy}).policy
    wanted = Policy(house, tuple(gap.language for gap in gaps), spoken="forced")
    planner = Planner(Rules(house), options())
    return planner.plan(SERVER, item(found), found, gaps, wanted, ours=frozenset())


def test_a_forced_text_beats_the_ears_for_foreign_passages() -> None:
    found = source(audio("en"), subtitle("pt", forced=True))
    assert origin_language(planned_for(found, FOREIGN)) == "pt"


def test_foreign_passages_are_heard_where_no_text_holds_them() -> None:
    made = planned_for(source(audio("en")), FOREIGN)
    assert (origin_language(made), made.targets) == ("heard", (FOREIGN,))


def test_foreign_passages_are_not_heard_where_speech_may_not_be_used() -> None:
    with pytest.raises(SkipSource, match="no forced text"):
        planned_for(source(audio("en")), FOREIGN, origins=["embedded"])


def test_what_is_heard_is_heard_once_for_full_and_forced() -> None:
    assert planned_for(source(audio("en")), FULL, FOREIGN).targets == (FULL, FOREIGN)


@pytest.mark.parametrize("text", [subtitle("en"), subtitle("pt", forced=True)])
def test_foreign_passages_wait_where_they_have_another_origin(text: Track) -> None:
    assert planned_for(source(audio("en"), text), FULL, FOREIGN).targets == (FULL,)


@pytest.mark.parametrize(
    ("text", "gaps", "fits"),
    [
        (None, (FULL, FOREIGN), True),
        (None, (FULL,), False),
        (None, (FULL, FOREIGN, Target(language="de")), False),
        (subtitle("en"), (FULL, FOREIGN), True),
        (subtitle("en"), (FOREIGN,), False),
    ],
)
def test_whether_a_plan_is_for_these_gaps(
    text: Track | None, gaps: tuple[Target, ...], *, fits: bool
) -> None:
    tracks = [audio("en"), *([text] if text else [])]
    made = planned_for(source(*tracks), FULL, FOREIGN)
    assert is_for(made, gaps) is fits


# -- what cannot be planned ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("tracks", "error", "says"),
    [
        ([], MediaUnreadable, "Jellyfin found no streams in Film"),
        ([subtitle("en", codec="PGSSUB")], NoUsableAudio, "Film has no audio track"),
        (
            [audio("en", title="Director's commentary")],
            NoUsableAudio,
            r"only commentary or description tracks \(Director's commentary\)",
        ),
    ],
)
def test_a_source_without_an_origin_says_why(
    tracks: list[Track], error: type[SubtideError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        plan(source(*tracks), "en")
    assert caught.value.fix


@pytest.mark.parametrize(
    ("changes", "allowed", "says"),
    [
        ({}, False, None),
        ({"remote": True}, True, None),
        ({"remote": True}, False, "a remote source"),
        ({"disc": True}, True, "a disc"),
        ({"placeholder": True}, True, "a placeholder"),
    ],
)
def test_kinds_of_source_that_are_passed_over(
    changes: dict[str, object], says: str | None, *, allowed: bool
) -> None:
    problem = unsupported(source(audio(), **changes), allow_remote=allowed)
    assert problem is None if says is None else says in str(problem)


# -- what a plan freezes ------------------------------------------------------------------


def test_the_title_names_the_version_where_there_are_several() -> None:
    planner = Planner(Rules(), options())
    first, second = source(audio(), name="1080p"), source(audio(), id="f2", name="720p")
    gaps = [Target(language="en")]
    one = planner.plan(SERVER, item(first), first, gaps, HOUSE, ours=frozenset())
    two = planner.plan(SERVER, item(first, second), second, gaps, HOUSE, ours=frozenset())
    assert (one.title, two.title) == ("Film (2020)", "Film (2020) [720p]")
    assert (two.item, two.source) == ("f1", "f2")


def test_a_plan_travels_as_json() -> None:
    made = plan(source(audio("en")), "pt-BR")
    assert Plan.model_validate_json(made.model_dump_json()) == made


def test_the_basis_changes_with_media_and_recipe() -> None:
    usual = options().basis(source(audio("en")))
    others = [
        options().basis(source(audio("en"), size=1001)),
        options().basis(source(audio("en"), duration=90.0)),
        options().basis(source(audio("fr"))),
        options().basis(source(audio("en"), audio("fr"))),
        options(speech={"model": "medium"}).basis(source(audio("en"))),
        options(speech={"models": {"en": "tiny.en"}}).basis(source(audio("en"))),
        options(policy={"trust_audio_tag": True}).basis(source(audio("en"))),
        options(translation={"engines": ["opus-mt"]}).basis(source(audio("en"))),
    ]
    assert len({usual, *others}) == len(others) + 1


def test_the_basis_stays_when_a_sidecar_comes_or_a_label_or_name_changes() -> None:
    usual = options().basis(source(audio("en")))
    sidecar = subtitle("pt", path="/media/Film/Film.pt.srt")
    assert options().basis(source(sidecar, audio("en"))) == usual
    assert options().basis(source(audio("en"), path="/media/Other.mkv", name="x")) == usual
    assert options(publish={"label": "other"}).basis(source(audio("en"))) == usual
    assert options(policy={"languages": ["de"]}).basis(source(audio("en"))) == usual


# -- options of the machine ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("speech", "gpu", "resolved"),
    [
        ({}, False, ("small", "cpu", "int8")),
        ({}, True, ("large-v3-turbo", "cuda", "float16")),
        ({"device": "cpu"}, True, ("small", "cpu", "int8")),
        ({"device": "cuda"}, False, ("large-v3-turbo", "cuda", "float16")),
        ({"model": "base", "compute_type": "int8_float16"}, True, ("base", "cuda", "int8_float16")),
    ],
)
def test_auto_follows_the_device_that_is_used(
    speech: dict[str, str], resolved: tuple[str, str, str], *, gpu: bool
) -> None:
    made = options_from(Settings.model_validate({"speech": speech}), gpu=gpu).speech
    assert (made.model, made.device, made.compute_type) == resolved
    assert made.vote_model == made.model


def test_the_vote_may_have_a_model_of_its_own() -> None:
    made = options(speech={"model": "tiny.en", "vote_model": "base"}).speech
    assert (made.model, made.vote_model) == ("tiny.en", "base")


@pytest.mark.parametrize(
    ("engines", "models", "direction", "possible"),
    [
        (["firefox"], {}, "en-pt", True),
        (["firefox"], {}, "pt-en", True),
        (["firefox"], {}, "pt-fr", False),
        (["firefox"], {}, "en-en", False),
        (["opus-mt"], {}, "en-de", False),
        (["opus-mt"], {"opus-mt": {"en-de": "ct2:a/b"}}, "en-de", True),
        (["opus-mt"], {"opus-mt": {"en-de": "ct2:a/b"}}, "de-en", False),
        (["nllb"], {"nllb": {"*": "ct2:a/b"}}, "pt-fr", True),
        (["firefox"], {"nllb": {"*": "ct2:a/b"}}, "pt-fr", False),
    ],
)
def test_which_directions_can_be_translated(
    engines: list[str], models: dict[str, dict[str, str]], direction: str, *, possible: bool
) -> None:
    changes = {"engines": engines, "models": models, "pivot": False}
    made = options(translation=changes).translation
    first, second = direction.split("-")
    assert bool(engine_models(made, Language(first), Language(second))) is possible
