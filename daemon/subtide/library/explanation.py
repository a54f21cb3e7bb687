"""Explanation: why a language is a gap of an item or none, and what is done about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from subtide.errors import SkipSource
from subtide.jellyfin.answers import Library
from subtide.jobs.history import jobs_of
from subtide.jobs.store import JobStore
from subtide.jobs.task import OPEN_JOBS, Job
from subtide.languages import Language
from subtide.library.gaps import Verdict, described
from subtide.library.gate import planned_today
from subtide.library.judging import Finding
from subtide.library.origins import passed_over
from subtide.library.policy import UNREAD, Around, Policy, Rules
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.library.tracks import spoken_tag
from subtide.pipeline.plan import Plan, Target, TextOrigin
from subtide.pipeline.routes import engine_models
from subtide.settings import Settings
from subtide.settings.values import AUTO
from subtide.storage.coverage import Standing
from subtide.storage.database import Database
from subtide.storage.ledger import EntryState
from subtide.storage.outcomes import Outcome, Outcomes
from subtide.storage.releases import Releases, is_open
from subtide.storage.servers import Servers


@dataclass(frozen=True, slots=True)
class Reason:
    """One target of a source, and all that its verdict rests on."""

    verdict: Verdict
    outcome: Outcome | None
    """How it ended last; also one that does not count any more."""
    making: str
    """What it is or would be made from, and by what; empty where nothing is planned."""
    now: str
    """What is being done, or what it waits for; empty where nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One source of an item."""

    finding: Finding
    library: Library
    """``UNREAD`` for one that is not cared for."""
    languages_by: str
    """Who says which languages are wanted."""
    spoken: Language | None
    """As the main audio's tag says."""
    unfit: tuple[str, ...]
    """Texts of it that were tried as an origin and did not do, each with its reason."""
    untold: int
    """Subtitles without a language, which cover nothing."""
    job: Job | None
    """The open one."""
    reasons: tuple[Reason, ...]


class Explainer:
    """Looks at single items as a scan would, and keeps what it rested on. Writes nothing."""

    def __init__(
        self, database: Database, scanner: Scanner, settings: Settings, releases: Releases
    ) -> None:
        self._database = database
        self._releases = releases
        self._scanner = scanner
        self._settings = settings
        self._outcomes = Outcomes(database)

    def explain(self, server: ConnectedServer, item: str) -> Iterator[Explanation]:
        """Yield what can be said of each source of an item, by its id; nothing if it is gone.

        Raises:
            RetryLater, StopAndTell: the server is not ready, or refuses us.
        """
        known = server.meet(Servers(self._database))
        rules = self._scanner.planner.rules
        for finding in self._scanner.findings(server, [item]):
            library = finding.around.library
            source = finding.source.id
            ended = self._outcomes.of_sources(known.id, [source])
            found = jobs_of(self._database, known.id, finding.item.id)
            mine = (job for job in found if job.source == source)
            job = next((job for job in mine if job.state in OPEN_JOBS), None)
            left = self._left(known.id, library)
            yield Explanation(
                finding=finding,
                library=library,
                languages_by=_languages_by(rules, finding.policy, finding.around),
                spoken=spoken_tag(finding.source),
                unfit=_unfit(finding),
                untold=sum(track.language is None for track in finding.source.subtitles),
                job=job,
                reasons=tuple(
                    _reason(finding, one, ended.get((source, one.target.key)), job, left)
                    for one in finding.verdicts
                ),
            )

    def _left(self, server: str, library: Library) -> str:
        """Say what a gap without a job waits for."""
        if library is UNREAD:
            return "nothing is done: no library that is cared for holds it"
        if not is_open(self._releases.of(server), library.id):
            return f'it waits for a person: subtide release "{library.name}", or subtide try'
        limits = self._settings.limits
        if limits.jobs_per_day:
            planned = planned_today(JobStore(self._database), self._outcomes.now())
            if planned >= limits.jobs_per_day:
                most = limits.jobs_per_day
                return f"it waits: {planned} jobs in 24 hours, and limits.jobs_per_day is {most}"
        if limits.jobs_per_scan:
            return f"it waits for the next look, which plans {limits.jobs_per_scan} jobs at most"
        return "it waits for the next look: subtide scan"


def _unfit(finding: Finding) -> tuple[str, ...]:
    """Say which texts were passed over, of those that are there now."""
    found = passed_over(finding.source, finding.unfit, finding.basis)
    return tuple(f"{described(track)}: {reason}" for track, reason in found)


def _reason(
    finding: Finding, verdict: Verdict, outcome: Outcome | None, job: Job | None, left: str
) -> Reason:
    target, gap = verdict.target, verdict.standing is Standing.GAP
    plan = finding.plan or finding.open_plan
    planned = plan is not None and target in plan.targets
    return Reason(
        verdict=verdict,
        outcome=outcome,
        making=_making(plan, target) if plan and planned and gap else "",
        now=_now(finding.problem, job, left, planned=planned) if gap else _leaving(finding, target),
    )


def _leaving(finding: Finding, target: Target) -> str:
    mine = (put for put in finding.put if put.target == target.key)
    if any(put.state is EntryState.UNWANTED for put in mine):
        return "ours is to be taken away as soon as nobody watches"
    return ""


def _now(problem: SkipSource | None, job: Job | None, left: str, *, planned: bool) -> str:
    if problem:
        return f"it cannot be made: {problem}"
    if job and planned:
        return f"job {job.id} is {job.state}, {job.progress:.0%} done"
    if job:
        return f"it waits for the end of job {job.id}"
    return left


def _making(plan: Plan, target: Target) -> str:
    origin = plan.origin
    if isinstance(origin, TextOrigin):
        where = "beside" if origin.external else "inside"
        return (
            f"the {origin.language} subtitle {where} the file, {_by(plan, origin.language, target)}"
        )
    if origin.language is None:
        return f"the speech, by Whisper {plan.speech.model}; its language is not known yet"
    heard = Language(origin.language)
    model = f"the {heard} speech, by Whisper {plan.speech.model_for(heard)}"
    return model if heard.serves(target.tag) else f"{model}, {_by(plan, heard.tag, target)}"


def _by(plan: Plan, language: str, target: Target) -> str:
    heard = None
    if not isinstance(plan.origin, TextOrigin):
        heard = plan.speech.model_for(Language(language))
    routes = engine_models(plan.translation, Language(language), target.tag, heard)
    if not routes:
        return f"which no engine here can translate into {target.language}"
    return f"translated by {', then '.join(map(str, routes))}"


def _languages_by(rules: Rules, policy: Policy, around: Around) -> str:
    changed = [n for n in policy.rules if "languages" in rules.changes[n - 1].set.model_fields_set]
    who = f"rule {changed[-1]}" if changed else "the house"
    if AUTO not in policy.settings.languages:
        return who
    if around.library.languages:
        return f"{who}: auto, what {around.library.name} is set to download in Jellyfin"
    if around.users:
        return f"{who}: auto, what the users are set to in Jellyfin"
    return f"{who}: auto, and nobody in Jellyfin says"
