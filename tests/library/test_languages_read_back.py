"""Languages that a server cannot tell: docs/explanation/languages.md says what comes of them."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from library_place import SRT, Place
from sources import SERVER, source, subtitle

from subtide import settings
from subtide.jellyfin.codes import from_server, to_server
from subtide.jellyfin.sidecars import upload_language
from subtide.languages import Language
from subtide.library.gaps import Past, judge
from subtide.library.policy import Policy
from subtide.pipeline.plan import Target
from subtide.playground.flavour import V10_10, V10_11, V12
from subtide.playground.sidecars import SidecarName, read_name
from subtide.storage.coverage import Standing
from subtide.storage.outcomes import Outcome, OutcomeState, record

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/languages.md").read_text("utf-8")
TABLE = json.loads((ROOT / "tests/data/jellyfin/languages.json").read_text("utf-8"))
SERVERS = {"10.10": V10_10, "10.11": V10_11, "12": V12}
Row = tuple[str, str, str, str, str]
"""Wanted tag, server, what is in the file name, what is read back, whether it counts as covered."""


def told() -> list[Row]:
    """The rows of the page's table, one for each tag and server."""
    rows = []
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            tags, servers, code, read_back, covered = line.replace("`", "").strip("| ").split(" | ")
            named = list(SERVERS) if servers == "all" else servers.split(", ")
            for tag in tags.split(", "):
                written = tag.lower() if code == "its own code" else code
                rows += [(tag, server, written, read_back, covered) for server in named]
    return rows


ROWS = told()


def listed(tag: str, server: str) -> SidecarName:
    version = tuple(int(part) for part in SERVERS[server].version.split("."))
    code = to_server(Language(tag), version)
    return read_name(upload_language("subtide", code), SERVERS[server].codes)


def published(target: Target, basis: str) -> Outcome:
    return Outcome(
        server=SERVER.id,
        source="f1",
        target=target.key,
        item="f1",
        title="Film",
        state=OutcomeState.PUBLISHED,
        basis=basis,
        reason="",
        fix="",
        retry_at=None,
        job=1,
        at=SERVER.seen_at,
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} on {row[1]}")
def test_a_language_is_read_back_as_the_page_says(row: Row) -> None:
    tag, server, code, read_back, _ = row
    version = tuple(int(part) for part in SERVERS[server].version.split("."))
    assert to_server(Language(tag), version) == code
    name = listed(tag, server)
    found = str(from_server(name.language) or "nothing")
    assert found + ", and for the hearing impaired" * name.hearing_impaired == read_back
    title_tells = found == "nothing" and not name.hearing_impaired
    assert name.title == (f"subtide.{code}" if title_tells else "subtide")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} on {row[1]}")
def test_a_published_target_is_covered_or_closed_as_the_page_says(row: Row) -> None:
    tag, server, _, _, covered = row
    name, target = listed(tag, server), Target(language=tag)
    language = from_server(name.language)
    there = source(
        subtitle(
            language.tag if language else None,
            title=name.title or "",
            hearing_impaired=name.hearing_impaired,
            path="/media/Film/Film.subtide.srt",
        )
    )
    past, policy = Past({target.key: published(target, "b1")}), Policy(settings.Policy(), (tag,))
    (verdict,) = judge(there, policy, past, "b1", SERVER.seen_at)
    assert verdict.standing is (Standing.COVERED if covered == "yes" else Standing.CLOSED)
    (later,) = judge(there, policy, past, "b2", SERVER.seen_at)
    assert later.standing is (Standing.COVERED if covered == "yes" else Standing.GAP)


def test_the_page_names_every_language_of_the_table_that_a_server_cannot_tell() -> None:
    without = {
        (tag, server)
        for tag, row in TABLE.items()
        for server in SERVERS
        if not any(key.startswith(f"{server}.") for key in row)
    }
    on_page = {(tag, server) for tag, server, *_ in ROWS}
    assert without <= on_page
    assert not [(tag, server) for tag, server in on_page - without if tag in TABLE]


def test_a_published_language_that_no_server_tells_is_not_planned_again(place: Place) -> None:
    scanner, server = place.scanner("yue"), place.server()
    film = place.root / "Movies/Heard (2020)/Heard (2020).mkv"
    for other in ("Movies/Done (2021)", "Movies/Silent (1920)", "TV/Show"):
        shutil.rmtree(place.root / other)
    film.with_suffix(".subtide.yue.srt").write_text(SRT)
    place.playground.scan()
    (finding,) = scanner.findings(server)
    assert [track.language for track in finding.source.subtitles] == [None]
    assert [verdict.standing for verdict in finding.verdicts] == [Standing.GAP]

    basis = scanner.planner.options.basis(finding.source)
    ended = replace(
        published(Target(language="yue"), basis),
        server=place.playground.id,
        source=finding.source.id,
    )
    with place.database.write() as connection:
        record(connection, ended)
    assert scanner.follow(server, place.look()).planned == 0
    assert scanner.follow(server, place.look()).planned == 0
    (finding,) = scanner.findings(server)
    assert [verdict.standing for verdict in finding.verdicts] == [Standing.CLOSED]
