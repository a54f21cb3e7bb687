"""Drop what a speech model says when nobody speaks.

Whisper fills silence, music and noise with phrases from its training, or repeats itself.
Batched decoding ignores every threshold of its own, so they are applied here.
"""

from collections.abc import Iterable

from subtide.asr.engine import Segment
from subtide.asr.speech import SpeechMap

NO_SPEECH = 0.6
LOGPROB = -1.0
"""Beyond both, a segment is silence: the thresholds of Whisper's own paper and code."""

COMPRESSION = 2.4
"""Above this the text repeats itself; the threshold is Whisper's own too."""

LITTLE_SPEECH = 0.4
"""A known phrase needs more of its time to be speech than this, or more of the others' trust."""

UNSURE = 0.5
"""A known phrase's words have to be surer than this in the mean."""

PHRASES = frozenset(
    {
        "amara org",
        "altyazi m k",
        "bye",
        "bye bye",
        "legendas pela comunidade amara org",
        "like and subscribe",
        "napisy stworzone przez społeczność amara org",
        "please subscribe",
        "please subscribe to my channel",
        "see you next time",
        "see you in the next video",
        "sottotitoli creati dalla comunità amara org",
        "sous titres réalisés par la communauté d amara org",
        "subscribe",
        "subtitles by the amara org community",
        "subtítulos realizados por la comunidad de amara org",
        "thank you",
        "thank you for watching",
        "thank you so much for watching",
        "thank you very much",
        "thanks for watching",
        "ondertitels ingediend door de amara org gemeenschap",
        "untertitel der amara org community",
        "untertitel im auftrag des zdf für funk 2017",
        "you",
        "ご視聴ありがとうございました",
        "字幕由amara org社区提供",
        "продолжение следует",
        "спасибо за просмотр",
        "시청해주셔서 감사합니다",
    }
)
"""Phrases of video platforms and subtitle makers, without punctuation. People say some of them
too: none is dropped without other signs that nobody speaks."""


def spoken(segments: Iterable[Segment], speech: SpeechMap) -> tuple[Segment, ...]:
    """Return the segments that somebody said. Times of both are on the same clock."""
    return tuple(segment for segment in segments if not hallucinated(segment, speech))


def hallucinated(segment: Segment, speech: SpeechMap) -> bool:
    """Whether a segment is silence, a loop, or a known phrase where hardly anyone speaks."""
    return (
        not segment.words
        or (segment.no_speech > NO_SPEECH and segment.logprob < LOGPROB)
        or segment.compression > COMPRESSION
        or (_normal(segment.text) in PHRASES and _doubtful(segment, speech))
    )


def guessed(segment: Segment) -> bool:
    """Whether the window of this segment is worth decoding again, with more care."""
    return segment.logprob < LOGPROB or segment.compression > COMPRESSION


def _doubtful(segment: Segment, speech: SpeechMap) -> bool:
    sure = sum(word.probability for word in segment.words) / len(segment.words)
    return (
        speech.share(segment.start, segment.end) < LITTLE_SPEECH
        or segment.no_speech > NO_SPEECH
        or sure < UNSURE
    )


def _normal(text: str) -> str:
    kept = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return " ".join(kept.split())
