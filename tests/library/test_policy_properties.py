"""Policy: what holds for every policy and every set of tracks."""

from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sources import SERVER, audio, item, source, subtitle

from subtide import settings
from subtide.jellyfin.answers import Library
from subtide.jellyfin.items import Source, Track
from subtide.library.gaps import Past, judge
from subtide.library.policy import Around, Policy, Rules, fits
from subtide.pipeline.plan import Target
from subtide.storage.coverage import Standing
from subtide.storage.ledger import EntryState, Put
from subtide.storage.outcomes import Outcome, OutcomeState

NOW, BASIS, FOLDER = SERVER.seen_at, "b1", "/media/Film"
TAGS = ["en", "en-US", "pt"]
"""Few, so that tracks often have the language that is wanted."""
TITLES = ["", "", "", "Forced", "SDH", "Commentary", "AI", "subtide", "subtide.0"]
SELDOM = st.sampled_from([False, False, False, False, True])
MANY = examples(max_examples=1000, deadline=None)
USUAL = examples(deadline=None)
KINDS = ["forced", "sdh", "image", "machine", "own"]

tags = st.sampled_from(TAGS)
sounds = st.builds(
    audio, st.none() | tags, title=st.sampled_from(["", "Commentary"]), default=st.booleans()
)
subtitles = st.builds(
    subtitle,
    st.none() | tags,
    title=st.sampled_from(TITLES),
    codec=st.sampled_from(["subrip", "ass", "PGSSUB"]),
    forced=SELDOM,
    hearing_impaired=SELDOM,
    path=st.none() | st.sampled_from([f"{FOLDER}/Film.{n}.srt" for n in range(4)]),
)
tracks = st.lists(sounds | subtitles | subtitles, max_size=5)
houses = st.builds(
    settings.Policy,
    languages=st.just(["auto", "pt"]) | st.lists(tags, max_size=3),
    spoken=st.sampled_from(["full", "auto", "full", "forced", "none"]),
    covered_by=st.sets(st.sampled_from(KINDS)).map(tuple),
    retire_ours=st.booleans(),
    ignore=SELDOM,
    shortest_seconds=SELDOM.map(lambda seldom: 61 if seldom else 0),
)
rules = st.builds(
    settings.Rule,
    when=st.builds(
        settings.When,
        libraries=st.sampled_from([(), ("Films",), ("Shows",)]),
        items=st.sampled_from([(), ("Film",), ("Other",)]),
        folders=st.sampled_from([(), ("/media",), ("/med",)]),
        tags=st.sampled_from([(), ("kids",)]),
    ),
    set=st.fixed_dictionaries(
        {},
        optional={
            "languages": st.lists(tags, max_size=2),
            "spoken": st.sampled_from(["full", "forced", "none"]),
            "ignore": st.booleans(),
        },
    ).map(settings.Policy.model_validate),
)
libraries = st.builds(
    Library,
    id=st.just("l1"),
    name=st.sampled_from(["Films", "Shows"]),
    kind=st.just("movies"),
    folders=st.just(()),
    save_with_media=st.just(True),  # noqa: FBT003 - a value
    embedded_titles=st.just(False),  # noqa: FBT003 - a value
    enabled=st.just(True),  # noqa: FBT003 - a value
    languages=st.lists(tags, max_size=2).map(tuple),
    skips_spoken=st.booleans(),
)
arounds = st.builds(Around, library=libraries, users=st.lists(tags, max_size=2).map(tuple))


def policy_of(house: settings.Policy, around: Around, *changes: settings.Rule) -> Policy:
    return Rules(house, changes).policy_for(item(source()), around, NOW)


policies = st.builds(policy_of, houses, arounds)


def ended(
    key: str, state: OutcomeState, basis: str = BASIS, retry_at: datetime | None = None
) -> Outcome:
    """How a target ended."""
    return Outcome(
        server=SERVER.id,
        source="f1",
        target=key,
        item="f1",
        title="Film",
        state=state,
        basis=basis,
        reason="",
        fix="",
        retry_at=retry_at,
        job=None,
        at=NOW,
    )


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """We made nothing, or some targets, of which some are where the ledger says."""
    outcomes, put = {}, []
    if draw(st.booleans()):
        return Past(label="subtide")
    for number, tag in enumerate(draw(st.lists(tags, max_size=2, unique=True))):
        key = Target(language=tag, forced=draw(st.booleans())).key
        outcomes[key] = ended(
            key,
            draw(st.sampled_from(OutcomeState)),
            basis=draw(st.sampled_from([BASIS, "b0"])),
            retry_at=draw(st.none() | st.just(NOW)),
        )
        state = draw(st.sampled_from(EntryState))
        put.append(Put("f1", key, f"{FOLDER}/Film.{number}.srt", state, number))
    states = st.sampled_from([OutcomeState.PUBLISHED, OutcomeState.REFUSED])
    earlier = [
        ended(Target(language=tag).key, draw(states)) for tag in draw(st.sets(tags, max_size=1))
    ]
    return Past(outcomes, tuple(put), "subtide", earlier)


