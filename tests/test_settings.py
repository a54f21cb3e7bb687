"""Settings: which layer wins, and what an admin is told when one is wrong."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from subtide.cli.pages import pages
from subtide.errors import SettingsError
from subtide.settings import Layer, Loaded, Server, Settings, load

ROOT = Path(__file__).parents[1]
SECRET = "d0a1b2c3secret"
Write = Callable[..., Path]


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    """Write a config.yaml."""

    def write(text: str) -> Path:
        file = tmp_path / "config.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def secrets(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Write secret files; return the environment that leads to them."""

    def write(**files: str) -> dict[str, str]:
        folder = tmp_path / "secrets"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return {"SUBTIDE_SECRETS": str(folder)}

    return write


def fault(config: Path | None = None, environ: dict[str, str] | None = None) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(config, environ=environ or {}, default_config=Path("/nowhere"))
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    return caught.value


def languages(loaded: Loaded) -> tuple[str, ...]:
    return loaded.settings.policy.languages


# -- layers -------------------------------------------------------------------------------


def test_without_any_layer_everything_is_a_default() -> None:
    loaded = load(environ={}, default_config=Path("/nowhere/config.yaml"))
    assert loaded.settings == Settings()
    assert loaded.origins == {}


def test_each_layer_goes_over_the_one_before(
    config: Write, secrets: Callable[..., dict[str, str]]
) -> None:
    path = ("policy", "languages")
    file = config("policy:\n  languages: [fr]\n")
    overrides: dict[tuple[str, ...], object] = {path: ["de"]}
    environ = {"SUBTIDE_POLICY__LANGUAGES": "es"}
    secret = secrets(subtide_policy__languages="pt")

    at = load(file, environ={})
    assert (languages(at), at.origins[path]) == (("fr",), (Layer.CONFIG, f"{file}:2"))
    at = load(file, environ={}, overrides=overrides)
    assert (languages(at), at.origins[path][0]) == (("de",), Layer.OVERRIDE)
    at = load(file, environ=environ, overrides=overrides)
    assert languages(at) == ("es",)
    assert at.origins[path] == (Layer.ENVIRONMENT, "SUBTIDE_POLICY__LANGUAGES")
    at = load(file, environ={**environ, **secret}, overrides=overrides)
    assert (languages(at), at.origins[path][0]) == (("pt",), Layer.SECRET)
    assert at.origins[path][1].endswith("/subtide_policy__languages")


def test_layers_meet_inside_one_server(
    config: Write, secrets: Callable[..., dict[str, str]]
) -> None:
    file = config("servers:\n  home:\n    url: http://a:8096\n    libraries: [Films]\n")
    environ = {"SUBTIDE_SERVERS__HOME__URL": "https://b/jellyfin/"}
    environ |= secrets(subtide_servers__home__key=f"{SECRET}\n")
    home = load(file, environ=environ).settings.servers["home"]
    assert home.url == "https://b/jellyfin"
    assert home.key.get_secret_value() == SECRET
    assert home.libraries == ("Films",)


def test_a_variable_finds_a_server_that_is_written_with_capitals(config: Write) -> None:
    file = config("servers:\n  Home:\n    url: http://a\n")
    loaded = load(file, environ={"SUBTIDE_SERVERS__HOME__KEY": SECRET})
    assert list(loaded.settings.servers) == ["Home"]
    assert loaded.origins["servers", "Home", "key"][0] is Layer.ENVIRONMENT


def test_what_a_higher_layer_replaces_whole_has_no_origin_below_it(config: Write) -> None:
    file = config("servers:\n  home:\n    url: http://a\n    key: abc\n")
    loaded = load(file, environ={"SUBTIDE_SERVERS": '{"home": {"url": "http://b"}}'})
    assert loaded.settings.servers == {"home": Server(url="http://b")}
    assert loaded.origins == {("servers",): (Layer.ENVIRONMENT, "SUBTIDE_SERVERS")}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("en,pt-br", ("en", "pt-BR")),
        (" en , pt ", ("en", "pt")),
        ("en,", ("en",)),
        ('["en", "pt"]', ("en", "pt")),
        (' ["en"] ', ("en",)),
    ],
)
def test_a_list_in_the_environment_is_written_with_commas_or_as_json(
    text: str, read: tuple[str, ...]
) -> None:
    loaded = load(environ={"SUBTIDE_POLICY__LANGUAGES": text}, default_config=Path("/nowhere"))
    assert languages(loaded) == read


def test_an_empty_list_of_libraries_in_the_environment_means_all() -> None:
    environ = {"SUBTIDE_SERVERS__H__URL": "http://a", "SUBTIDE_SERVERS__H__LIBRARIES": ""}
    loaded = load(environ=environ, default_config=Path("/nowhere"))
    assert loaded.settings.servers["h"].libraries == ()


