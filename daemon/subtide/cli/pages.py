"""Writes the files that are made from the code: ``python -m subtide.cli.pages`` at the root."""

from pathlib import Path

from subtide.cli import cli
from subtide.cli.reference import commands, example, reference
from subtide.web.manifest import manifest


def pages() -> dict[str, str]:
    """Return each file's path below the repository's root, and its text."""
    return {
        "config.yaml.example": example(),
        "docs/reference/settings.md": reference(),
        "docs/reference/commands.md": commands(cli),
        "plugin-manifest/manifest.json": manifest(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
