"""Memory: what makes an item another one, and what does not."""

from dataclasses import replace

import pytest
from sources import SERVER, audio, item, source, subtitle

from subtide import settings
from subtide.jellyfin.listing import Entry
from subtide.library.gaps import Standing, Verdict
from subtide.library.judging import Finding
from subtide.library.memory import fingerprint, is_same, is_unchanged, judged_under
from subtide.library.planning import Planner, options_from
from subtide.library.policy import Policy, Rules
from subtide.pipeline.plan import Target
from subtide.settings import Settings
from subtide.storage.items import KnownItem

FILM = source(audio("en", default=True), subtitle("de"))
KNOWN = KnownItem("f1", "l1", "e1", 1, "p1", "j1", settled=True, title="Film", series="")
ENTRY = Entry("f1", "e1", 1, "", wanted=True)


def test_the_fingerprint_is_of_the_files_and_streams() -> None:
    before = fingerprint(item(FILM))
    assert fingerprint(item(replace(FILM))) == before
    assert len(before) == 32


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "f2"},
        {"path": "/media/Film/Other.mkv"},
        {"container": "mp4"},
        {"size": 1001},
        {"duration": 61.0},
        {"remote": True},
        {"disc": True},
        {"placeholder": True},
        {"tracks": FILM.tracks[:1]},
        {"tracks": (*FILM.tracks, subtitle("fr", path="/media/Film/Film.fr.srt"))},
        {"tracks": (FILM.tracks[0], subtitle("fr"))},
        {"tracks": (FILM.tracks[0], subtitle("de", forced=True))},
        {"tracks": (FILM.tracks[0], subtitle("de", hearing_impaired=True))},
        {"tracks": (FILM.tracks[0], subtitle("de", title="Signs"))},
        {"tracks": (FILM.tracks[0], subtitle("de", codec="ass"))},
        {"tracks": (FILM.tracks[0], subtitle(None))},
        {"tracks": (audio("en"), FILM.tracks[1])},
    ],
    ids=str,
)
def test_another_file_or_stream_is_another_fingerprint(changes: dict[str, object]) -> None:
    other = replace(FILM, **changes)  # type: ignore[arg-type]  # the fields above
    assert fingerprint(item(other)) != fingerprint(item(FILM))


def test_where_a_stream_stands_and_in_which_order_versions_come_is_no_change() -> None:
    moved = replace(FILM, tracks=tuple(replace(t, index=t.index + 1) for t in FILM.tracks))
    assert fingerprint(item(moved)) == fingerprint(item(FILM))
    other = replace(FILM, id="f2")
    assert fingerprint(item(FILM, other)) == fingerprint(item(other, FILM))


def test_an_entry_that_is_as_it_was_has_nothing_to_be_done() -> None:
    assert is_unchanged(KNOWN, ENTRY, "l1", "j1")


@pytest.mark.parametrize(
    ("known", "entry"),
    [
        ({"settled": False}, {}),
        ({"judged": "j2"}, {}),
        ({"library": ""}, {}),
        ({}, {"etag": "e2"}),
        ({"etag": ""}, {"etag": ""}),
        ({}, {"versions": 2}),
        ({"versions": 2}, {"versions": 2}),
        ({"versions": 2}, {}),
    ],
)
def test_an_entry_that_differs_is_fetched(
    known: dict[str, object], entry: dict[str, object]
) -> None:
    before = replace(KNOWN, **known)  # type: ignore[arg-type]  # the fields above
    now = replace(ENTRY, **entry)  # type: ignore[arg-type]  # the fields above
    assert not is_unchanged(before, now, "l1", "j1")


def test_an_item_that_was_never_seen_is_fetched_and_judged() -> None:
    assert not is_unchanged(None, ENTRY, "l1", "j1")
    assert not is_same(None, KNOWN)


def test_an_item_that_was_saved_without_a_change_is_the_same() -> None:
    assert is_same(KNOWN, replace(KNOWN, etag="e2", versions=2, library="l2"))


@pytest.mark.parametrize("changes", [{"fingerprint": "p2"}, {"judged": "j2"}])
def test_an_item_with_other_files_or_other_settings_is_judged(changes: dict[str, str]) -> None:
    assert not is_same(KNOWN, replace(KNOWN, **changes))  # type: ignore[arg-type]


def test_an_item_with_something_to_do_is_judged() -> None:
    assert not is_same(replace(KNOWN, settled=False), KNOWN)


def test_verdicts_are_true_for_one_set_of_settings() -> None:
    def under(
        languages: tuple[str, ...] = ("en",), *, remote: bool = False, **others: object
    ) -> str:
        settings = Settings.model_validate({"policy": {"languages": languages}, **others})
        planner = Planner(Rules(settings.policy, settings.rules), options_from(settings, gpu=False))
        return judged_under(planner, allow_remote=remote)

    assert under() == under()
    others = [
        under(("en", "de")),
        under(("de", "en")),
        under(remote=True),
        under(speech={"model": "medium"}),
        under(publish={"label": "ours"}),
    ]
    assert len({under(), *others}) == 6


# what is settled


GAP = Verdict(Target(language="en"), Standing.GAP, "")
CLOSED = Verdict(Target(language="de"), Standing.CLOSED, "")


def found(*verdicts: Verdict) -> Finding:
    return Finding(item(FILM), FILM, "l1", Policy(settings.Policy()), verdicts)


def test_what_is_covered_or_closed_for_good_is_settled() -> None:
    covered = Verdict(Target(language="en"), Standing.COVERED, "")
    assert found(covered, CLOSED).settled


def test_what_opens_again_by_itself_is_not_settled() -> None:
    later = replace(CLOSED, retry_at=SERVER.seen_at)
    assert not found(later).settled


def test_a_recording_that_is_not_over_is_not_settled() -> None:
    growing = replace(FILM, placeholder=True)
    assert not replace(found(), source=growing).settled
