"""Drop what a speech model says when nobody speaks.

Whisper fills silence, music and noise with phrases from its training, or repeats itself.
Batched decoding ignores every threshold of its own, so they are applied here.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from subtide.asr.engine import Segment
from subtide.asr.speech import SpeechMap
from subtide.subtitles.madeup import MADE_UP, normal

NO_SPEECH = 0.6
LOGPROB = -1.0
"""Beyond both, a segment is silence: the thresholds of Whisper's own paper and code."""

COMPRESSION = 2.4
"""Above this the text repeats itself; the threshold is Whisper's own too."""

LITTLE_SPEECH = 0.4
"""A known phrase, or one of nothing but names, needs more of its time to be speech than this."""

UNSURE = 0.5
"""A known phrase's words have to be surer than this in the mean."""

PHRASES = MADE_UP | {
    "bye",
    "bye bye",
    "see you next time",
    "thank you",
    "thank you very much",
    "you",
}
"""Phrases of video platforms and subtitle makers, without punctuation. People say some of them
too: none is dropped without other signs that nobody speaks."""


def spoken(
    segments: Iterable[Segment], speech: SpeechMap, names: AbstractSet[str] = frozenset()
) -> tuple[Segment, ...]:
    """Return the segments that somebody said. Times of both are on the same clock.

    ``names``: the words, without case, that the model was told before.
    """
    return tuple(segment for segment in segments if not hallucinated(segment, speech, names))


def hallucinated(
    segment: Segment, speech: SpeechMap, names: AbstractSet[str] = frozenset()
) -> bool:
    """Whether a segment is silence, a loop, mere marks, or a known phrase in little speech.

    Nothing but names that the model was told is such a phrase too.
    """
    text = normal(segment.text)
    return (
        not (segment.words and text)
        or void(segment)
        or (text in PHRASES and (_unspoken(segment, speech) or _unsure(segment)))
        or (names >= set(text.split()) and _echo(segment, speech))
    )


def void(segment: Segment) -> bool:
    """Whether a segment is silence or a loop, by what the model itself says of it."""
    silent = segment.no_speech > NO_SPEECH and segment.logprob < LOGPROB
    return silent or segment.compression > COMPRESSION


def guessed(segment: Segment, doubt: float = LOGPROB) -> bool:
    """Whether the window of this segment is worth decoding again, with more care.

    ``doubt`` is the mean log probability below which it is.
    """
    return segment.logprob < doubt or segment.compression > COMPRESSION


def _unspoken(segment: Segment, speech: SpeechMap) -> bool:
    little = speech.share(segment.start, segment.end) < LITTLE_SPEECH
    return little or segment.no_speech > NO_SPEECH


def _echo(segment: Segment, speech: SpeechMap) -> bool:
    # After names, what the model says of speech is worth little: music came out at 0.08.
    return _unspoken(segment, speech) or segment.logprob < LOGPROB


def _unsure(segment: Segment) -> bool:
    return sum(word.probability for word in segment.words) / len(segment.words) < UNSURE
