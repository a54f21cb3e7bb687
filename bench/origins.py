"""People's subtitles, made by rule: one that keeps every limit, and others that each break one."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bench.sentences import sentences
from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for
from subtide.subtitles.lines import wrap

COUNT = 60
"""Cues of each."""
SECONDS, GAP = 4.5, 0.5
ENGLISH = Language("en")


def _tidy() -> list[Cue]:
    """Two lines, time to read, time between."""
    limits = limits_for(ENGLISH)
    wrapped = (wrap(text, limits, ENGLISH) for text in sentences(3 * COUNT))
    texts = [text for text in wrapped if text][:COUNT]
    period = SECONDS + GAP
    return [Cue(n * period, n * period + SECONDS, text) for n, text in enumerate(texts)]


def _one_line() -> list[Cue]:
    return [replace(cue, text=cue.text.replace("\n", " ")) for cue in _tidy()]


def _three_lines() -> list[Cue]:
    return [replace(cue, text=_in_three(cue.text)) for cue in _tidy()]


def _in_three(text: str) -> str:
    words = text.split()
    third = len(words) // 3
    parts = words[:third], words[third : 2 * third], words[2 * third :]
    return "\n".join(" ".join(part) for part in parts)


def _lasting(seconds: float) -> list[Cue]:
    return [replace(cue, end=cue.start + seconds) for cue in _tidy()]


def _standing() -> list[Cue]:
    return [replace(cue, start=2 * cue.start, end=2 * cue.start + 9.0) for cue in _tidy()]


def _hurried() -> list[Cue]:
    """One after another, as fast as 25 characters a second."""
    at, cues = 0.0, []
    for cue in _tidy():
        seconds = len(cue.text) / 25
        cues.append(replace(cue, start=at, end=at + seconds))
        at += seconds + 0.1
    return cues


ORIGINS: Mapping[str, Callable[[], list[Cue]]] = {
    "within every limit": _tidy,
    "one long line": _one_line,
    "three lines": _three_lines,
    "cues that flash": lambda: _lasting(0.5),
    "cues that stand for 9 s": _standing,
    "cues that touch": lambda: _lasting(SECONDS + GAP),
    "cues that overlap": lambda: _lasting(SECONDS + GAP + 0.4),
    "hurried": _hurried,
}
"""By what is wrong with it."""