def test_a_mapping_in_the_environment_is_json() -> None:
    environ = {"SUBTIDE_SPEECH__MODELS": '{"pt-br": "small"}'}
    loaded = load(environ=environ, default_config=Path("/nowhere"))
    assert loaded.settings.speech.models == {"pt-BR": "small"}


def test_the_config_variable_names_the_file(config: Write) -> None:
    file = config("web: {port: 9}\n")
    assert load(environ={"SUBTIDE_CONFIG": str(file)}).settings.web.port == 9


def test_variables_of_others_are_none_of_ours() -> None:
    environ = {"PATH": "/bin", "XSUBTIDE_WEB": "1"}
    assert load(environ=environ, default_config=Path("/nowhere")).settings == Settings()


def test_an_empty_section_leaves_the_defaults(config: Write) -> None:
    loaded = load(config("policy:\nspeech:\n  # model: base\nservers:\n"), environ={})
    assert loaded.settings == Settings()


def test_a_server_without_a_line_is_none_until_another_layer_sets_it(config: Write) -> None:
    file = config("servers:\n  home:\n    # url: http://a\n")
    assert load(file, environ={}).settings == Settings()
    loaded = load(file, environ={"SUBTIDE_SERVERS__HOME__URL": "http://b"})
    assert loaded.settings.servers == {"home": Server(url="http://b")}


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xef\xbb\xbfweb:\r\n  port: 99\r\n")
    assert load(file, environ={}).settings.web.port == 99


def test_servers_may_share_lines_by_an_anchor(config: Write) -> None:
    file = config(
        "servers:\n  a: &both\n    url: http://a\n    libraries: [Films]\n"
        "  b:\n    <<: *both\n    url: http://b\n"
    )
    loaded = load(file, environ={})
    assert loaded.settings.servers["b"] == Server(url="http://b", libraries=("Films",))


def test_a_tilde_is_the_home_folder(config: Write) -> None:
    assert load(config("data: ~/subtide\n"), environ={}).settings.data == Path.home() / "subtide"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0 3 * * *", "0 3 * * *"),
        ("0 3 * * 0", "0 3 * * sun"),
        ("0 3 * * 7", "0 3 * * sun"),
        ("0 3 * * 1-5", "0 3 * * mon,tue,wed,thu,fri"),
        ("0 3 * * 0,3", "0 3 * * sun,wed"),
        ("0 3 * * 0-6/2", "0 3 * * sun,tue,thu,sat"),
        ("0 3 * * sat", "0 3 * * sat"),
        ("*/30  *  1 * *", "*/30 * 1 * *"),
    ],
)
def test_weekdays_count_from_sunday_as_in_cron(config: Write, written: str, read: str) -> None:
    assert (
        load(config(f'scan: {{nightly: "{written}"}}\n'), environ={}).settings.scan.nightly == read
    )


