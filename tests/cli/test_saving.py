"""subtide doctor: where a server saves uploads is told, and switched when a person agrees."""

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command import Home, Ran, Terminal

from subtide.cli.output import ExitCode
from subtide.jellyfin.uploads import READ_ONLY
from subtide.playground.options import options_of
from subtide.playground.server import Playground
from subtide.storage.outcomes import Outcome, OutcomeState, record

Subtide = Callable[..., Ran]


def saves_beside(server: Playground) -> bool:
    return bool(options_of(server.catalogue.libraries[0])["SaveSubtitlesWithMedia"])


def fail_an_upload(home: Home, fix: str = READ_ONLY) -> None:
    """Record that a film's subtitle could not be saved."""
    (item,) = [one for one in home.playground.catalogue.items.values() if one.files]
    outcome = Outcome(
        server=home.playground.id,
        source=item.id,
        target="subtitle/en/full/srt/jellyfin",
        item=item.id,
        title="Covered (2023)",
        state=OutcomeState.FAILED_UNTIL,
        basis="b",
        reason="the server failed (500)",
        fix=f"{fix}; or mount it",
        retry_at=None,
        job=1,
        at=datetime.now(UTC),
    )
    database = home.database()
    with database.write() as connection:
        record(connection, outcome)
    database.close()


def test_it_is_switched_with_a_yes_and_taken_back(home: Home, at_home: Subtide) -> None:
    switched = at_home("doctor", "--save-in-metadata", "Movies", "--yes")
    assert switched.code == 0, switched.out
    assert not saves_beside(home.playground)
    assert "now go into the server's own metadata folder" in switched.err
    assert 'subtide doctor --save-beside-media "Movies"' in switched.err
    back = at_home("doctor", "--save-beside-media", "Movies", "--yes", "--json")
    assert back.json, "and the checks are one JSON document"
    assert saves_beside(home.playground)
    assert "beside the media already" in at_home("doctor", "--save-beside-media", "Movies").err


def test_it_is_asked_for_at_a_terminal(
    home: Home, at_home: Subtide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert at_home("doctor", "--save-in-metadata", "Movies").code == 130
    assert saves_beside(home.playground)
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert at_home("doctor", "--save-in-metadata", "Movies").code == 0
    assert not saves_beside(home.playground)


def test_nothing_is_switched_unasked(
    home: Home, at_home: Subtide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ran = at_home("doctor", "--save-in-metadata", "Movies")
    assert ran.code == ExitCode.USAGE
    assert "say --yes" in ran.err
    assert at_home("doctor").code == 0
    assert saves_beside(home.playground)
    assert not home.playground.requests("POST", "LibraryOptions")


def test_an_unknown_library_is_told_with_those_there_are(at_home: Subtide) -> None:
    ran = at_home("doctor", "--save-in-metadata", "Filme", "--yes")
    assert ran.code == ExitCode.USAGE
    assert "Filme is no library here; there is: home/Movies" in ran.err


def test_a_name_on_two_servers_wants_the_server_s(
    home: Home, at_home: Subtide, playground: Callable[..., Playground]
) -> None:
    cabin = playground(home.media, name="cabin")
    servers = {
        name: {"url": one.url, "key": one.key}
        for name, one in (("home", home.playground), ("cabin", cabin))
    }
    home.configure(servers=servers)
    ran = at_home("doctor", "--save-in-metadata", "Movies", "--yes")
    assert ran.code == ExitCode.USAGE
    assert "say which: home/Movies, cabin/Movies" in ran.err
    assert at_home("doctor", "--save-in-metadata", "cabin/Movies", "--yes").code == 0
    assert saves_beside(home.playground)
    assert not saves_beside(cabin)


def test_a_library_whose_uploads_were_refused_is_noted_with_the_way_out(
    home: Home, at_home: Subtide
) -> None:
    home.add_covered_film()
    assert at_home("doctor").code == 0
    fail_an_upload(home)
    notes = [row for row in at_home("doctor", "--json").json if "could not save" in row["what"]]
    assert [row["name"] for row in notes] == ["library Movies"]
    assert notes[0]["health"] == "note"
    assert "1 film, such as Covered (2023)" in notes[0]["what"]
    assert 'subtide doctor --save-in-metadata "Movies"' in notes[0]["fix"]
    after = at_home("doctor", "--save-in-metadata", "Movies", "--yes")
    assert "could not save" not in after.out


def test_another_failure_is_no_reason_to_offer_it(home: Home, at_home: Subtide) -> None:
    home.add_covered_film()
    at_home("doctor")
    fail_an_upload(home, fix="look into the server's log")
    assert "--save-in-metadata" not in at_home("doctor").out


def test_a_folder_that_is_read_only_here_is_told(
    home: Home, at_home: Subtide, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.add_covered_film()
    access = os.access

    def read_only_media(path: Path, mode: int) -> bool:
        return access(path, mode) and not Path(path).is_relative_to(home.media)

    monkeypatch.setattr("os.access", read_only_media)
    ran = at_home("doctor", "--json")
    (row,) = [row for row in ran.json if row["name"] == "library Movies"]
    assert row["what"] == "its files can be read here, not written: uploads alone must do"
    assert row["health"] == "ok"
