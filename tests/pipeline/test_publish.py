"""publish: nothing is uploaded twice, nothing of others is lost, and done means seen."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stage_place import CUES, Place

from subtide.errors import (
    Forbidden,
    ServerChanged,
    ServerFailed,
    Stopped,
    UploadRefused,
    UploadUnseen,
)
from subtide.pipeline.plan import Plan, SubtitleOptions
from subtide.pipeline.publish import publish
from subtide.pipeline.removal import NotRemovable
from subtide.playground.auth import HELPER, User
from subtide.playground.flavour import V10_10, V10_11, V12, Flavour
from subtide.storage.ledger import Entry, EntryState
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, write

TARGET = "subtitle/en/full/srt/jellyfin"
OTHER = b"1\n00:00:01,000 --> 00:00:02,000\nA person wrote this.\n\n"
BETTER: list[list[object]] = [[1.0, 2.5, "A better subtitle."]]
OpenPlace = Callable[..., Place]
READER = User("reader", "pw")
FLAVOURS = pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda f: f.version)


def run(place: Place, cues: list[list[object]] | None = None, *, job: int = 1) -> dict[str, Any]:
    plan = place.plan("en")
    return publish(place.work(plan, {"cues": place.cues(cues)}, part=TARGET, job=job), place.tools)


def sidecars(place: Place) -> list[str]:
    return sorted(path.name for path in place.film.parent.glob("*.srt"))


def entries(place: Place, plan: Plan) -> tuple[Entry, ...]:
    return place.tools.ledger.of_target(plan.server, plan.source, TARGET)


def put_beside(place: Place, name: str, data: bytes) -> Path:
    path = place.film.with_name(name)
    path.write_bytes(data)
    place.client.refresh(place.plan("en").source)
    place.playground.settle()
    return path


def ours(cues: list[list[object]] | None = None) -> bytes:
    return write([Cue(*cue) for cue in cues or CUES], "srt")  # type: ignore[arg-type]


@FLAVOURS
def test_a_subtitle_is_uploaded_once_and_seen_before_it_counts(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    place = open_place(flavour)
    result = run(place)
    plan = place.plan("en")
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert result["path"] == str(place.film.with_name("Film (2020).subtide.en.srt"))
    (entry,) = entries(place, plan)
    assert entry.state is EntryState.VERIFIED
    assert entry.path == result["path"]
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_a_second_run_finds_it_and_uploads_nothing(place: Place) -> None:
    run(place)
    run(place, job=2)
    assert len(place.playground.requests("POST", "Subtitles")) == 1
    assert len(entries(place, place.plan("en"))) == 1


def test_an_upload_whose_answer_was_lost_is_not_sent_again(place: Place) -> None:
    place.playground.fail("POST", "Subtitles", status=None, after=True)
    run(place)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_killed_between_upload_and_ledger_leaves_one_file(place: Place) -> None:
    def killed(entry: Entry, state: EntryState, path: str | None = None) -> Entry:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.tools.ledger, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            run(place)
    (entry,) = entries(place, place.plan("en"))
    assert entry.state is EntryState.INTENDED
    run(place)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert [e.state for e in entries(place, place.plan("en"))] == [EntryState.VERIFIED]


def test_an_intention_that_was_never_sent_is_sent_after_the_wait(place: Place) -> None:
    place.playground.fail("POST", "Subtitles", status=None)
    with pytest.raises(UploadUnseen):
        run(place)
    assert sidecars(place) == []
    run(place)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert sum(place.waited) >= place.options.publish.patience_seconds


def test_a_foreign_file_of_our_name_stays_and_ours_is_found_beside_it(place: Place) -> None:
    foreign = put_beside(place, "Film (2020).subtide.en.srt", OTHER)
    result = run(place)
    assert foreign.read_bytes() == OTHER
    assert result["path"].endswith("Film (2020).subtide.en.0.srt")


def test_of_two_uploads_of_ours_that_show_at_once_one_is_kept(place: Place) -> None:
    plan = place.plan("en")
    place.playground.fail("POST", "Subtitles", status=None, times=2)
    for _ in range(2):
        with pytest.raises(UploadUnseen):
            run(place)
    put_beside(place, "Film (2020).subtide.en.srt", ours())
    put_beside(place, "Film (2020).subtide.en.0.srt", ours())
    put_beside(place, "Film (2020).en.srt", OTHER)
    result = run(place)
    assert sidecars(place) == ["Film (2020).en.srt", "Film (2020).subtide.en.srt"]
    assert [e.path for e in entries(place, plan)] == [result["path"]]
    assert result["path"].endswith("Film (2020).subtide.en.srt")
    assert len(place.playground.requests("POST", "Subtitles")) == 2, "both were cut off"


def test_an_older_file_whose_arrival_was_never_recorded_goes_too(place: Place) -> None:
    def killed(entry: Entry, state: EntryState, path: str | None = None) -> Entry:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.tools.ledger, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            run(place)
    place.playground.settle()
    run(place, BETTER, job=2)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]


def test_new_content_replaces_what_we_made_before(place: Place) -> None:
    run(place)
    run(place, BETTER, job=2)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    text = place.film.with_name("Film (2020).subtide.en.srt").read_bytes()
    assert [cue.text for cue in read(text)] == ["A better subtitle."]
    assert [e.state for e in entries(place, place.plan("en"))] == [EntryState.VERIFIED]


def test_a_file_of_ours_that_a_person_removed_is_made_again_though_it_is_still_listed(
    place: Place,
) -> None:
    path = place.film.with_name(Path(run(place)["path"]).name)
    path.unlink()
    place.waited.clear()
    assert run(place, job=2)["path"] == str(path)
    assert path.read_bytes() == ours()
    assert len(place.playground.requests("POST", "Subtitles")) == 2
    assert sum(place.waited) < 5.0


def test_one_that_a_person_removed_and_wants_anew_is_made_without_a_wait(place: Place) -> None:
    path = place.film.with_name(Path(run(place)["path"]).name)
    (entry,) = entries(place, place.plan("en"))
    place.tools.ledger.advance(entry, EntryState.OUTDATED)
    path.unlink()
    place.playground.scan()
    place.waited.clear()
    assert run(place, job=2)["path"] == str(path)
    assert path.read_bytes() == ours()
    assert sum(place.waited) < 5.0


def test_what_a_person_edited_is_theirs_and_is_not_removed(place: Place) -> None:
    run(place)
    place.film.with_name("Film (2020).subtide.en.srt").write_bytes(OTHER)
    run(place, BETTER, job=2)
    assert place.film.with_name("Film (2020).subtide.en.srt").read_bytes() == OTHER


def test_what_the_server_itself_refused_is_sent_again_without_a_wait(place: Place) -> None:
    place.put_out_of_reach()
    place.playground.fail("POST", "Subtitles", status=500)
    with pytest.raises(ServerFailed):
        run(place)
    place.waited.clear()
    run(place)
    assert sum(place.waited) < 5.0
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]


def test_nothing_is_written_to_another_server_with_the_same_ids(place: Place) -> None:
    plan = place.plan("en")
    work = place.work(plan, {"cues": place.cues()}, part=TARGET)
    place.playground.id = "f" * 32
    with pytest.raises(ServerChanged):
        publish(work, place.tools)
    assert not place.playground.requests("POST", "Subtitles")


def test_a_cancelled_task_uploads_nothing(place: Place) -> None:
    place.ours = False
    with pytest.raises(Stopped):
        run(place)
    assert not place.playground.requests("POST", "Subtitles")


def test_a_user_who_may_not_upload_is_told_and_nothing_is_waited_for(place: Place) -> None:
    place.playground.door.users = (READER,)
    place.sign_in(READER)
    for _ in range(2):
        with pytest.raises(Forbidden, match="may not POST"):
            run(place)
    assert sum(place.waited) == 0.0


def test_a_user_without_rights_to_delete_holds_back_the_new_file(place: Place) -> None:
    run(place)
    place.put_out_of_reach()
    place.sign_in(HELPER)
    with pytest.raises(NotRemovable, match="has to go first, and helper may not delete it"):
        run(place, BETTER, job=2)
    assert sidecars(place) == ["Film (2020).subtide.en.srt"]
    assert [e.state for e in entries(place, place.plan("en"))] == [EntryState.VERIFIED]
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_a_user_without_rights_to_delete_replaces_by_path(place: Place) -> None:
    run(place)
    place.sign_in(HELPER)
    place.playground.monitor_seconds = 0.0
    run(place, BETTER, job=2)
    text = place.film.with_name("Film (2020).subtide.en.srt").read_bytes()
    assert [cue.text for cue in read(text)] == ["A better subtitle."]
    assert not place.playground.requests("DELETE")
    assert not place.playground.requests("POST", "Refresh")


def test_nothing_is_ever_sent_to_a_disc_where_it_would_not_be_found(place: Place) -> None:
    plan = place.plan("en")
    item = place.client.item(plan.item)
    assert item
    disc = replace(item, sources=(replace(item.sources[0], disc=True),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.client, "items", lambda _ids: (disc,))
        with pytest.raises(UploadRefused, match="is a disc"):
            publish(place.work(plan, {"cues": place.cues()}, part=TARGET), place.tools)
    assert not place.playground.requests("POST")


STYLED = rb"""[Script Info]
; made by hand

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Main,Gill Sans,40

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Main,,0,0,0,,[door slams]
Dialogue: 1,0:00:03.00,0:00:05.00,Main,,0,0,0,,{\fad(9,9)}Good evening, {\b1}Ann{\b0}
Dialogue: 0,0:00:03.00,0:00:05.00,Main,,0,0,0,,{\bord4}Good evening, Ann
"""


def in_format(place: Place, form: str, language: str = "pt", *, bilingual: bool = False) -> Plan:
    """The film's plan with one target in another format."""
    plan = place.plan(language)
    (target,) = plan.targets
    return plan.model_copy(
        update={
            "targets": (target.model_copy(update={"format": form}),),
            "subtitles": SubtitleOptions(bilingual=bilingual),
        }
    )


