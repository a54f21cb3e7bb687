"""Every form of a language that servers send is one tag, and what we write is read back as it.

``languages.json`` is the table: by tag, the forms that mean it, and for each server that has a
code for it what we write into a file name and what the server stores then. Where a server has
none, ``docs/explanation/languages.md`` says what happens, and is tested with the policy.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from subtide.jellyfin.codes import from_server, to_server
from subtide.jellyfin.sidecars import upload_language
from subtide.languages import UNKNOWN_CODES, Language
from subtide.playground.cultures import all_cultures
from subtide.playground.flavour import V10_10, V10_11, V12, Codes
from subtide.playground.sidecars import SidecarName, read_name

DATA = Path(__file__).parents[1] / "data/jellyfin"
TABLE: dict[str, Any] = json.loads((DATA / "languages.json").read_text("utf-8"))
RECORDED: dict[str, Any] = json.loads((DATA / "recorded/sidecar-names.json").read_text("utf-8"))
SERVERS = {"10.10.7": V10_10, "10.11.11": V10_11, "12.0.0-rc5": V12}
LIVE = ("10.11.11", "12.0.0-rc5")
FORMS = {form: tag for tag, row in TABLE.items() for form in row["forms"]}
WRITTEN = [(tag, server) for tag, row in TABLE.items() for server in SERVERS if server in row]


def version(server: str) -> tuple[int, ...]:
    return tuple(int(part) for part in SERVERS[server].version.split("."))


def tag_of(code: str | None) -> str | None:
    language = from_server(code)
    return language.tag if language else None


@pytest.mark.parametrize(("form", "tag"), FORMS.items())
def test_every_form_of_a_language_is_read(form: str, tag: str) -> None:
    assert tag_of(form) == tag
    assert tag_of(f" {form.upper()} ") == tag


def test_a_form_means_one_language() -> None:
    assert len(FORMS) == sum(len(row["forms"]) for row in TABLE.values())


@pytest.mark.parametrize(
    "code",
    [None, *sorted(UNKNOWN_CODES), "UND", "Undetermined", "Multiple languages", "qaa", "xx",
     "forced", "Commentary"],
)  # fmt: skip
def test_what_names_no_language_is_unknown(code: str | None) -> None:
    assert from_server(code) is None


@pytest.mark.parametrize(("tag", "server"), WRITTEN)
def test_what_is_written_is_read_back_as_the_same_language(tag: str, server: str) -> None:
    code, stored = TABLE[tag][server]
    assert to_server(Language(tag), version(server)) == code
    read = read_name(upload_language("subtide", code), SERVERS[server].codes)
    assert read == SidecarName(
        stored, "subtide", default=False, forced=False, hearing_impaired=False
    )
    assert tag_of(stored) == tag


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_name_means_one_language_on_both_servers(name: str) -> None:
    stored = {RECORDED[name][server]["language"] for server in LIVE}
    tags = {tag_of(code) for code in stored - UNKNOWN_CODES - {None}}
    if "." in name or not tags:
        assert len(tags) <= 1
        assert None not in tags
    else:
        assert tags == {FORMS[name]}


def test_the_table_has_every_code_that_was_recorded() -> None:
    stored = {names[server]["language"] for names in RECORDED.values() for server in LIVE}
    assert stored - UNKNOWN_CODES - {None} <= FORMS.keys()


@pytest.mark.parametrize("server", LIVE)
def test_a_recorded_culture_is_one_language_in_all_its_forms(server: str) -> None:
    answer = json.loads((DATA / "recorded" / server / "cultures.json").read_text("utf-8"))
    assert len(answer["body"]) == 30
    for culture in answer["body"]:
        forms = {
            culture["Name"],
            culture["DisplayName"],
            culture["TwoLetterISOLanguageName"],
            culture["ThreeLetterISOLanguageName"],
            *culture["ThreeLetterISOLanguageNames"],
        }
        assert len({tag_of(form) for form in forms}) == 1, culture
        assert from_server(culture["Name"]), culture


def test_a_culture_of_any_version_is_one_language_in_all_its_forms() -> None:
    checked = 0
    for culture in all_cultures(Codes.ALL):
        if "-" in culture.two or culture.t in UNKNOWN_CODES:
            continue
        forms = [culture.two, culture.t, culture.b]
        # A server stores a name only when it holds a hyphen; Ga, Ladino and Ancient Greek do not.
        forms += [culture.name] * (culture.t not in {"gaa", "lad", "grc"})
        assert len({tag_of(form) for form in forms if form}) == 1, culture
        assert from_server(culture.t), culture
        checked += 1
    assert checked > 300


@pytest.mark.parametrize("server", SERVERS)
def test_every_culture_of_a_server_can_be_written_to_it(server: str) -> None:
    """What it stores for its own two letters is written so that it stores the same language."""
    codes = SERVERS[server].codes
    for culture in all_cultures(codes):
        language = from_server(culture.two or culture.t)
        if language is None:
            assert culture.t in UNKNOWN_CODES
            continue
        written = to_server(language, version(server))
        read_back = from_server(read_name(written, codes).language)
        assert read_back is not None, culture
        assert read_back.base == language.base, culture


@pytest.mark.parametrize(
    ("tag", "server", "code"),
    [
        ("zh-SG", "12.0.0-rc5", "zh-hans"), ("zh-MO", "12.0.0-rc5", "zh-hant"),
        ("zh-SG", "10.10.7", "zh"), ("zh-MO", "10.10.7", "zh-tw"), ("cmn", "12.0.0-rc5", "zh"),
        ("arb", "12.0.0-rc5", "ar"), ("fr-CH", "12.0.0-rc5", "fr"), ("pt-AO", "10.10.7", "pt"),
    ],
)  # fmt: skip
def test_a_tag_without_a_code_is_written_as_its_nearest(tag: str, server: str, code: str) -> None:
    assert to_server(Language(tag), version(server)) == code


def test_a_later_server_gets_what_12_gets() -> None:
    assert to_server(Language("pt-BR"), (12, 4)) == "pt-br"
    assert to_server(Language("zh-Hant"), (13,)) == "zh-hant"
