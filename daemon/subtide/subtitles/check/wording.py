"""The words themselves: loops, doubtful ones, and what models are known to make up."""

from collections import Counter
from collections.abc import Iterator, Sequence

from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.check.report import (
    FEW_CUES,
    FEW_WORDS,
    Facts,
    Finding,
    Kind,
    Measure,
)
from subtide.subtitles.cues import Cue
from subtide.subtitles.madeup import MADE_UP, normal

PHRASE = {False: 5, True: 8}
"""Words that are hardly said twice in a row by chance; characters where no blanks part words."""
BACK = {False: 60, True: 120}
"""How many words, or characters, back a phrase counts as said just before."""
MOSTLY = 0.5
"""The share of a cue's words that makes the cue one of a loop."""
DOUBT = 0.4
"""A cue whose words have a lower mean probability is worth a look."""

LOOPS = Measure(clean=0.06, bad=0.35, weight=0.8)
"""Share of the words, or of the cues, that were said in the same way just before; choruses and
refrains are a few hundredths of a film."""
DOUBTFUL = Measure(clean=0.68, bad=0.5, weight=0.7)
"""Mean probability of the words: good transcripts have 0.75 to 0.95, those by a model that
does not know the language less than one half."""
PHRASES = Measure(clean=0.0, bad=0.2, weight=0.8)
"""Share of the cues that are nothing but a made-up phrase."""


def loops(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find phrases that come again and again."""
    chars = facts.language.base in UNSPACED
    tokens = [(t, place) for place, cue in enumerate(cues) for t in _tokens(cue, chars=chars)]
    again = _repeated([token for token, _ in tokens], PHRASE[chars], BACK[chars])
    if not again:
        return
    counts = Counter(tokens[position][1] for position in again)
    sizes = Counter(place for _, place in tokens)
    places = tuple(p for p in sorted(counts) if counts[p] >= MOSTLY * sizes[p])
    # A loop of short cues is few of the words.
    share = max(len(again) / len(tokens), len(places) / len(cues))
    weighed = max(
        len(again) / max(FEW_WORDS, len(tokens)),
        len(places) / max(FEW_CUES, len(cues)),
    )
    text = f"{share:.0%} of the text repeats what was said just before"
    yield Finding(Kind.LOOPS, text, LOOPS.cost(weighed), places)


def doubtful(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find out how sure the recogniser was."""
    words = facts.words
    if not words:
        return
    mean = sum(word.probability for word in words) / len(words)
    cost = DOUBTFUL.cost(mean) * min(1.0, len(words) / FEW_WORDS)
    places = tuple(p for p, sure in _sureness(cues, facts) if sure < DOUBT)
    text = f"the words are {mean:.0%} sure in the mean; {len(places)} cues are doubtful"
    yield Finding(Kind.DOUBTFUL, text, round(cost, 3), places)


def phrases(cues: Sequence[Cue], _facts: Facts) -> Iterator[Finding]:
    """Find cues that are a phrase of video platforms, or of makers of subtitles."""
    places = tuple(p for p, cue in enumerate(cues) if normal(cue.plain) in MADE_UP)
    share = len(places) / (len(cues) if len(places) == len(cues) else max(FEW_CUES, len(cues)))
    text = f"{len(places)} cues hold what speech models make up, such as thanks for watching"
    yield Finding(Kind.PHRASES, text, PHRASES.cost(share), places)


def _tokens(cue: Cue, *, chars: bool) -> list[str]:
    words = normal(cue.plain).split()
    return list("".join(words)) if chars else words


def _repeated(tokens: Sequence[str], size: int, back: int) -> set[int]:
    """Return the places of tokens that belong to a phrase said at most ``back`` tokens before."""
    seen: dict[tuple[str, ...], int] = {}
    again: set[int] = set()
    for place in range(len(tokens) - size + 1):
        phrase = tuple(tokens[place : place + size])
        before = seen.get(phrase)
        if before is not None and place - before <= back:
            again.update(range(place, place + size))
        seen[phrase] = place
    return again


def _sureness(cues: Sequence[Cue], facts: Facts) -> Iterator[tuple[int, float]]:
    """Yield the mean probability of the words that begin in each cue that has any."""
    words, first = facts.words, 0
    for place, cue in enumerate(cues):
        while first < len(words) and words[first].end <= cue.start:
            first += 1
        sure = []
        for word in words[first:]:
            if word.start >= cue.end:
                break
            sure.append(word.probability)
        if sure:
            yield place, sum(sure) / len(sure)