def translated(place: Place, cues: list[list[object]], styled: bytes = b"") -> dict[str, Any]:
    """Keep what compose and translate would have made of a text."""
    artifacts = place.tools.artifacts
    composed = {
        "cues": [[3.0, 5.0, "Good evening, Ann", ""]],
        "places": [1],
        "language": "en",
        "frame_rate": 24.0,
    }
    made = {"cues": cues, "origins": [0] * len(cues)}
    for key, document in (("composed", composed), ("translated", made)):
        artifacts.write(key, "test", "application/json", json.dumps(document).encode())
    artifacts.write("styled", "test", "text/plain", styled or b"-")
    result = {"key": "translated", "source_key": "composed", "recipe": {}}
    return {**result, "styled": "styled"} if styled else result


def put_out(place: Place, plan: Plan, made: dict[str, Any], *, job: int = 1) -> bytes:
    """Publish and return what lies beside the film."""
    work = place.work(plan, {"cues": made}, part=plan.targets[0].key, job=job)
    return Path(publish(work, place.tools)["path"]).read_bytes()


@FLAVOURS
def test_a_styled_file_is_published_with_its_styles_and_seen(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    place = open_place(flavour)
    made = translated(place, [[3.0, 5.0, "Boa noite, Ana", ""]], STYLED)
    data = put_out(place, in_format(place, "ass"), made)
    lines = data.decode().splitlines()
    assert lines[:9] == STYLED.decode().splitlines()[:9]
    assert [line.split(",,")[-1] for line in lines[9:]] == [
        "{\\fad(9,9)}Boa noite, {\\b1}Ana{\\b0}",
        "{\\bord4}Boa noite, Ana",
    ]
    (entry,) = place.tools.ledger.all()
    assert entry.state is EntryState.VERIFIED


@pytest.mark.parametrize(
    ("form", "styled"), [("vtt", b""), ("ass", b""), ("ass", STYLED)], ids=["vtt", "ass", "styled"]
)
def test_both_languages_are_published_in_every_format(
    place: Place, form: str, styled: bytes
) -> None:
    made = translated(place, [[3.0, 5.0, "Boa noite, Ana", ""]], styled)
    data = put_out(place, in_format(place, form, bilingual=True), made)
    assert [cue.plain for cue in read(data, form)] == ["Boa noite, Ana\nGood evening, Ann"]
    put_out(place, in_format(place, form, bilingual=True), made, job=2)
    assert len(place.playground.requests("POST", "Subtitles")) == 1


@pytest.mark.parametrize("form", ["srt", "ass"])
def test_right_to_left_lines_carry_their_marks_and_are_found_again(place: Place, form: str) -> None:
    made = translated(place, [[3.0, 5.0, "ערב טוב, אן.", ""]])
    data = put_out(place, in_format(place, form, "he"), made)
    assert "\u202bערב טוב, אן.\u202c" in data.decode()
    put_out(place, in_format(place, form, "he"), made, job=2)
    assert len(place.playground.requests("POST", "Subtitles")) == 1


def test_a_file_in_another_format_gives_way_to_the_new_one(place: Place) -> None:
    made = translated(place, [[3.0, 5.0, "Boa noite, Ana", ""]])
    put_out(place, in_format(place, "srt"), made)
    put_out(place, in_format(place, "vtt"), made, job=2)
    beside = {path.suffix for path in place.film.parent.iterdir() if ".pt." in path.name}
    assert beside == {".vtt"}
