"""subtide doctor: what is wrong, and how to mend it."""

from collections.abc import Callable
from typing import Any

import pytest
from command import Home, Ran

from subtide.cli.output import ExitCode
from subtide.playground.flavour import V10_11_7
from subtide.playground.server import Playground
from subtide.playground.tree import Library, make_id

Subtide = Callable[..., Ran]
PACKAGED = {"model": "base", "models": {"en": "tiny.en"}, "vote_model": "base"}
"""Speech models that come in packages."""
NO_PULL = {"pull": False}


def checks(ran: Ran) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in ran.json}


def server(home: Home, **changes: object) -> dict[str, object]:
    return {"home": {"url": home.playground.url, "key": home.playground.key, **changes}}


def test_all_is_well(home: Home, at_home: Subtide) -> None:
    home.add_covered_film()
    home.configure(speech=PACKAGED, models=NO_PULL)
    ran = at_home("doctor", "--json")
    assert ran.code == 0, ran.out
    found = checks(ran)
    assert found.pop("webhook home")["health"] == "note"
    assert {row["health"] for row in found.values()} == {"ok"}
    assert found["server home"]["what"] == "Jellyfin 12.0.0, the key is accepted"
    assert found["library Movies"]["what"] == "its files can be read here"
    assert {"model base", "model tiny.en", "model firefox-en-pt"} <= set(found)
    plain = at_home("doctor")
    assert plain.code == 0
    assert "ok    server home: Jellyfin 12.0.0, the key is accepted\n" in plain.out
    assert [line for line in plain.out.splitlines() if "fix:" in line] == [
        "      fix: subtide webhook --install"
    ]


def test_an_empty_library_is_no_fault(home: Home, at_home: Subtide) -> None:
    assert checks(at_home("doctor", "--json"))["library Movies"]["what"] == (
        "it has no films or episodes"
    )


def test_a_wrong_key(home: Home, at_home: Subtide) -> None:
    home.configure(servers=server(home, key="f" * 32))
    ran = at_home("doctor")
    assert ran.code == ExitCode.SOME_FAILED
    assert ": the server refused the key" in ran.out
    assert "fix: make a new API key in the server's dashboard" in ran.out
    assert "f" * 32 not in ran.out


def test_a_server_that_is_down_hides_no_other_check(home: Home, at_home: Subtide) -> None:
    home.playground.stop()
    ran = at_home("doctor", "--json")
    assert ran.code == ExitCode.SOME_FAILED
    found = checks(ran)
    assert found["server home"]["health"] == "wrong"
    assert found["server home"]["fix"] == "check that it runs and that its address is right"
    assert found["model firefox-en-pt"]["health"] == "ok"


def test_an_address_that_is_no_jellyfin(home: Home, at_home: Subtide) -> None:
    home.playground.fail("GET", "/System/Info/Public", status=404, text="", times=2)
    found = checks(at_home("doctor", "--json"))
    assert found["server home"]["health"] == "wrong"
    assert "base URL" in found["server home"]["fix"]


def test_a_server_that_starts(home: Home, at_home: Subtide) -> None:
    home.playground.starting = True
    found = checks(at_home("doctor", "--json"))
    assert found["server home"]["what"].endswith(": the server is starting")


def test_an_unknown_library(home: Home, at_home: Subtide) -> None:
    home.configure(servers=server(home, libraries=["Filme"]))
    rows = at_home("doctor", "--json").json
    (wrong,) = [row for row in rows if row["health"] == "wrong"]
    assert wrong["what"] == "servers.home.libraries: Filme is not on the server"
    assert wrong["fix"] == "it has: Movies"


def test_a_missing_path_mapping_is_worth_a_note(
    home: Home, at_home: Subtide, playground: Callable[..., Playground]
) -> None:
    home.add_covered_film()
    far = playground(home.media, shows="/srv/media")
    home.configure(servers={"home": {"url": far.url, "key": far.key}})
    ran = at_home("doctor", "--json")
    assert ran.code == 0
    note = checks(ran)["library Movies"]
    assert note["health"] == "note"
    assert "0 of 1 files can be read here, not /srv/media/Movies/Covered" in note["what"]
    assert note["fix"] == "mount the folder, and name it in servers.home.paths"
    paths = [{"server": "/srv/media", "local": str(home.media)}]
    home.configure(servers={"home": {"url": far.url, "key": far.key, "paths": paths}})
    assert checks(at_home("doctor", "--json"))["library Movies"]["health"] == "ok"


