"""Other languages inside a film: which parts of a window are in one of them.

A model that is told the film's language leaves a foreign sentence out, or makes up something
like it. So the parts of a doubtful window are asked one by one what language they are in.
Imported in child processes only.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby

from subtide.asr.engine import Segment
from subtide.asr.speech import Span
from subtide.asr.tiers import Tier
from subtide.languages import Language
from subtide.subtitles.cues import Word

SURE = 0.8
"""Probability from which a part is believed to be in another language, which leaves the film's
0.2 at most. Of 27 clips of one to five seconds, base was wrong on 4, at 0.55 at most; 20 of the
others lie above 0.8."""

LEAST = 1.5
"""Seconds of speech that a part needs: shorter ones are names and exclamations."""

ALIKE = ({"nb", "no", "nn"}, {"bs", "hr", "sr"}, {"hi", "ur"}, {"id", "ms"})
"""Languages that Whisper tells apart, but hardly an ear: none is foreign to its neighbour."""

Run = tuple[float, float, Language]
"""A stretch of a window, in seconds, and the language that is spoken in it."""


def language_of(heard: Mapping[Language, float], film: Language) -> Language:
    """Return the language of a part by the model's probabilities: the film's, unless sure."""
    best = max(heard, key=lambda language: heard[language], default=film)
    return best if heard.get(best, 0.0) >= SURE and best.base not in _alike(film) else film


def film_share(heard: Mapping[Language, float], film: Language) -> float:
    """Return the probability that the film's language is spoken, or one that sounds like it."""
    alike = _alike(film)
    return sum(share for language, share in heard.items() if language.base in alike)


def suspect(part: Span, heard: Sequence[Segment], tier: Tier) -> bool:
    """Whether a part of a window has no words, or such as the model hardly believes in."""
    sure = [word.probability for one in heard for word in one.words if _inside(word, part)]
    if not sure:
        return part[1] - part[0] > tier.unheard
    return sum(sure) / len(sure) < tier.weak


def runs(parts: Sequence[tuple[Span, Language | None]], film: Language) -> tuple[Run, ...]:
    """Join a window's parts, in order, to runs of one language.

    A part whose language is not known is of the film's, but between two of one other language
    it is of that one.
    """
    known = [language or _around(parts, n) or film for n, (_, language) in enumerate(parts)]
    spans = [span for span, _ in parts]
    return tuple(
        (spans[numbers[0]][0], spans[numbers[-1]][1], language)
        for language, numbers in _grouped(known)
    )


def _grouped(known: Sequence[Language]) -> Iterator[tuple[Language, list[int]]]:
    for language, numbers in groupby(range(len(known)), key=lambda n: known[n]):
        yield language, list(numbers)


def _around(parts: Sequence[tuple[Span, Language | None]], number: int) -> Language | None:
    before = next((known for _, known in reversed(parts[:number]) if known), None)
    after = next((known for _, known in parts[number + 1 :] if known), None)
    return before if before == after else None


def _alike(film: Language) -> AbstractSet[str]:
    return next((group for group in ALIKE if film.base in group), {film.base})


def _inside(word: Word, part: Span) -> bool:
    return part[0] <= (word.start + word.end) / 2 <= part[1]
