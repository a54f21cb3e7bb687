"""The house: built once from the settings, and one process at a time works in it."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from subtide.errors import AlreadyRunning, SettingsError
from subtide.house import daemon_runs, locked, open_house
from subtide.playground.server import Playground
from subtide.settings import Settings


def settings(data: Path, **servers: Playground) -> Settings:
    chosen = {name: {"url": one.url, "key": one.key} for name, one in servers.items()}
    return Settings.model_validate({"data": data, "servers": chosen})


def test_an_installation_keeps_its_identity(tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        house = open_house(settings(tmp_path / "data"))
        names.append(house.identity)
        house.close()
    assert names[0] == names[1]
    assert re.fullmatch(r"[0-9a-f]{32}", names[0])


def test_a_server_is_found_by_the_id_that_it_answered_with(
    tmp_path: Path, playground: Callable[..., Playground]
) -> None:
    (tmp_path / "media").mkdir()
    one, two = (playground(tmp_path / "media", name=name) for name in ("one", "two"))
    house = open_house(settings(tmp_path / "data", here=one, there=two))
    for server in house.servers:
        server.meet(house.known)
    assert house.server_of(one.id).name == "here"
    assert house.server_of(two.id).name == "there"
    assert house.tools.server(two.id) is house.server_of(two.id).client
    house.close()


def test_work_for_a_server_that_is_configured_no_more_is_told(
    tmp_path: Path, playground: Callable[..., Playground]
) -> None:
    (tmp_path / "media").mkdir()
    one = playground(tmp_path / "media")
    house = open_house(settings(tmp_path / "data", here=one))
    house.servers[0].meet(house.known)
    house.close()
    house = open_house(settings(tmp_path / "data"))
    with pytest.raises(SettingsError) as caught:
        house.server_of(one.id)
    assert caught.value.what == "work is left for server here, which is not configured"
    assert "cancel its jobs" in caught.value.fix
    house.close()


def test_a_certificate_file_that_is_missing_is_told(tmp_path: Path) -> None:
    server = {"url": "https://a", "ca": str(tmp_path / "none.pem")}
    chosen = Settings.model_validate({"data": tmp_path, "servers": {"home": server}})
    with pytest.raises(SettingsError, match=r"none\.pem"):
        open_house(chosen)


def test_one_process_at_a_time_holds_the_data_folder(tmp_path: Path) -> None:
    with locked(tmp_path, serves=True):
        assert daemon_runs(tmp_path)
        with pytest.raises(AlreadyRunning) as caught, locked(tmp_path, serves=True):
            pass
        words = f"another Subtide (process {os.getpid()}, the daemon) works in {tmp_path}"
        assert caught.value.what == words
        assert "another data folder" in caught.value.fix
    assert not daemon_runs(tmp_path)
    with locked(tmp_path, serves=True):
        pass


def test_a_data_folder_is_made(tmp_path: Path) -> None:
    assert not daemon_runs(tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir()


def test_another_command_that_holds_the_folder_is_no_daemon(tmp_path: Path) -> None:
    with locked(tmp_path):
        assert not daemon_runs(tmp_path)
        with pytest.raises(AlreadyRunning), locked(tmp_path):
            pass


def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError) as caught:
        open_house(settings(tmp_path / "file"))
    assert (
        caught.value.what == f"the data folder {tmp_path / 'file'} cannot be written (File exists)"
    )
    assert "PUID, PGID" in caught.value.fix


@pytest.mark.parametrize("threads", [0, 5])
def test_threads_follow_the_limit_or_the_machine(tmp_path: Path, threads: int) -> None:
    house = open_house(Settings.model_validate({"data": tmp_path, "limits": {"threads": threads}}))
    assert house.tools.threads == 5 if threads else house.tools.threads >= 1
    house.close()