def test_a_remote_source_needs_no_path(home: Home, at_home: Subtide) -> None:
    home.add_covered_film()
    link = home.film("Far (2000)").with_suffix(".strm")
    link.parent.mkdir()
    link.write_text("http://127.0.0.1:9/far.mkv\n")
    home.playground.scan()
    assert checks(at_home("doctor", "--json"))["library Movies"]["health"] == "ok"


def test_embedded_titles_are_worth_a_note(
    home: Home, at_home: Subtide, playground: Callable[..., Playground]
) -> None:
    library = Library(home.media / "Movies", options={"EnableEmbeddedTitles": True})
    other = playground(home.media, libraries=[library])
    home.configure(servers={"home": {"url": other.url, "key": other.key}})
    notes = [row for row in at_home("doctor", "--json").json if row["health"] == "note"]
    assert [row["name"] for row in notes] == ["library Movies", "webhook home"]
    assert "Embedded titles" in notes[0]["fix"]


def test_the_version_that_refuses_every_subtitle(
    home: Home, at_home: Subtide, playground: Callable[..., Playground]
) -> None:
    bad = playground(home.media, V10_11_7)
    home.configure(servers={"home": {"url": bad.url, "key": bad.key}})
    ran = at_home("doctor")
    assert ran.code == ExitCode.SOME_FAILED
    assert "Jellyfin 10.11.7 refuses every subtitle" in ran.out
    assert "fix: update Jellyfin" in ran.out


def test_a_missing_model_that_may_not_be_pulled(home: Home, at_home: Subtide) -> None:
    speech = {**PACKAGED, "model": "medium"}
    home.configure(policy={"languages": ["en", "pt", "de"]}, speech=speech, models=NO_PULL)
    ran = at_home("doctor", "--json")
    assert ran.code == ExitCode.SOME_FAILED
    wrong = {row["name"]: row for row in ran.json if row["health"] == "wrong"}
    assert set(wrong) == {"model medium", "model firefox-en-de", "model firefox-de-en"}
    assert wrong["model medium"]["what"] == "not installed, and models.pull is off"
    assert wrong["model medium"]["fix"] == "pull it with: subtide models pull medium"


def test_a_missing_model_that_is_pulled_is_no_fault(home: Home, at_home: Subtide) -> None:
    home.configure(speech={"model": "medium"})
    found = checks(at_home("doctor", "--json"))
    assert found["model medium"]["health"] == "ok"
    assert "pulled when first needed" in found["model medium"]["what"]


def test_regions_of_one_language_need_no_translation(home: Home, at_home: Subtide) -> None:
    home.configure(policy={"languages": ["en-US", "en-GB"]})
    ran = at_home("doctor", "--json")
    assert ran.code == 0
    assert not [row for row in ran.json if "firefox" in row["name"]]


def test_a_model_that_is_none_hides_no_other(home: Home, at_home: Subtide) -> None:
    home.configure(speech={"model": "smal", "vote_model": "small"})
    found = checks(at_home("doctor", "--json"))
    assert found["model smal"]["health"] == "wrong"
    assert "small" in found["model smal"]["fix"]
    assert found["model firefox-en-pt"]["health"] == "ok"


def test_an_english_model_cannot_vote(home: Home, at_home: Subtide) -> None:
    home.configure(speech={"model": "tiny.en"})
    found = checks(at_home("doctor", "--json"))
    assert found["models"]["health"] == "wrong"
    assert "speech.vote_model" in found["models"]["fix"]


def test_a_full_disk(home: Home, at_home: Subtide) -> None:
    home.configure(limits={"disk_reserve_mb": 10**9})
    found = checks(at_home("doctor", "--json"))
    assert found["disk"]["health"] == "wrong"


@pytest.mark.parametrize("threads", [0, 3])
def test_the_threads_of_a_model_are_told(home: Home, at_home: Subtide, threads: int) -> None:
    home.configure(limits={"threads": threads})
    what = checks(at_home("doctor", "--json"))["processor"]["what"]
    assert what.endswith(" threads for a model")
    if threads:
        assert what.startswith("3 of ")


def test_another_server_is_confirmed_by_name(home: Home, at_home: Subtide) -> None:
    assert at_home("doctor").code == 0
    home.playground.id = make_id("Server", "another")
    changed = at_home("doctor")
    assert changed.code == ExitCode.SOME_FAILED
    assert "subtide doctor --accept-server home" in changed.out
    typo = at_home("doctor", "--accept-server", "hoem")
    assert typo.code == ExitCode.USAGE
    assert "hoem is no server here; there is: home" in typo.err
    assert at_home("doctor", "--accept-server", "home").code == 0
    assert at_home("doctor").code == 0
