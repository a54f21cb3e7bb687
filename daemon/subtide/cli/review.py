"""subtide review: what a check held, why, and what a person says of it."""

import json
from collections.abc import Sequence
from typing import Any

import click

from subtide.cli.context import Context
from subtide.cli.output import (
    ExitCode,
    counted,
    exits,
    json_option,
    print_json,
    print_table,
    shown,
)
from subtide.house import House
from subtide.jobs.review import CHECKED, HeldTask
from subtide.subtitles.check import clock
from subtide.subtitles.cues import Cue

MOST_CUES = 30
"""Cues that are shown to people; --json has all of them."""
WITHOUT_DAEMON = "A running daemon goes on at once; without one: subtide run --once"


@click.command(epilog=exits(ExitCode.SETTINGS))
@click.argument("job", type=int, required=False)
@click.option("--show", is_flag=True, help="Show the doubtful cues of JOB, with their times.")
@click.option("--publish", is_flag=True, help="Publish what is held of JOB, as it is.")
@click.option("--discard", is_flag=True, help="Never make what is held of JOB.")
@json_option
@click.pass_obj
def review(  # noqa: PLR0913 - one for each option
    context: Context, *, job: int | None, show: bool, publish: bool, discard: bool, as_json: bool
) -> None:
    """List what was held for review, with its score and reasons; or decide about one JOB.

    A subtitle that scores below subtitles.review_below is not published before a person says
    so.
    """
    if show + publish + discard > 1:
        raise click.UsageError("choose one of --show, --publish and --discard")
    if job is None and (show or publish or discard):
        raise click.UsageError("name the JOB that is meant; see: subtide review")
    with context.house(need_server=False) as house:
        found = house.store.held(job)
        if job is not None and not found:
            raise click.BadParameter(
                f"nothing is held of job {job}; see: subtide review", param_hint="JOB"
            )
        if publish:
            _publish(house, found, as_json=as_json)
        elif discard:
            _tell(house.store.discard(found[0].task.job), "discarded", as_json=as_json)
        elif show:
            _show(house, found, as_json=as_json)
        else:
            _list(house, found, as_json=as_json)


def _list(house: House, found: Sequence[HeldTask], *, as_json: bool) -> None:
    if as_json:
        print_json([_document(one) for one in found])
        return
    if not found:
        click.echo("Nothing is held.")
        return
    zone = house.settings.scan.time_zone
    print_table(
        ("job", "title", "languages", "score", "when", "why"),
        [
            (
                one.task.job,
                one.task.plan.title,
                ", ".join(target.language for target in one.targets),
                _score(one),
                shown(one.at, zone),
                "; ".join(text for _, text in _findings(one)) or one.reason,
            )
            for one in found
        ],
    )
    click.echo("\nTo look closer: subtide review JOB --show; to decide: --publish or --discard")


def _publish(house: House, found: Sequence[HeldTask], *, as_json: bool) -> None:
    job = found[0].task.job
    if not any(one.task.kind in CHECKED for one in found):
        raise click.UsageError(f"there is nothing to publish: {found[0].reason}. {found[0].fix}")
    approved = house.store.approve(job)
    if not approved:
        raise click.UsageError(
            f"another job makes this anew: subtide jobs --open; nothing of job {job} is needed"
        )
    _tell(approved, "approved", as_json=as_json)
    if not as_json:
        click.echo(WITHOUT_DAEMON)


def _tell(found: Sequence[HeldTask], done: str, *, as_json: bool) -> None:
    targets = [target for one in found for target in one.targets]
    if as_json:
        keys = [target.key for target in targets]
        print_json({"job": found[0].task.job, done: keys})
        return
    languages = ", ".join(target.language for target in targets)
    click.echo(f"{found[0].task.plan.title}: {languages} {done}")


def _show(house: House, found: Sequence[HeldTask], *, as_json: bool) -> None:
    documents = [{**_document(one), "cues": _doubtful(house, one)} for one in found]
    if as_json:
        print_json(documents)
        return
    for document in documents:
        languages = ", ".join(document["languages"])
        score = "" if document["score"] is None else f": {document['score']}"
        click.secho(f"{document['title']} ({languages}){score}", bold=True)
        for finding in document["findings"] or [{"text": document["reason"]}]:
            click.echo(f"  {finding['text']}")
        _show_cues(document["cues"])


def _show_cues(cues: Sequence[dict[str, Any]]) -> None:
    if not cues:
        return
    click.echo()
    print_table(
        ("from", "to", "why", "text"),
        [
            (
                clock(c["start"]),
                clock(c["end"]),
                ", ".join(c["why"]),
                c["text"].replace("\n", " / "),
            )
            for c in cues[:MOST_CUES]
        ],
    )
    if len(cues) > MOST_CUES:
        click.echo(f"... and {counted(len(cues) - MOST_CUES, 'cue')} more: --json")


def _document(one: HeldTask) -> dict[str, Any]:
    return {
        "job": one.task.job,
        "task": one.task.kind,
        "title": one.task.plan.title,
        "languages": [target.language for target in one.targets],
        "score": (one.task.result or {}).get("score"),
        "findings": [{"kind": kind, "text": text} for kind, text in _findings(one)],
        "reason": one.reason,
        "fix": one.fix,
        "at": one.at,
    }


def _findings(one: HeldTask) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in (one.task.result or {}).get("findings", [])]


def _score(one: HeldTask) -> str:
    score = (one.task.result or {}).get("score")
    return "" if score is None else f"{score:.2f}"


def _doubtful(house: House, one: HeldTask) -> list[dict[str, Any]]:
    """Return the cues that findings are about, with the kinds of those, in order."""
    key = (one.task.result or {}).get("key")
    if key is None or not house.tools.artifacts.has(key):
        return []
    document = json.loads(house.tools.artifacts.read(key))
    why: dict[int, list[str]] = {}
    for kind, _, places in document["findings"]:
        for place in places:
            why.setdefault(place, []).append(kind)
    cues = [Cue(*cue) for cue in document["cues"]]
    return [
        {"start": c.start, "end": c.end, "text": c.plain, "why": why[place]}
        for place, c in enumerate(cues)
        if place in why
    ]
