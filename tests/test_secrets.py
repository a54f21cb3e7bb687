"""Secret files in the data folder: how a value is kept, and which place it has among the layers."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from subtide.errors import SettingsError
from subtide.settings import Layer, Loaded, keep_secret, load, secret_file, variable_of

KEY = ("servers", "home", "key")
URL = ("servers", "home", "url")
NOWHERE = Path("/nowhere")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def read(data: Path) -> Callable[..., Loaded]:
    """Load the settings of the data folder."""

    def load_with(**environ: str) -> Loaded:
        return load(environ={"SUBTIDE_DATA": str(data)} | environ, default_config=NOWHERE)

    return load_with


Read = Callable[..., Loaded]


def key_of(loaded: Loaded) -> str:
    return loaded.settings.servers["home"].key.get_secret_value()


def mounted(folder: Path, **files: str) -> str:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


# keeping


def test_a_kept_secret_is_read_and_says_where_it_lies(data: Path, read: Read) -> None:
    keep_secret(data, URL, "http://a:8096")
    file = keep_secret(data, KEY, "k1")
    assert file == secret_file(data, KEY) == data / "secrets" / "subtide_servers__home__key"
    loaded = read()
    assert key_of(loaded) == "k1"
    assert loaded.origin(KEY) == (Layer.SECRET, str(file))


def test_only_subtide_s_user_may_read_it(data: Path) -> None:
    for value in ("k1", "k2"):
        file = keep_secret(data, KEY, value)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_secret_is_replaced_whole(data: Path) -> None:
    keep_secret(data, KEY, "a long one")
    file = keep_secret(data, KEY, "short")
    assert file.read_text() == "short"
    assert list(file.parent.iterdir()) == [file]


def test_what_an_interrupted_writer_left_is_no_setting_and_no_obstacle(
    data: Path, read: Read
) -> None:
    file = keep_secret(data, KEY, "k1")
    keep_secret(data, URL, "http://a")
    left = file.with_name(f".{file.name}.{os.getpid()}")
    left.write_text("half")
    assert key_of(read()) == "k1"
    keep_secret(data, KEY, "k2")
    assert not left.exists()
    assert key_of(read()) == "k2"


def test_a_failed_write_leaves_the_former_value_and_no_trace(data: Path) -> None:
    file = secret_file(data, KEY)
    file.mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be written"):
        keep_secret(data, KEY, "k1")
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_that_cannot_be_written_is_told(data: Path) -> None:
    (data / "secrets").write_text("")
    with pytest.raises(SettingsError, match="subtide_servers__home__key cannot be") as caught:
        keep_secret(data, KEY, "d0a1b2c3secret")
    assert "PUID" in caught.value.fix
    assert "d0a1b2c3secret" not in repr(caught.value)


@pytest.mark.parametrize("name", ["Home", "nas-2", "a_b", "living room", "_x"])
def test_a_name_comes_back_as_it_was_but_for_capitals(data: Path, read: Read, name: str) -> None:
    keep_secret(data, ("servers", name, "url"), "http://a")
    assert list(read().settings.servers) == [name.lower()]


def test_a_server_that_is_written_with_capitals_finds_its_secret(
    data: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"data: {data}\nservers:\n  Home:\n    url: http://a\n")
    keep_secret(data, ("servers", "Home", "key"), "k1")
    home = load(config, environ={}).settings.servers["Home"]
    assert home.key.get_secret_value() == "k1"


@pytest.mark.parametrize("name", ["a__b", "a_", "a/b", "stra\u00dfe", "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(data: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="choose a name"):
        keep_secret(data, ("servers", name, "key"), "k1")
    with pytest.raises(SettingsError):
        variable_of(("servers", name, "key"))
    assert not (data / "secrets").exists()


# layers


def test_it_goes_over_environment_and_config(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"data: {data}\nservers:\n  home:\n    url: http://a\n    key: k1\n")
    environ = {"SUBTIDE_SERVERS__HOME__KEY": "k2"}
    assert key_of(load(config, environ=environ)) == "k2"
    keep_secret(data, KEY, "k3")
    assert key_of(load(config, environ=environ)) == "k3"


def test_a_mounted_secret_goes_over_it(data: Path, read: Read, tmp_path: Path) -> None:
    keep_secret(data, URL, "http://a")
    keep_secret(data, KEY, "k1")
    folder = mounted(tmp_path / "mounted", subtide_servers__home__key="k2\n")
    loaded = read(SUBTIDE_SECRETS=folder)
    assert key_of(loaded) == "k2"
    assert loaded.origin(KEY)[1] == f"{folder}/subtide_servers__home__key"
    assert loaded.origin(URL)[1] == str(secret_file(data, URL))


def test_a_relative_data_folder_in_the_file_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    (place / "mine").mkdir(parents=True)
    (place / "config.yaml").write_text("data: mine\n")
    keep_secret(place / "mine", URL, "http://a")
    monkeypatch.chdir(tmp_path)
    loaded = load(Path("place/config.yaml"), environ={})
    assert loaded.settings.data == place / "mine"
    assert loaded.settings.servers["home"].url == "http://a"
    assert loaded.origin(URL)[1] == str(secret_file(loaded.settings.data, URL))


def test_a_tilde_leads_to_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").mkdir()
    keep_secret(tmp_path / "mine", URL, "http://a")
    for data in ("~/mine", str(tmp_path / "mine")):
        loaded = load(environ={"SUBTIDE_DATA": data}, default_config=NOWHERE)
        assert list(loaded.settings.servers) == ["home"]


def test_a_mounted_secret_may_name_the_data_folder(data: Path, tmp_path: Path) -> None:
    keep_secret(data, URL, "http://a")
    folder = mounted(tmp_path / "mounted", subtide_data=str(data))
    loaded = load(environ={"SUBTIDE_SECRETS": folder}, default_config=NOWHERE)
    assert list(loaded.settings.servers) == ["home"]


def test_a_data_folder_without_secrets_or_none_at_all_is_fine(read: Read, tmp_path: Path) -> None:
    assert read().settings.servers == {}
    (tmp_path / "file").write_text("")
    for nowhere in (tmp_path / "none", tmp_path / "file"):
        assert read(SUBTIDE_DATA=str(nowhere)).settings.servers == {}


def test_other_files_in_the_folder_are_none_of_ours(data: Path, read: Read) -> None:
    file = keep_secret(data, URL, "http://a")
    file.with_name("README").write_text("mine")
    file.with_name("subtide_folder").mkdir()
    assert list(read().settings.servers) == ["home"]


def test_an_unknown_name_is_told_with_its_file(data: Path, read: Read) -> None:
    file = keep_secret(data, ("nonsense",), "d0a1b2c3secret")
    with pytest.raises(SettingsError) as caught:
        read()
    assert f"{file}: nonsense: there is no such setting" in str(caught.value)
    assert "d0a1b2c3secret" not in str(caught.value)


def test_a_secret_that_cannot_be_read_is_told(data: Path, read: Read) -> None:
    file = keep_secret(data, KEY, "k1")
    going_in_circles(file)
    with pytest.raises(SettingsError, match="cannot be read") as caught:
        read()
    assert str(file) in caught.value.what


def test_a_folder_that_cannot_be_read_is_told(data: Path, read: Read) -> None:
    going_in_circles(data / "secrets")
    with pytest.raises(SettingsError, match="folder of secret files cannot be read"):
        read()


def going_in_circles(path: Path) -> None:
    """Make a path that not even root can open."""
    path.unlink(missing_ok=True)
    path.symlink_to(path)


def test_a_secret_that_is_no_file_is_told(data: Path, read: Read) -> None:
    file = keep_secret(data, URL, "http://a")
    file.with_name("subtide_servers__home__key").symlink_to(data / "gone")
    with pytest.raises(SettingsError, match="there is no such file"):
        read()
