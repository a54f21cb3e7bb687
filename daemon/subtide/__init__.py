"""Subtide: the subtitle companion of a Jellyfin server."""

import os

__version__ = "0.1.0"

# onnxruntime sends telemetry unless this is set before it is imported, in any of our processes.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
