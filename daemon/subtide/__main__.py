"""``python -m subtide`` is the subtide command."""

from subtide.cli import main

main()
