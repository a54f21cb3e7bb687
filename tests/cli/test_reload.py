"""The settings, read again for a daemon that runs."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from command import Home

from subtide.cli.context import Context
from subtide.cli.run import reopened
from subtide.errors import SettingsError
from subtide.house import House
from subtide.storage.overrides import Overrides


@pytest.fixture
def context(home: Home) -> Context:
    return Context(str(home.config))


@pytest.fixture
def present(context: Context) -> Iterator[House]:
    with context.house(service=True) as house:
        yield house


def test_another_house_has_the_settings_of_now(
    context: Context, present: House, home: Home
) -> None:
    home.configure(policy={"languages": ["de"]}, limits={"threads": 3})
    with closing(reopened(context, present)) as house:
        assert house.settings.policy.languages == ("de",)
        assert house.tools.threads == 3
        assert house.identity == present.identity


def test_overrides_of_the_running_database_go_over_the_file(
    context: Context, present: House
) -> None:
    Overrides(present.database).set("policy.languages", ["fr"])
    with closing(reopened(context, present)) as house:
        assert house.settings.policy.languages == ("fr",)


def test_a_wrong_line_is_told_with_its_place(context: Context, present: House, home: Home) -> None:
    home.config.write_text("policy:\n  languages: [xx]\n  colour: red\n", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        reopened(context, present)
    assert f"{home.config}:2: policy.languages" in error.value.what
    assert f"{home.config}:3: policy.colour" in error.value.what


@pytest.mark.parametrize(
    ("change", "name"),
    [({"data": "elsewhere"}, "data"), ({"database": "postgresql://u:p@host/name"}, "database")],
)
def test_another_data_folder_or_database_needs_a_restart(
    context: Context, present: House, home: Home, change: dict[str, str], name: str
) -> None:
    home.configure(**change)
    with pytest.raises(SettingsError, match=f"`{name}` is another than when Subtide started"):
        reopened(context, present)


def test_without_a_server_the_present_ones_stay(
    context: Context, present: House, home: Home
) -> None:
    home.configure(servers={})
    with pytest.raises(SettingsError, match="no server is configured any more"):
        reopened(context, present)
