r"""Tags: the inline styles that a cue keeps, in the ways that files write them.

A cue carries those that SubRip players know, as pysubs2 writes them: ``{\i1}`` for i, b, u and
s, ``{\an8}`` for the place, and ``{\rOriginal}`` before a second language.
"""

import re

from subtide.subtitles.cues import TAG

KEPT = re.compile(r"\\(?:[ibus][01]|an[1-9])(?![0-9a-z])")
"""The tags that a cue keeps."""
SECOND_STYLE = "Original"
"""The name of the style of a second language, where a format has styles."""
SECOND = f"{{\\r{SECOND_STYLE}}}"
"""What stands before the line in a second language."""
SECOND_SIZE = 0.8
"""Its size against the first."""
SECOND_GREY = 190
"""Its red, green and blue, 0-255."""
PLACE = re.compile(r"\{\\an[1-9]\}")
STYLE = re.compile(r"(\{\\[ibus][01]\})")


def reduced(text: str) -> str:
    """The text without what a player never shows; a brace that is no tag is text."""
    return TAG.sub(lambda block: kept_of(block[0]), text)


def kept_of(block: str) -> str:
    """The tags of a block that a cue keeps, each in braces of its own."""
    return "".join(f"{{{tag}}}" for tag in KEPT.findall(block))


def html(text: str) -> str:
    """HTML tags for i, b, u and s, each closed in the order that HTML wants.

    A second language is in italics; other tags stay as they are.
    """
    opened: list[str] = []
    written = ""
    for part in STYLE.split(text.replace(SECOND, "{\\i1}")):
        if not STYLE.fullmatch(part):
            written += part
            continue
        name = part[2]
        inner = opened[opened.index(name) :] if name in opened else []
        written += "".join(f"</{tag}>" for tag in reversed(inner))
        opened = opened[: len(opened) - len(inner)] + inner[1:]
        written += "".join(f"<{tag}>" for tag in inner[1:])
        if part[3] == "1":
            opened.append(name)
            written += f"<{name}>"
    return written + "".join(f"</{tag}>" for tag in reversed(opened))
