"""Unpack a zstd file, as a process of its own: ``python -m subtide.models.unpack FROM TO``.

Foreign native code reads foreign bytes here, so a crash or a panic ends this process alone.
"""

import sys
from pathlib import Path

from fxtranslate import discovery


def main() -> None:
    """Unpack argument one to argument two; the caller checks the hash."""
    packed, unpacked = (Path(argument) for argument in sys.argv[1:])
    unpacked.write_bytes(discovery.verify_and_decompress(packed.read_bytes()))


if __name__ == "__main__":
    main()
