"""Subtide: the subtitle companion of a Jellyfin server."""

__version__ = "0.1.0"
