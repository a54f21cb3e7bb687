"""Forecast: how long this machine would take to make what is missing.

A cost is seconds of work for a second of media. It comes from the jobs that this machine
finished with the settings of now; before there are any, from a sample of speech.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from subtide.jobs.history import Finished, finished
from subtide.library.planning import Options
from subtide.pipeline.plan import Plan, SpeechOptions, TranslationOptions
from subtide.storage.coverage import Count, Standing
from subtide.storage.database import Database
from subtide.storage.samples import Samples

MANY = 10
"""Finished jobs from which a forecast is sure."""
ORIGINS = {"speech": "audio", "text": "text"}
"""The origins of coverage, and what plans call them."""


class Confidence(StrEnum):
    """How sure a forecast is."""

    HIGH = "high"
    """Ten jobs or more were finished here with these settings."""
    MEDIUM = "medium"
    """One was, or a sample of the model was timed."""
    LOW = "low"
    """Nothing is known yet."""


SURENESS = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


@dataclass(frozen=True, slots=True)
class Cost:
    """What media of one kind of origin cost here."""

    rate: float | None
    """Seconds of work for a second of media; None when it is not known."""
    confidence: Confidence
    basis: str
    """What it was learnt from, for people."""

    def of(self, seconds: float) -> float | None:
        """Return the seconds of work for so many seconds of media."""
        return None if self.rate is None else self.rate * seconds


UNKNOWN = Cost(None, Confidence.LOW, "nothing yet")


@dataclass(frozen=True, slots=True)
class Line:
    """What is missing of one kind, and the work that it is."""

    server: str
    library: str
    language: str
    """Empty where all are meant."""
    origin: str
    sources: int
    seconds: float
    """Of media."""
    work: float | None
    """Seconds; None when it is not known."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole of it."""

    lines: tuple[Line, ...]
    """By server, library, language and origin, each as if it were made alone."""
    whole: tuple[Line, ...]
    """By server, library and origin: a source that lacks two languages is heard once."""
    costs: Mapping[str, Cost]
    """By origin."""

    @property
    def sources(self) -> int:
        """Sources that lack something."""
        return sum(line.sources for line in self.whole)

    @property
    def seconds(self) -> float:
        """Of media, of all of them."""
        return sum(line.seconds for line in self.whole)

    @property
    def work(self) -> float | None:
        """Seconds of work for all whose cost is known; None when that is none of them."""
        known = [line.work for line in self.whole if line.work is not None]
        return sum(known) if known or not self.whole else None

    @property
    def unknown(self) -> int:
        """Sources whose cost is not known."""
        return sum(line.sources for line in self.whole if line.work is None)

    @property
    def confidence(self) -> Confidence:
        """How sure the least sure part of ``work`` is."""
        known = [self.costs[line.origin] for line in self.whole if line.work is not None]
        return min((cost.confidence for cost in known), key=SURENESS.index, default=Confidence.LOW)

    @property
    def basis(self) -> str:
        """What ``work`` was learnt from, for people."""
        known = (self.costs[line.origin].basis for line in self.whole if line.work is not None)
        return "; ".join(dict.fromkeys(known)) or UNKNOWN.basis


def forecast(lines: Iterable[Count], whole: Iterable[Count], costs: Mapping[str, Cost]) -> Forecast:
    """Make a forecast of coverage: of ``Coverage.counts`` and of ``Coverage.lacking``."""
    gaps = (count for count in lines if count.standing == Standing.GAP)
    return Forecast(
        tuple(_line(count, costs) for count in gaps),
        tuple(_line(count, costs) for count in whole),
        costs,
    )


def costs_here(database: Database, options: Options, threads: int) -> dict[str, Cost]:
    """Return what each kind of origin costs here with the settings of now.

    ``threads``: those that one model may use.
    """
    speech = [
        one for one in finished(database, ORIGINS["speech"]) if _is_alike(one.plan, options.speech)
    ]
    texts = [
        one
        for one in finished(database, ORIGINS["text"])
        if _translates_alike(one.plan.translation, options.translation)
    ]
    sampled = Samples(database).find(sampled_as(options.speech, threads))
    return {
        "speech": _learnt(speech)
        or (
            Cost(sampled.cost, Confidence.MEDIUM, f"a sample of {options.speech.model}, timed here")
            if sampled
            else UNKNOWN
        ),
        "text": _learnt(texts) or UNKNOWN,
    }


def sampled_as(speech: SpeechOptions, threads: int) -> str:
    """Return the name under which a sample is kept."""
    return f"{speech.model} {speech.tier} {speech.device} {speech.compute_type} {threads}"


def _learnt(jobs: Sequence[Finished]) -> Cost | None:
    told = [one for one in jobs if one.plan.duration > 0]
    if not told:
        return None
    rate = sum(one.work for one in told) / sum(one.plan.duration for one in told)
    count = "the last finished job" if len(told) == 1 else f"the last {len(told)} finished jobs"
    return Cost(rate, Confidence.HIGH if len(told) >= MANY else Confidence.MEDIUM, count)


def _is_alike(plan: Plan, speech: SpeechOptions) -> bool:
    """Whether a job listened with the models and the care of now, on the same device."""
    then = plan.speech
    return (then.model, then.models, then.tier, then.device, then.compute_type) == (
        speech.model,
        speech.models,
        speech.tier,
        speech.device,
        speech.compute_type,
    )


def _translates_alike(then: TranslationOptions, now: TranslationOptions) -> bool:
    """Whether the same engines were asked; tone and glossary, a policy's, cost nothing."""
    return (then.engines, then.models, then.chat, then.pivot) == (
        now.engines,
        now.models,
        now.chat,
        now.pivot,
    )


def _line(count: Count, costs: Mapping[str, Cost]) -> Line:
    return Line(
        server=count.server,
        library=count.library,
        language=count.language,
        origin=count.origin,
        sources=count.sources,
        seconds=count.seconds,
        work=costs[count.origin].of(count.seconds),
    )
