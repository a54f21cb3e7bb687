"""Settings: one frozen tree, merged from layers, where every value knows its origin.

From lowest to highest: the default in tree.py, config.yaml, a runtime override, a SUBTIDE_
environment variable, a secret file that Subtide keeps in the data folder, one in /run/secrets.
``servers`` is a mapping by name, so that ``SUBTIDE_SERVERS__HOME__URL`` and a secret file
``subtide_servers__home__key`` reach into it.
Unknown keys and unknown SUBTIDE_ variables are errors that name the place.
"""

from subtide.settings.layers import CONFIG_VARIABLE, DEFAULT_CONFIG, load
from subtide.settings.origin import Layer, Loaded
from subtide.settings.secrets import (
    PREFIX,
    SECRETS_VARIABLE,
    keep_secret,
    secret_file,
    variable_of,
)
from subtide.settings.tree import (
    Chat,
    Limits,
    Models,
    PathMapping,
    Policy,
    Rule,
    Scan,
    Server,
    Settings,
    Speech,
    When,
)

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_CONFIG",
    "PREFIX",
    "SECRETS_VARIABLE",
    "Chat",
    "Layer",
    "Limits",
    "Loaded",
    "Models",
    "PathMapping",
    "Policy",
    "Rule",
    "Scan",
    "Server",
    "Settings",
    "Speech",
    "When",
    "keep_secret",
    "load",
    "secret_file",
    "variable_of",
]
