"""compose.yaml says what the settings, the entrypoint and the Dockerfile understand."""

from pathlib import Path
from typing import Any

import pytest
from dockerfile import read
from ruamel.yaml import YAML

from subtide.settings import SECRETS_VARIABLE, Layer, load

MEDIA = "${MEDIA}"


@pytest.fixture
def compose(repository: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(repository / "compose.yaml")
    return document


@pytest.fixture
def service(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]["subtide"]
    return found


def test_its_settings_and_its_secret_are_ours(service: dict[str, Any], tmp_path: Path) -> None:
    for name in service["secrets"]:
        (tmp_path / name).write_text("0123456789abcdef", encoding="ascii")
    ours = {k: v for k, v in service["environment"].items() if k.startswith("SUBTIDE_")}
    loaded = load(environ=ours | {SECRETS_VARIABLE: str(tmp_path)})
    home = loaded.settings.servers["home"]
    assert home.url == "http://jellyfin:8096"
    assert home.key.get_secret_value() == "0123456789abcdef"
    assert loaded.origins["servers", "home", "key"][0] is Layer.SECRET


def test_every_secret_comes_from_a_file(compose: dict[str, Any], service: dict[str, Any]) -> None:
    assert all(compose["secrets"][name]["file"] for name in service["secrets"])


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
