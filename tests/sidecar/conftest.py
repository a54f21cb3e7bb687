"""The image's cpu target, built once for all tests of this room."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from chroot import allowed_context, build
from container import Image, docker_answers, docker_build
from dockerfile import read

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    stages = read(REPOSITORY / "Dockerfile")
    if docker_answers():
        checks = [i for i in stages["runtime"].instructions if i.word == "HEALTHCHECK"]
        yield docker_build(REPOSITORY, "cpu", checks[-1].argv())
        return
    with tempfile.TemporaryDirectory(prefix="subtide-image-") as name:
        work = Path(name)
        context = allowed_context(REPOSITORY, work / "context")
        yield build(stages, "cpu", context, work / "stages")
