"""subtide config set, unset, history and rollback."""

import json
from collections.abc import Callable

import pytest
from command import Home, Ran

from subtide.storage.overrides import Overrides

Subtide = Callable[..., Ran]


def languages(at_home: Subtide) -> object:
    rows = at_home("config", "show", "--json").json
    return next((r["value"], r["from"]) for r in rows if r["setting"] == "policy.languages")


def test_an_override_goes_over_the_file_and_can_be_taken_away(home: Home, at_home: Subtide) -> None:
    home.configure()
    assert languages(at_home) == (["en", "pt"], "config.yaml")
    assert at_home("config", "set", "policy.languages", '["de"]').code == 0
    assert languages(at_home) == (["de"], "runtime override")
    assert at_home("config", "unset", "policy.languages").code == 0
    assert languages(at_home) == (["en", "pt"], "config.yaml")


def test_every_change_is_kept_and_can_be_taken_back(home: Home, at_home: Subtide) -> None:
    home.configure()
    at_home("config", "set", "policy.languages", '["de"]')
    at_home("config", "set", "policy.languages", '["fr"]')
    changes = at_home("config", "history", "--json").json
    assert [change["value"] for change in changes] == [["de"], ["fr"]]
    assert at_home("config", "rollback", str(changes[0]["version"])).code == 0
    assert languages(at_home) == (["de"], "runtime override")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("policy.languages", '["klingonish"]', "is no language"),
        ("policy.langages", '["de"]', "no such setting"),
        ("servers.home.key", "abc", "cannot be overridden"),
        ("models.token", "abc", "cannot be overridden"),
        ("data", "/elsewhere", "cannot be overridden"),
        ("models", '{"token": "abc"}', "cannot be overridden"),
        ("servers", "{}", "cannot be overridden"),
        ("web.port", "many", "config set web.port: web.port: "),
    ],
)
def test_a_wrong_override_is_refused_and_not_kept(
    home: Home, at_home: Subtide, name: str, value: str, said: str
) -> None:
    home.configure()
    ran = at_home("config", "set", name, value)
    assert ran.code == 3
    assert said in ran.err
    assert at_home("config", "history", "--json").json == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SUBTIDE_POLICY__LANGUAGES", ["en"]),
        ("SUBTIDE_POLICY", {"languages": ["en"]}),
    ],
)
def test_what_the_environment_sets_is_refused_with_the_variables_name(
    home: Home, at_home: Subtide, monkeypatch: pytest.MonkeyPatch, variable: str, value: object
) -> None:
    home.configure()
    monkeypatch.setenv(variable, json.dumps(value))
    ran = at_home("config", "set", "policy.languages", '["de"]')
    assert ran.code == 3
    assert f"policy.languages is set by {variable}, which goes over this" in ran.err


def test_an_override_that_no_longer_fits_can_be_taken_away(home: Home, at_home: Subtide) -> None:
    home.configure()
    assert at_home("config", "set", "publish.label", "ours").code == 0
    database = home.database()
    Overrides(database).set("publish.lable", "ours")  # as an older version might have left it
    database.close()
    ran = at_home("jobs")
    assert ran.code == 3
    assert "config set publish.lable: publish.lable: there is no such setting" in ran.err
    assert "publish.lable" in at_home("config", "history").out
    assert at_home("config", "unset", "publish.lable").code == 0
    assert at_home("jobs").code == 0
