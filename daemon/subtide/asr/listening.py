"""One block being heard: all its windows at once, the doubtful ones again.

Batched decoding has no fallback and no thresholds, and loses what follows its last time stamp;
so windows that came out guessed, repeating or with speech unheard are decoded again, alone and
with care. Parts of them that are in another language are decoded in that. Imported in child
processes only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from subtide.asr.codes import to_whisper
from subtide.asr.decoding import Asking, Decoder, Heard
from subtide.asr.engine import Progress, Segment
from subtide.asr.foreign import LEAST, Run, film_share, language_of, runs, suspect
from subtide.asr.hallucinations import looping, spoken, unsure
from subtide.asr.mixdown import RATE, Samples
from subtide.asr.speech import Span, SpeechMap
from subtide.asr.windows import cut_windows, longest_unheard
from subtide.languages import Language


@dataclass(frozen=True, slots=True)
class Block:
    """One block's samples, and how they are to be heard."""

    samples: Samples
    speech: SpeechMap
    film: Language
    """What is spoken in most of the film."""
    asking: Asking
    names: frozenset[str]
    """The words that the model is told beforehand, without case."""

    def part(self, span: Span) -> Samples:
        """Return the samples of a span of seconds."""
        return self.samples[round(span[0] * RATE) : round(span[1] * RATE)]


def hear(decoder: Decoder, block: Block, progress: Progress) -> Iterator[Segment]:
    """Yield the segments that somebody said, window by window.

    The words of another language than the film's say which. Raises RetryLater when memory is
    too short.
    """
    windows = cut_windows(block.speech, block.samples)
    for heard in decoder.batches(block.samples, windows, block.asking, progress):
        yield from spoken(_best(decoder, block, heard), block.speech, block.names)


def _best(decoder: Decoder, block: Block, heard: Heard) -> Sequence[Segment]:
    """Return a window's segments: those of the batch, or better ones where it is doubtful."""
    window, segments, _ = heard
    if found := _runs(decoder, block, heard):
        return [segment for run in found for segment in _in_its_language(decoder, block, run)]
    # Names that the model was told may be all it says, and hide that nobody speaks.
    asking = replace(block.asking, names="")
    if looping(segments) or any(unsure(one, asking.tier.doubt) for one in segments):
        return decoder.careful(block.samples, window, asking)
    lost = longest_unheard(window, segments, block.speech)
    if lost > asking.tier.unheard:
        again = spoken(decoder.careful(block.samples, window, asking), block.speech, block.names)
        return again if longest_unheard(window, again, block.speech) < lost else segments
    return segments


def _runs(decoder: Decoder, block: Block, heard: Heard) -> tuple[Run, ...]:
    """Return the stretches of a window by their language; none where all is the film's."""
    window, _, shares = heard
    if not shares:
        return ()
    parts = block.speech.within(*window)
    known = [_known(decoder, block, heard, part) for part in parts]
    if all(language in (None, block.film) for language in known):
        return ()
    return runs(list(zip(parts, known, strict=True)), block.film)


def _known(decoder: Decoder, block: Block, heard: Heard, part: Span) -> Language | None:
    """Return what language a part of a window is in; None where it is too short to say.

    Only doubtful parts are asked about: each costs as much as a window.
    """
    _, segments, shares = heard
    if part[1] - part[0] < LEAST:
        return None
    sure = film_share(shares, block.film) >= block.asking.tier.certain
    if sure and not suspect(part, segments, block.asking.tier):
        return block.film
    return language_of(decoder.languages(block.part(part)), block.film)


def _in_its_language(decoder: Decoder, block: Block, run: Run) -> list[Segment]:
    start, end, language = run
    asking, tag = block.asking, ""
    if language != block.film:
        asking, tag = replace(asking, code=to_whisper(language), names=""), language.tag
    found = decoder.careful(block.samples, (start, end), asking)
    return [
        replace(one, words=tuple(replace(word, language=tag) for word in one.words))
        for one in (() if looping(found) else found)
    ]