# -- faults -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "web:\n  port: 1\npolcy:\n  languages: [en]\n",
            4,
            r"polcy: there is no such setting; .*policy",
        ),
        ("polcy:\n", 1, "polcy: there is no such setting"),
        (
            "web:\n  port: 1\n  prot: 2\n",
            3,
            "web.prot: there is no such setting; known here: host, port",
        ),
        (
            "servers:\n  web:\n    url: http://a\n    kye: x\n",
            4,
            "servers.web.kye: .*known here: url, key",
        ),
        (
            "servers:\n  h:\n    url: http://a\n    paths: [{server: /a, local: /b, x: 1}]\n",
            4,
            "servers.h.paths.0.x: .*known here: server, local",
        ),
        ("servers:\n  home:\n    key: abc\n", 3, "servers.home.url: this setting is required"),
        ("servers: here\n", 1, "servers: this is no value"),
        ("policy: en\n", 1, "policy: this is no value"),
        ("web:\n  port: seven\n", 2, "web.port: .*integer"),
        ("web:\n  port: 70000\n", 2, "web.port: .*65535"),
        ("log:\n  level: loud\n", 2, "log.level: .*'debug', 'info', 'warning' or 'error'"),
        ("scan:\n  at_start: maybe\n", 2, "scan.at_start: .*boolean"),
        ("servers:\n  h:\n    url: http://a\n    key: 12345678\n", 4, "servers.h.key: .*in quotes"),
        (
            "policy:\n  languages: [en, klingonese]\n",
            2,
            "policy.languages.1: 'klingonese' is no language",
        ),
        (
            "policy:\n  languages: [false]\n",
            2,
            "policy.languages.0: False is no language: write it as text",
        ),
        (
            "speech:\n  models: {englisch: base}\n",
            2,
            "speech.models.englisch: 'englisch' is no language",
        ),
        ("scan:\n  nightly: at three\n", 2, "scan.nightly: write five fields"),
        (
            "scan:\n  nightly: 0 25 * * *\n",
            2,
            "scan.nightly: .*25.*higher than the maximum value .23",
        ),
        ("scan:\n  time_zone: Mars/Base\n", 2, "scan.time_zone: .*such as Europe/Lisbon"),
        (
            "servers:\n  h:\n    url: jellyfin:8096\n",
            3,
            "servers.h.url: write the address as http://host",
        ),
        (f"servers:\n  h:\n    url: http://me:{SECRET}@a\n", 3, "servers.h.url: .*without a login"),
        ("publish:\n  label: Sub Tide\n", 2, "publish.label: write one word of small letters"),
        ("publish:\n  label: mt\n", 2, "publish.label: 'mt' in a file name means a language"),
        ("publish:\n  label: cc\n", 2, "publish.label: Jellyfin reads 'cc' .* as a flag"),
        ("translation:\n  engines: [babel]\n", 2, "translation.engines.0: .*'firefox'"),
        (
            "translation:\n  models: {opus-mt: {english: x}}\n",
            2,
            "models.opus-mt.english: write a direction",
        ),
        (f"servers:\n  h:\n    url: http://a\n    key: [{SECRET}]\n", 4, "servers.h.key: "),
    ],
)
def test_a_wrong_setting_is_named_with_file_line_and_fix(
    config: Write, text: str, line: int, says: str
) -> None:
    file = config(text)
    what = fault(file).what
    assert what.startswith(f"{file}:{line}: ")
    assert re.search(says, what), what


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("web:\n  port: 1\n  host: [\n", 4, "not valid YAML"),
        ("web:\n\tport: 1\n", 2, "not valid YAML"),
        ("web:\n  port: 1\n  port: 2\n", 3, 'found duplicate key "port"'),
        (
            f"servers:\n  h:\n    key: {SECRET}\n    key: {SECRET}2\n",
            4,
            'found duplicate key "key"',
        ),
        ("web: {}\n---\nweb: {}\n", 2, "not valid YAML"),
        ("- web\n", 1, "the file is not a mapping"),
        ("web\n", 1, "the file is not a mapping"),
    ],
)
def test_bad_yaml_is_named_with_its_line_and_no_value(
    config: Write, text: str, line: int, says: str
) -> None:
    file = config(text)
    error = fault(file)
    assert error.what.startswith(f"{file}:{line}: ")
    assert says in error.what
    assert error.fix


def test_all_faults_are_told_at_once(config: Write) -> None:
    error = fault(config("web:\n  port: x\n  hots: y\nlog:\n  form: z\n"))
    assert [line.split(": ")[1] for line in error.what.splitlines()] == [
        "web.port",
        "web.hots",
        "log.form",
    ]


def test_a_control_character_is_bad_yaml(config: Write) -> None:
    error = fault(config("web:\n  port: 1\x00\n"))
    assert "not valid YAML" in error.what
    assert error.fix


def test_a_file_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes("# für\n".encode("latin-1"))
    error = fault(file)
    assert (error.what, error.fix) == (f"{file}: is not UTF-8 text", "save it as UTF-8")


def test_a_named_file_has_to_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    for error in (fault(missing), fault(environ={"SUBTIDE_CONFIG": str(missing)})):
        assert error.what == f"{missing}: there is no such file"
        assert error.fix == f"write one with: subtide config init {missing}"


def test_a_folder_in_the_file_s_place_cannot_be_read(tmp_path: Path) -> None:
    # Docker makes one when the file of a bind mount is missing.
    error = fault(tmp_path)
    assert error.what == f"{tmp_path}: cannot be read (Is a directory)"
    assert error.fix


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SUBTIDE_POLICY__LANGUAGE", "en", "policy.language: there is no such setting"),
        ("SUBTIDE_LANGUAGES", "en", "languages: there is no such setting; known here: .*policy"),
        ("SUBTIDE_WEB", "80", "web: this is no value"),
        ("SUBTIDE_WEB__PORT", "eighty", "web.port: .*integer"),
        (
            "SUBTIDE_POLICY__LANGUAGES",
            '["en", "elvish"]',
            "policy.languages.1: 'elvish' is no language",
        ),
        ("SUBTIDE_POLICY__LANGUAGES", "[en", "not valid JSON — write a list as"),
        ("SUBTIDE_SERVERS__HOME__KEY", SECRET, "servers.home.url: this setting is required"),
        (
            "SUBTIDE_SERVERS__HOME__URL",
            f"http://x:{SECRET}@a",
            "servers.home.url: .*without a login",
        ),
        ("SUBTIDE_SERVERS", f'{{"home": "{SECRET}"}}', "servers.home: this is no value"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, says: str) -> None:
    error = fault(environ={name: value})
    assert error.what.startswith(f"{name}: ")
    assert re.search(says, str(error)), str(error)


