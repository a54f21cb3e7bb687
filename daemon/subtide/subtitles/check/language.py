"""The language of a text, voted on in parts: half a film in another language is found too."""

from collections.abc import Iterator, Sequence

from subtide.languages import Language
from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.check.report import Facts, Finding, Identify, Kind, Measure
from subtide.subtitles.cues import Cue

ENOUGH_TEXT = {False: 200, True: 60}
"""Characters from which the language of a text is judged; fewer where words have no blanks."""
SURE = 0.9
"""Probability from which a contrary vote counts."""
HOLDS = 0.5
"""The share of a text in another language that holds it whatever the rest is like."""

CONFUSED: tuple[frozenset[str], ...] = (
    frozenset({"no", "nb", "nn", "da", "sv"}),
    frozenset({"hr", "sr", "bs", "sl"}),
    frozenset({"id", "ms", "jv"}),
    frozenset({"pt", "gl", "es"}),
    frozenset({"ca", "oc", "es"}),
    frozenset({"cs", "sk"}),
    frozenset({"nl", "af"}),
    frozenset({"ru", "uk", "be", "bg"}),
    frozenset({"hi", "mr", "ne"}),
    frozenset({"fa", "ps", "ur"}),
    frozenset({"zh", "yue"}),
    frozenset({"fil", "tl"}),
)
"""Base languages that are taken for each other in a few lines, so that a vote between them on a
part proves nothing. On the whole text only the closest are."""
CLOSEST: tuple[frozenset[str], ...] = (
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"hr", "sr", "bs"}),
    frozenset({"id", "ms"}),
    frozenset({"pt", "gl"}),
    frozenset({"cs", "sk"}),
    frozenset({"nl", "af"}),
    frozenset({"zh", "yue"}),
    frozenset({"fil", "tl"}),
)
"""Those that are taken for each other even in a whole film."""

PARTS = Measure(clean=0.1, bad=0.4, weight=0.7)
"""Share of the text in another language. Passages in one that the film is not in are marked, and
left out."""


def language(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Vote on the language of the whole text, and of its parts."""
    if facts.identify is None:
        return
    own = [(place, cue) for place, cue in enumerate(cues) if not cue.language]
    enough = ENOUGH_TEXT[facts.language.base in UNSPACED]
    whole = " ".join(cue.plain for _, cue in own)
    if len(whole) < enough:
        return
    other = _other(whole, facts.language, facts.identify, CLOSEST)
    if other:
        said, probability = other
        text = f"the text is {said.name} ({probability:.0%} sure), not {facts.language.name}"
        yield Finding(Kind.LANGUAGE, text, 1.0, holds=True)
        return
    yield from _by_parts(own, facts.language, facts.identify, enough)


def _by_parts(
    own: Sequence[tuple[int, Cue]], expected: Language, identify: Identify, enough: int
) -> Iterator[Finding]:
    wrong: list[int] = []
    size, names = 0, set()
    for part in _parts(own, enough):
        text = " ".join(cue.plain for _, cue in part)
        other = _other(text, expected, identify, CONFUSED)
        if other:
            wrong += [place for place, _ in part]
            size += len(text)
            names.add(other[0].name)
    if wrong:
        share = min(1.0, size / sum(len(cue.plain) for _, cue in own))
        text = f"{share:.0%} of the text is in another language ({', '.join(sorted(names))})"
        cost, holds = PARTS.cost(share), share >= HOLDS
        yield Finding(Kind.LANGUAGE, text, cost, tuple(wrong), holds=holds)


def _parts(own: Sequence[tuple[int, Cue]], enough: int) -> Iterator[list[tuple[int, Cue]]]:
    """Yield cues in order, by as many as have enough text; what is left at the end is not."""
    part: list[tuple[int, Cue]] = []
    size = 0
    for place, cue in own:
        part.append((place, cue))
        size += len(cue.plain)
        if size >= enough:
            yield part
            part, size = [], 0


def _other(
    text: str, expected: Language, identify: Identify, alike: Sequence[frozenset[str]]
) -> tuple[Language, float] | None:
    """Return a language that the text surely is in, when it is not the expected one."""
    found, probability = identify(text.replace("\n", " "))
    if found is None or probability < SURE or found.base == expected.base:
        return None
    if any({found.base, expected.base} <= group for group in alike):
        return None
    return found, probability
