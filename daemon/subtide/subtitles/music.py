"""Music: the signs that stand around sung words."""

import re

SIGNS = "♩♪♫♬🎵🎶"
"""Signs of music wherever they stand."""
HASHES = "#＃"  # noqa: RUF001 - the full-width one is meant
"""Signs of music only beside a space: ``#1`` and ``#MeToo`` are none."""
OPENS = re.compile(rf"^[\s\-]*(?:[{SIGNS}]|[{HASHES}]\s)")
CLOSES = re.compile(rf"(?:[{SIGNS}]|\s[{HASHES}])\s*$")
"""How sung lines begin and end."""