def test_a_variable_that_reaches_into_a_value_is_told(config: Write) -> None:
    error = fault(config("web:\n  port: 1\n"), {"SUBTIDE_WEB__PORT__HTTP": "1"})
    assert error.what.startswith("SUBTIDE_WEB__PORT__HTTP: web.port.http reaches into port")
    assert error.fix


def test_a_wrong_secret_file_is_named_without_what_is_in_it(
    secrets: Callable[..., dict[str, str]],
) -> None:
    environ = secrets(subtide_servers__home__keys=SECRET, other="x")
    error = fault(environ=environ)
    place = f"{environ['SUBTIDE_SECRETS']}/subtide_servers__home__keys"
    assert f"{place}: servers.home.keys: there is no such setting" in error.what


def test_a_named_folder_of_secret_files_has_to_be_there(tmp_path: Path) -> None:
    error = fault(environ={"SUBTIDE_SECRETS": str(tmp_path / "none")})
    assert error.what.startswith(f"{tmp_path}/none: ")
    assert error.fix == "correct SUBTIDE_SECRETS"


def test_secrets_stay_out_of_every_representation(config: Write) -> None:
    file = config(
        f"database: postgresql://me:{SECRET}@db/subtide\nmodels: {{token: {SECRET}}}\n"
        f"servers:\n  h: {{url: http://a, key: {SECRET}}}\n"
    )
    loaded = load(file, environ={})
    shown = [repr(loaded), str(loaded.settings), loaded.settings.model_dump_json()]
    assert loaded.settings.servers["h"].key.get_secret_value() == SECRET
    assert not [text for text in shown if SECRET in text]


# -- what is made from the settings -------------------------------------------------------


@pytest.mark.parametrize("name", list(pages()))
def test_the_file_in_the_repository_is_what_the_code_makes(name: str) -> None:
    made = pages()[name]
    assert (ROOT / name).read_text(encoding="utf-8") == made, (
        f"{name} is old: run .venv/bin/python -m subtide.cli.pages"
    )


def test_the_example_loads_as_it_is(config: Write) -> None:
    loaded = load(config(pages()["config.yaml.example"]), environ={})
    assert loaded.settings == Settings()


def test_every_line_of_the_example_may_be_taken_in(config: Write) -> None:
    header, _, lines = pages()["config.yaml.example"].partition("\n\n")
    assert all(line.startswith("#") for line in header.splitlines())
    loaded = load(config(re.sub(r"(?m)^( *)# ", r"\1", lines)), environ={})
    home = loaded.settings.servers["home"]
    assert [(str(one.server), str(one.local)) for one in home.paths] == [("/media", "/mnt/media")]
    (rule,) = loaded.settings.rules
    assert (rule.when.libraries, rule.set.languages) == (("Children",), ("en", "pt"))
    plain = loaded.settings.model_copy(update={"servers": {}, "rules": ()})
    assert plain == Settings()
    sections = {name for name in Settings.model_fields if name not in {"data", "database"}}
    assert {path[0] for path in loaded.origins} >= sections


def test_one_line_of_the_example_may_be_taken_in_alone(config: Write) -> None:
    text = pages()["config.yaml.example"]
    alone = re.sub(r"(?m)^  # languages: .*$", "  languages: [en, pt]", text)
    assert languages(load(config(alone), environ={})) == ("en", "pt")


def settings_below(section: type[BaseModel], path: str = "") -> Iterator[str]:
    """Each setting's path, as the reference names it; those of a rule's set are the policy's."""
    for name, field in section.model_fields.items():
        kind, here = field.annotation, f"{path}{name}"
        kinds = [one for one in (kind, *get_args(kind)) if isinstance(one, type)]
        models = [one for one in kinds if issubclass(one, BaseModel) and here != "rules.N.set"]
        step = {dict: ".NAME", tuple: ".N"}.get(get_origin(kind), "")  # type: ignore[arg-type]
        for model in models:
            yield from settings_below(model, f"{here}{step}.")
        if not models:
            yield here


def test_every_setting_stands_in_the_reference_with_a_type_for_people() -> None:
    page = pages()["docs/reference/settings.md"]
    settings = list(settings_below(Settings))
    assert {"start", "servers.NAME.paths.N.local", "rules.N.when.tags"} < {*settings}
    assert [path for path in settings if f"\n| `{path}` |" not in page] == []
    assert "<class" not in page


def test_every_section_and_every_setting_of_a_server_stands_in_the_example() -> None:
    example = pages()["config.yaml.example"]
    for section in (Settings, Server):
        for name in section.model_fields:
            assert re.search(rf"(?m)^ *(# )?{name}:", example), name


def test_a_relative_data_folder_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("data: ./state\n")
    assert load(config, environ={}).settings.data == tmp_path / "state"
    assert load(config, environ={"SUBTIDE_DATA": "here"}).settings.data == Path("here")
