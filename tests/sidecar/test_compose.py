"""compose.yaml says what the settings, the entrypoint and the Dockerfile understand."""

from pathlib import Path
from typing import Any

import pytest
from dockerfile import read
from ruamel.yaml import YAML

from subtide.settings import Layer, keep_secret, load

MEDIA = "${MEDIA}"


@pytest.fixture
def compose(repository: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(repository / "compose.yaml")
    return document


@pytest.fixture
def service(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]["subtide"]
    return found


def test_its_settings_and_what_connect_keeps_make_a_server(
    service: dict[str, Any], tmp_path: Path
) -> None:
    keep_secret(tmp_path, ("servers", "home", "key"), "0123456789abcdef")
    ours = {k: v for k, v in service["environment"].items() if k.startswith("SUBTIDE_")}
    loaded = load(environ=ours | {"SUBTIDE_DATA": str(tmp_path)})
    home = loaded.settings.servers["home"]
    assert home.url == "http://jellyfin:8096"
    assert home.key.get_secret_value() == "0123456789abcdef"
    assert loaded.origins["servers", "home", "key"][0] is Layer.SECRET


def test_jellyfin_reaches_it_by_the_name_of_its_service(
    repository: Path, compose: dict[str, Any], service: dict[str, Any]
) -> None:
    stages = read(repository / "Dockerfile")
    exposed = next(i.text for i in stages["runtime"].instructions if i.word == "EXPOSE")
    name = next(name for name, one in compose["services"].items() if one is service)
    assert service["environment"]["SUBTIDE_WEB__ADDRESS"] == f"http://{name}:{exposed}"


def test_the_address_to_connect_to_is_the_one_that_is_set(
    repository: Path, service: dict[str, Any]
) -> None:
    words = f"subtide connect {service['environment']['SUBTIDE_SERVERS__HOME__URL']}"
    for page in ("compose.yaml", "docs/how-to/docker.md"):
        assert words in (repository / page).read_text(encoding="utf-8")


def test_media_is_read_only_and_where_jellyfin_has_it(compose: dict[str, Any]) -> None:
    ours = compose["services"]["subtide"]["volumes"]
    theirs = compose["services"]["jellyfin"]["volumes"]
    assert f"{MEDIA}:{MEDIA}:ro" in ours
    assert any(volume.endswith(f":{MEDIA}") for volume in theirs)


def test_it_names_a_target_and_the_port_of_the_dockerfile(
    repository: Path, service: dict[str, Any]
) -> None:
    stages = read(repository / "Dockerfile")
    assert service["build"]["target"] in stages
    exposed = next(i.text for i in stages["runtime"].instructions if i.word == "EXPOSE")
    assert all(port.endswith(f":{exposed}") for port in service["ports"])
    assert list(stages)[-1] == "cpu"


def test_a_model_gets_as_many_threads_as_the_container(service: dict[str, Any]) -> None:
    limits = service["deploy"]["resources"]["limits"]
    assert service["environment"]["SUBTIDE_LIMITS__THREADS"] == limits["cpus"]
