"""Where the value of a setting came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from subtide.settings.tree import Settings


class Layer(StrEnum):
    """Where a value came from, lowest first."""

    DEFAULT = "default"
    CONFIG = "config.yaml"
    OVERRIDE = "runtime override"
    ENVIRONMENT = "environment"
    SECRET = "secret file"  # noqa: S105 - a layer's name


@dataclass(frozen=True)
class Loaded:
    """The settings, and where each value that is no default came from."""

    settings: Settings
    origins: Mapping[tuple[str, ...], tuple[Layer, str]]
    """Path of a value to its layer and the place in it (a line, a variable, a file)."""

    def origin(self, path: tuple[str, ...]) -> tuple[Layer, str]:
        """Return the layer of a value, or of what it stands in, and the place in that layer."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return Layer.DEFAULT, ""
