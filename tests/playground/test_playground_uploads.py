"""Uploads in the playground: what is saved, where, and when it is seen."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OpenPlayground

from subtide.playground.flavour import V10_10, V10_11, V10_11_7, V12, Flavour
from subtide.playground.server import Playground
from subtide.playground.tree import Library, libraries_below
