"""What faster-whisper heard, as segments and words of our own.

Imported in child processes only.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from subtide.asr.codes import WITHOUT_BLANKS
from subtide.asr.engine import Segment
from subtide.subtitles.cues import Word

TURN = re.compile(r"(?:[-‐–—]|>{2,}|≫)\s*(?!\d)")  # noqa: RUF001 - the dashes that models write
"""What a model writes before another speaker's words; a dash before a digit is a minus."""

SENTENCE_END = tuple('.!?…。！？"”»')  # noqa: RUF001 - of Chinese and Japanese
"""After these a dash begins another speaker's words; elsewhere it breaks off a sentence."""

PAUSE = 0.3
"""Seconds between two phrases."""


def read_segments(found: Iterable[Any], start: float, code: str) -> list[Segment]:
    """Read the segments of one window, whose times begin at ``start`` seconds.

    ``code`` is Whisper's for the language.
    """
    found = list(found)
    repeats = compression("".join(segment.text for segment in found))
    segments = [
        Segment(
            start=float(start + segment.start),
            end=float(start + segment.end),
            text=segment.text.strip(),
            words=mark_turns(_words(segment.words or (), start, code)),
            logprob=float(segment.avg_logprob),
            no_speech=float(segment.no_speech_prob),
            compression=max(repeats, float(segment.compression_ratio)),
        )
        for segment in found
    ]
    return [phrase for segment in segments for phrase in phrases(segment, code)]


def phrases(segment: Segment, code: str) -> list[Segment]:
    """Return the phrases of a segment, parted where a pause follows the end of a sentence.

    What is decoded without time stamps is one segment, however much was said.
    """
    groups: list[list[Word]] = []
    for word in segment.words:
        last = groups[-1][-1] if groups else None
        if last and not (last.text.endswith(SENTENCE_END) and word.start - last.end >= PAUSE):
            groups[-1].append(word)
        else:
            groups.append([word])
    if len(groups) <= 1:
        return [segment]
    blank = "" if code in WITHOUT_BLANKS else " "
    return [
        replace(
            segment,
            start=group[0].start,
            end=group[-1].end,
            text=blank.join(word.text for word in group),
            words=tuple(group),
        )
        for group in groups
    ]


def compression(text: str) -> float:
    """Return how many times smaller zlib makes a text: what repeats itself gets small."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def mark_turns(words: Sequence[Word]) -> tuple[Word, ...]:
    """Take away the dashes of a segment that begin another speaker's words, and mark those."""
    marked: list[Word] = []
    turn, begins = False, True
    for word in words:
        found = TURN.match(word.text) if begins or word.text.startswith(">") else None
        text = word.text[found.end() :] if found else word.text
        turn = turn or bool(found)
        if text:
            marked.append(replace(word, text=text, turn=turn))
            turn, begins = False, text.endswith(SENTENCE_END)
    return tuple(marked)


def _words(found: Iterable[Any], start: float, code: str) -> tuple[Word, ...]:
    """Read a segment's words; parts without a blank before them (3 .5, old -fashioned) join."""
    words: list[Word] = []
    for part in found:
        text, end = part.word.strip(), float(start + part.end)
        sure = min(1.0, float(part.probability))
        if words and not part.word.startswith(" ") and code not in WITHOUT_BLANKS:
            last = words.pop()
            sure = min(sure, last.probability)
            words.append(Word(last.start, end, last.text + text, sure))
        elif text:
            words.append(Word(float(start + part.start), end, text, sure))
    return tuple(words)
