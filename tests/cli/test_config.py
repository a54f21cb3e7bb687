"""subtide config, and the first start."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from command import Home, Ran

from subtide.cli import cli
from subtide.cli.context import Context, secrets_of
from subtide.cli.output import ExitCode
from subtide.cli.reference import example
from subtide.settings import Settings

Subtide = Callable[..., Ran]
SECRET = "0123456789abcdef0123456789abcdef"


def test_init_writes_the_example_and_says_what_is_next(subtide: Subtide, tmp_path: Path) -> None:
    ran = subtide("config", "init")
    assert ran.code == 0
    assert (tmp_path / "config.yaml").read_text() == example()
    assert "subtide --config config.yaml connect" in ran.out
    assert subtide("--config", "config.yaml", "config", "check").code == 0


@pytest.mark.parametrize(
    "words", [("config", "init", "my.yaml"), ("--config", "my.yaml", "config", "init")]
)
def test_init_writes_where_it_is_told(
    subtide: Subtide, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert subtide(*words).code == 0
    assert (tmp_path / "my.yaml").read_text() == example()


def test_init_never_overwrites(subtide: Subtide, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    ran = subtide("config", "init")
    assert ran.code == ExitCode.SETTINGS
    assert "error: config.yaml exists already" in ran.err
    assert "fix: choose another name" in ran.err
    assert (tmp_path / "config.yaml").read_text() == "mine"


def test_init_says_that_a_folder_is_missing(subtide: Subtide) -> None:
    ran = subtide("config", "init", "none/config.yaml")
    assert ran.code == ExitCode.SETTINGS
    assert "none/config.yaml cannot be written (No such file or directory)" in ran.err


def test_check_names_the_servers(home: Home, at_home: Subtide) -> None:
    ran = at_home("config", "check")
    assert (ran.code, ran.out) == (0, "The settings are right. Servers: home\n")
    assert at_home("config", "check", "--json").json == {"ok": True, "servers": ["home"]}


def test_check_tells_every_fault(home: Home, at_home: Subtide) -> None:
    home.config.write_text("web:\n  port: x\nspeach:\n  model: base\n")
    ran = at_home("config", "check")
    assert ran.code == ExitCode.SETTINGS
    assert f"{home.config}:2: web.port: " in ran.err
    assert f"{home.config}:4: speach: there is no such setting" in ran.err


def test_an_error_is_json_for_scripts(home: Home, at_home: Subtide) -> None:
    home.config.unlink()
    ran = at_home("config", "check", "--json")
    assert ran.code == ExitCode.SETTINGS
    assert ran.json == {
        "error": {
            "code": "settings-error",
            "what": f"{home.config}: there is no such file",
            "fix": f"write one with: subtide config init {home.config}",
        }
    }


def test_show_tells_each_value_and_where_it_came_from(
    home: Home, at_home: Subtide, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.configure(servers={"home": {"url": "http://a", "key": SECRET}})
    monkeypatch.setenv("SUBTIDE_WEB__PORT", "99")
    rows = {row["setting"]: row for row in at_home("config", "show", "--json").json}
    assert rows["policy.languages"]["value"] == ["en", "pt"]
    assert rows["policy.languages"]["from"] == "config.yaml"
    assert rows["policy.languages"]["place"] == f"{home.config}:1"
    assert (rows["web.port"]["value"], rows["web.port"]["from"]) == (99, "environment")
    assert rows["web.port"]["place"] == "SUBTIDE_WEB__PORT"
    assert (rows["web.host"]["from"], rows["web.host"]["place"]) == ("default", "")
    assert set(rows) >= {f"{name}.{part}" for name, part in [("log", "level"), ("scan", "nightly")]}


def test_show_hides_every_secret(home: Home, at_home: Subtide) -> None:
    home.configure(
        servers={"home": {"url": "http://a", "key": SECRET}},
        models={"token": SECRET},
    )
    for words in (["config", "show"], ["config", "show", "--json"]):
        ran = at_home(*words)
        assert ran.code == 0
        assert SECRET not in ran.out + ran.err
        assert "servers.home.key" in ran.out


def test_a_database_that_is_down_is_told_without_its_password(home: Home, at_home: Subtide) -> None:
    home.configure(database=f"postgresql://me:{SECRET}@127.0.0.1:1/subtide")
    ran = at_home("jobs")
    assert ran.code == ExitCode.SETTINGS
    assert "postgresql://me:***@127.0.0.1:1/subtide cannot be" in ran.err
    assert SECRET not in ran.out + ran.err


def test_the_log_hides_the_database_s_password_by_itself_too() -> None:
    settings = Settings.model_validate({"database": "postgresql://me:p%40ssword@db/subtide"})
    assert {"postgresql://me:p%40ssword@db/subtide", "p%40ssword", "p@ssword"} <= set(
        secrets_of(settings)
    )


def test_the_log_hides_the_keys_of_language_models() -> None:
    chat = {"openai": {"url": "https://models.example", "model": "m", "key": SECRET}}
    settings = Settings.model_validate({"translation": {"chat": chat}})
    assert SECRET in secrets_of(settings)


def test_a_first_start_writes_the_settings_and_ends(tmp_path: Path) -> None:
    file = tmp_path / "volume" / "config.yaml"
    file.parent.mkdir()
    ran = CliRunner().invoke(cli, ["run"], obj=Context(None, default_config=file))
    assert ran.exit_code == ExitCode.SETTINGS
    assert file.read_text() == example()
    assert f"This is a first start: {file} is written." in ran.stderr
    assert "SUBTIDE_SERVERS__HOME__KEY" in ran.stderr


@pytest.mark.parametrize(
    "reason", ["a file is there", "a file is named", "a server is in the environment", "no folder"]
)
def test_a_first_start_is_none_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    file = tmp_path / "volume" / "config.yaml"
    named = str(tmp_path / "other.yaml") if reason == "a file is named" else None
    (tmp_path / "other.yaml").write_text("")
    if reason != "no folder":
        file.parent.mkdir()
    if reason == "a file is there":
        file.write_text("")
    if reason == "a server is in the environment":
        monkeypatch.setenv("SUBTIDE_SERVERS__HOME__KEY", SECRET)
    written = file.exists()
    ran = CliRunner().invoke(cli, ["run"], obj=Context(named, default_config=file))
    assert ran.exit_code == 1
    assert "servers.home.url" in str(ran.exception) or "no server is configured" in str(
        ran.exception
    )
    assert file.exists() is written


def test_a_command_without_a_server_says_how_to_name_one(home: Home, at_home: Subtide) -> None:
    home.configure(servers={})
    for words in (["scan"], ["doctor"], ["run", "--once"]):
        ran = at_home(*words)
        assert ran.code == ExitCode.SETTINGS
        assert "no server is configured" in ran.err
        assert "SUBTIDE_SERVERS__HOME__URL" in ran.err
    assert at_home("jobs").code == 0


def test_a_data_folder_that_cannot_be_is_told(home: Home, at_home: Subtide) -> None:
    (home.data.parent / "file").write_text("")
    home.configure(data=str(home.data.parent / "file" / "data"))
    ran = at_home("jobs", "--json")
    assert ran.code == ExitCode.SETTINGS
    assert "the data folder" in ran.json["error"]["what"]
    assert "PUID" in ran.json["error"]["fix"]


def test_a_broken_database_is_told(home: Home, at_home: Subtide) -> None:
    home.data.mkdir()
    (home.data / "subtide.db").write_bytes(b"this is no database" * 100)
    ran = at_home("jobs", "--json")
    assert ran.code == ExitCode.SETTINGS
    assert ran.json["error"]["code"] == "database-error"


def test_settings_in_the_environment_are_enough(
    home: Home, subtide: Subtide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in json.loads(home.config.read_text()).items():
        text = value if isinstance(value, str) else json.dumps(value)
        monkeypatch.setenv(f"SUBTIDE_{name.upper()}", text)
    assert subtide("scan", "--dry-run").code == 0
