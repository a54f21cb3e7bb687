"""Pivot: from one language to another through a third, where no model leads there directly."""

from collections.abc import Sequence

from subtide.mt.engine import Line, TranslationEngine
from subtide.mt.guard import line_faults, usable


class PivotEngine:
    """Two engines as one: what the first writes, the second reads."""

    def __init__(self, first: TranslationEngine, second: TranslationEngine) -> None:
        """The second reads the language that the first writes."""
        same = first.name == second.name
        self.name = first.name if same else f"{first.name}+{second.name}"
        self.source = first.source
        self.target = second.target
        self.batch = min(first.batch, second.batch)
        self._first = first
        self._second = second

    def translate(self, lines: Sequence[Line], *, script: Sequence[Line] = ()) -> list[Line]:
        """Translate twice; a line that fails its guard half-way is left out."""
        between = (self._first.source, self._first.target)
        sources = {line.id: line for line in lines}
        halves = unique(self._first.translate(lines, script=script))
        middle = [
            Line(name, text, line.start, line.end)
            for name, line in sources.items()
            if (text := halves.get(name)) is not None
            and usable(line_faults(line.text, text, between))
        ]
        return self._second.translate(middle, script=middle) if middle else []


def unique(replies: Sequence[Line]) -> dict[int, str]:
    """Return the texts of replies by id; two under one id are none."""
    texts: dict[int, str] = {}
    doubled = set()
    for reply in replies:
        if reply.id in texts:
            doubled.add(reply.id)
        texts[reply.id] = " ".join(reply.text.split())
    return {name: text for name, text in texts.items() if name not in doubled}
