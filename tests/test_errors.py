"""The error tree: what callers rely on, whatever the class."""

import inspect
import pickle
import re

import pytest

from subtide import errors
from subtide.errors import RetryLater, ServerStarting, SubtideError

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, SubtideError)
]
each_class = pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)


@each_class
def test_an_error_crosses_a_process_boundary_with_its_texts(kind: type[SubtideError]) -> None:
    sent = kind("the film is gone", "scan the library")
    got = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes
    assert type(got) is kind
    assert (got.what, got.fix, str(got)) == (sent.what, sent.fix, str(sent))


@each_class
def test_an_error_says_what_happened_and_how_to_mend_it(kind: type[SubtideError]) -> None:
    assert str(kind("the film is gone", "scan the library")) == (
        "the film is gone — scan the library"
    )
    assert str(kind("the film is gone")) == "the film is gone"


@pytest.mark.parametrize("after", [None, 0.0, 120.0])
def test_a_delay_crosses_a_process_boundary(after: float | None) -> None:
    got = pickle.loads(pickle.dumps(ServerStarting("starting", after=after)))  # noqa: S301
    assert got.after == (ServerStarting.delay if after is None else after)


def test_every_error_to_retry_waits_a_while() -> None:
    waits = {kind: kind("x").after for kind in CLASSES if issubclass(kind, RetryLater)}
    assert len(waits) > 5
    assert all(wait > 0 for wait in waits.values())


def test_the_code_word_of_each_class_is_its_own() -> None:
    codes = [kind("x").code for kind in CLASSES]
    assert len(set(codes)) == len(CLASSES)
    assert errors.KeyRejected("x").code == "key-rejected"
    assert errors.NoUsableAudio("x").code == "no-usable-audio"


def tree() -> dict[str, str]:
    """Read the drawing in the module's docstring: each class under its parent."""
    parents: dict[int, str] = {}
    drawn = {}
    for line in (errors.__doc__ or "").splitlines():
        name = re.match(r"(?P<branches>[ │├└─]{4,})(?P<name>[A-Z]\w+)", line)
        if name:
            depth = len(name["branches"])
            parents[depth] = name["name"]
            above = [parents[d] for d in sorted(parents) if d < depth]
            drawn[name["name"]] = above[-1] if above else ""
            parents = {d: known for d, known in parents.items() if d <= depth}
    return drawn


def test_the_drawn_tree_is_the_tree() -> None:
    real = {kind.__name__: kind.__base__.__name__ for kind in CLASSES if kind.__base__}
    assert tree() == {**real, "SubtideError": ""}


@each_class
def test_every_class_says_what_it_means(kind: type[SubtideError]) -> None:
    assert inspect.cleandoc(kind.__doc__ or "").endswith(".")
