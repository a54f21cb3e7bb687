"""Settings: one frozen tree, merged from layers, where every value knows its origin.

From lowest to highest: the default in tree.py, config.yaml, a runtime override, a SUBTIDE_
environment variable, a secret file. ``servers`` is a mapping by name, so that
``SUBTIDE_SERVERS__HOME__URL`` and a secret file ``subtide_servers__home__key`` reach into it.
Unknown keys and unknown SUBTIDE_ variables are errors that name the place.
"""

from subtide.settings.layers import (
    CONFIG_VARIABLE,
    DEFAULT_CONFIG,
    PREFIX,
    SECRETS_VARIABLE,
    load,
)
from subtide.settings.origin import Layer, Loaded
from subtide.settings.tree import (
    Models,
    PathMapping,
    Policy,
    Scan,
    Server,
    Settings,
    Speech,
)

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_CONFIG",
    "PREFIX",
    "SECRETS_VARIABLE",
    "Layer",
    "Loaded",
    "Models",
    "PathMapping",
    "Policy",
    "Scan",
    "Server",
    "Settings",
    "Speech",
    "load",
]
