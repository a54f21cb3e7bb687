"""Drop what a speech model says when nobody speaks.

Whisper fills silence, music and noise with phrases from its training, or repeats itself.
Batched decoding ignores every threshold of its own, so they are applied here.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from subtide.asr.engine import SHORTEST, Segment
from subtide.asr.speech import SpeechMap
from subtide.subtitles.madeup import MADE_UP, normal

NO_SPEECH = 0.6
LOGPROB = -1.0
"""Beyond both, a segment is silence: the thresholds of Whisper's own paper and code."""

COMPRESSION = 2.4
"""Above this the text repeats itself; the threshold is Whisper's own too."""

PILED = 0.3
"""Share of a window's words that have no time of their own, from which what repeats itself is
made up. Of what tiny.en and base heard in choruses and chants, right words had 0.18 at most, and
loops 0.4 at least; over a tone and voices that cannot be understood, loops had 0.6."""

LITTLE_SPEECH = 0.4
"""A known phrase, or one of nothing but names, needs more of its time to be speech than this."""

UNSURE = 0.5
"""A known phrase's words have to be surer than this in the mean."""

BELIEVED = 0.1
"""Any phrase's words have to be: silence came out at 0.09 at most after names that the model was
told, and Italian heard as English at 0.25."""

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
    segments: Sequence[Segment], speech: SpeechMap, names: AbstractSet[str] = frozenset()
) -> tuple[Segment, ...]:
    """Return the segments of a window that somebody said. Times of both are on the same clock.

    ``names``: the words, without case, that the model was told before.
    """
    if looping(segments):
        return ()
    return tuple(segment for segment in segments if not hallucinated(segment, speech, names))


def hallucinated(
    segment: Segment, speech: SpeechMap, names: AbstractSet[str] = frozenset()
) -> bool:
    """Whether a segment is silence, mere marks, or a known phrase in little speech.

    Nothing but names that the model was told is such a phrase too.
    """
    text = normal(segment.text)
    return (
        not (segment.words and text)
        or _silent(segment)
        or _sure(segment) < BELIEVED
        or (text in PHRASES and (_unspoken(segment, speech) or _sure(segment) < UNSURE))
        or (names >= set(text.split()) and _echo(segment, speech))
    )


def void(segment: Segment) -> bool:
    """Whether a segment is silence or a loop, by what the model itself says of it.

    For segments without the times of words; with those, ``looping`` tells better.
    """
    return _silent(segment) or segment.compression > COMPRESSION


def looping(segments: Sequence[Segment]) -> bool:
    """Whether a window repeats itself without anyone having said so.

    A model that goes round in circles says more than there is time for, so that the words pile
    up on single moments. That it says the same when asked again proves nothing; and a chorus
    that was heard as it is may come out as a loop then.
    """
    words = [word for segment in segments for word in segment.words]
    piled = sum(word.end - word.start < SHORTEST for word in words)
    repeats = any(segment.compression > COMPRESSION for segment in segments)
    return repeats and piled >= PILED * len(words)


def guessed(segment: Segment, doubt: float = LOGPROB) -> bool:
    """Whether the window of this segment is worth decoding again, with more care.

    For segments without the times of words. ``doubt`` is as for ``unsure``.
    """
    return unsure(segment, doubt) or segment.compression > COMPRESSION


def unsure(segment: Segment, doubt: float = LOGPROB) -> bool:
    """Whether the mean log probability of a segment's window is below ``doubt``."""
    return segment.logprob < doubt


def _silent(segment: Segment) -> bool:
    return segment.no_speech > NO_SPEECH and segment.logprob < LOGPROB


def _unspoken(segment: Segment, speech: SpeechMap) -> bool:
    little = speech.share(segment.start, segment.end) < LITTLE_SPEECH
    return little or segment.no_speech > NO_SPEECH


def _echo(segment: Segment, speech: SpeechMap) -> bool:
    # After names, what the model says of speech is worth little: music came out at 0.08.
    return _unspoken(segment, speech) or segment.logprob < LOGPROB


def _sure(segment: Segment) -> float:
    return sum(word.probability for word in segment.words) / len(segment.words)
