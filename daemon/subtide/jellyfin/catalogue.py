"""Jellyfin's endpoint catalogue over our transport: what it names is called by its name."""

import logging
from collections.abc import Mapping
from typing import cast

from jellyfin_apiclient_python.api import API

from subtide.jellyfin import routes
from subtide.jellyfin.answers import Answer

# Importing the package hangs a handler that prints to standard output on this logger.
logging.getLogger("Jellyfin").handlers.clear()


class Catalogue(API):  # type: ignore[misc]  # the package has no types
    """The catalogue's generic doors, typed; every call passes dictionaries of its own.

    The package's request dictionaries are mutable defaults, shared by all its callers.
    """

    def public_info(self) -> Answer:
        """Ask who answers; tried once, because whoever asks this waits by its own clock."""
        return self._ask("GET", routes.PUBLIC_INFO, retry=0)

    def info(self) -> Answer:
        """Ask whether the key is good; tried once."""
        return self._ask("GET", routes.INFO, retry=0)

    def list_items(self, query: Mapping[str, str]) -> Answer:
        """List items by a query of ``routes``."""
        return cast("Answer", self.items(params=dict(query)))

    def libraries(self) -> Answer:
        """List the libraries with their options."""
        return cast("Answer", self.virtual_folders())

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Read a path of ``routes``."""
        return cast("Answer", self._get(path, dict(params or {})))

    def post(
        self, path: str, json: object = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        """Post to a path of ``routes``."""
        return cast("Answer", self._post(path, json, dict(params or {})))

    def delete(self, path: str) -> Answer:
        """Delete a path of ``routes``."""
        return cast("Answer", self._delete(path))

    def _ask(self, method: str, path: str, retry: int) -> Answer:
        return cast("Answer", self._http(method, path, {"retry": retry}))