def standings(there: Source, policy: Policy, past: Past) -> dict[str, Standing]:
    """How each target stands, by its key."""
    return {one.target.key: one.standing for one in judge(there, policy, past, BASIS, NOW)}


def gaps(there: Source, policy: Policy, past: Past) -> set[str]:
    found = standings(there, policy, past)
    return {key for key, standing in found.items() if standing is Standing.GAP}


@USUAL
@given(tracks, policies, pasts())
def test_every_wanted_language_gets_one_verdict(
    there: list[Track], policy: Policy, past: Past
) -> None:
    verdicts = judge(source(*there), policy, past, BASIS, NOW)
    assert tuple(one.target.language for one in verdicts) == policy.languages
    assert all(one.why for one in verdicts)


@MANY
@given(tracks, subtitles, st.integers(0, 5), policies, pasts())
def test_a_subtitle_more_never_adds_a_gap(
    there: list[Track], more: Track, place: int, policy: Policy, past: Past
) -> None:
    if more.path in past.ours.paths:
        more = replace(more, path=f"{FOLDER}/Film.new.srt")
    grown = source(*there[:place], more, *there[place:])
    assert gaps(grown, policy, past) <= gaps(source(*there), policy, past)


@MANY
@given(st.data(), tracks, policies, pasts())
def test_the_order_of_subtitles_never_matters(
    data: st.DataObject, there: list[Track], policy: Policy, past: Past
) -> None:
    # Between sounds of which none is the default, the first is the main one.
    shuffled = data.draw(st.permutations(there))
    sounds = iter([track for track in there if track.kind == "audio"])
    mixed = [next(sounds) if track.kind == "audio" else track for track in shuffled]
    assert standings(source(*mixed), policy, past) == standings(source(*there), policy, past)


@USUAL
@given(st.data(), tracks, policies, pasts())
def test_the_order_of_all_streams_never_matters_beside_a_default_sound(
    data: st.DataObject, there: list[Track], policy: Policy, past: Past
) -> None:
    single = [audio("en", default=True), *(replace(track, default=False) for track in there)]
    shuffled = data.draw(st.permutations(single))
    assert standings(source(*shuffled), policy, past) == standings(source(*single), policy, past)


@MANY
@given(tracks, houses, st.sampled_from(KINDS), arounds, pasts())
def test_what_may_cover_more_never_adds_a_gap(
    there: list[Track], house: settings.Policy, kind: str, around: Around, past: Past
) -> None:
    wider = house.model_copy(update={"covered_by": (*house.covered_by, kind)})
    wide, narrow = policy_of(wider, around), policy_of(house, around)
    assert gaps(source(*there), wide, past) <= gaps(source(*there), narrow, past)


@USUAL
@given(houses, st.lists(rules, max_size=4), st.integers(0, 4), rules, arounds)
def test_a_rule_that_does_not_fit_changes_nothing(
    house: settings.Policy,
    changes: list[settings.Rule],
    place: int,
    more: settings.Rule,
    around: Around,
) -> None:
    if fits(more.when, item(source()), around):
        more = more.model_copy(update={"when": settings.When(tags=("nothing has it",))})
    with_it = [*changes[:place], more, *changes[place:]]
    before, after = policy_of(house, around, *changes), policy_of(house, around, *with_it)
    assert replace(after, rules=()) == replace(before, rules=())
    assert len(after.rules) == len(before.rules)


@USUAL
@given(houses, st.lists(rules, max_size=4), rules, arounds)
def test_the_last_rule_that_fits_wins(
    house: settings.Policy, changes: list[settings.Rule], last: settings.Rule, around: Around
) -> None:
    last = last.model_copy(update={"when": settings.When()})
    merged = policy_of(house, around, *changes, last).settings
    before = policy_of(house, around, *changes).settings
    for name in settings.Policy.model_fields:
        said_by = last.set if name in last.set.model_fields_set else before
        assert getattr(merged, name) == getattr(said_by, name)
