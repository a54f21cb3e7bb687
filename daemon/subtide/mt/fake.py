"""A translation engine without a model, for tests and for trying the way through the house."""

import codecs
from collections.abc import Callable, Sequence

from subtide.languages import Language
from subtide.mt.engine import Line


def rotate(lines: Sequence[Line]) -> list[Line]:
    """Every Latin letter moved by 13: visibly another text, of the same length and numbers."""
    return [Line(line.id, codecs.encode(line.text, "rot13")) for line in lines]


class FakeEngine:
    """Answers with what a function makes of the lines, and remembers what it was asked."""

    def __init__(
        self,
        source: Language,
        target: Language,
        answer: Callable[[Sequence[Line]], list[Line]] = rotate,
        name: str = "fake",
    ) -> None:
        """``answer`` may drop, swap or damage lines, or raise, to stand for a bad engine."""
        self.name = name
        self.source = source
        self.target = target
        self.asked: list[Line] = []
        self._answer = answer

    batch = 16

    def translate(
        self,
        lines: Sequence[Line],
        *,
        script: Sequence[Line] = (),  # noqa: ARG002 - it reads no context
    ) -> list[Line]:
        """What ``answer`` makes of them."""
        self.asked += lines
        return self._answer(lines)
