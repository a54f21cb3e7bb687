"""Run the stand-in as a process of its own: ``python -m subtide.playground FOLDER``.

It prints one line of JSON with its address and API key, and ends when standard input does,
so that it never outlives the one that started it.
"""

import json
import sys
from pathlib import Path

from subtide.playground.server import Playground

if __name__ == "__main__":
    with Playground(Path(sys.argv[1])) as server:
        sys.stdout.write(json.dumps({"url": server.url, "key": server.key}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
