"""subtide why: why a language is missing or not, and what is done about it."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from subtide.cli.choosing import item_called
from subtide.cli.context import Context
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json, shown
from subtide.library.covering import Considered
from subtide.library.explanation import Explainer, Explanation, Reason
from subtide.library.policy import UNREAD
from subtide.library.server import ConnectedServer
from subtide.storage.coverage import Standing

COLOURS = {Standing.COVERED: "green", Standing.GAP: "red", Standing.OUTDATED: "yellow"}
NOTHING = {
    "full": "full subtitles also in it",
    "forced": "forced ones alone in it",
    "none": "none in it",
}
"""What ``Policy.spoken`` means, in a few words."""


@click.command(epilog=exits(ExitCode.SETTINGS, ExitCode.SERVER))
@click.argument("item")
@click.option("--server", "only", metavar="NAME", help="Only on this server.")
@json_option
@click.pass_obj
def why(context: Context, *, item: str, only: str | None, as_json: bool) -> None:
    """Explain for one ITEM why each wanted language is missing or not, and what comes next.

    ITEM is a title, a part of one, or Jellyfin's id. The server is asked how things stand now;
    nothing is written.
    """
    with context.house() as house:
        one = item_called(house, item, only)
        explainer = Explainer(house.database, house.scanner, house.settings, house.releases)
        server = house.server_of(one.server)
        found = list(explainer.explain(server, one.item))
        if not found:
            raise click.BadParameter(
                f"{one.title} is not on {server.name} any more", param_hint="ITEM"
            )
        if as_json:
            print_json([_document(server, explanation) for explanation in found])
            return
        for explanation in found:
            _print(server, explanation, house.settings.scan.time_zone)


def _print(server: ConnectedServer, explanation: Explanation, zone: str) -> None:
    finding = explanation.finding
    click.secho(finding.item.title, bold=True)
    for word, text in _facts(server, explanation):
        click.echo(f"  {word:<8} {text}")
    for reason in explanation.reasons:
        verdict = reason.verdict
        click.echo(f"\n{_target(reason)}  ", nl=False)
        click.secho(verdict.standing, fg=COLOURS.get(verdict.standing), nl=False)
        click.echo(f": {verdict.why}")
        for line in _lines(reason, zone):
            click.echo(f"    {line}")
    click.echo()


def _facts(server: ConnectedServer, explanation: Explanation) -> Iterator[tuple[str, str]]:
    finding, policy = explanation.finding, explanation.finding.policy
    cared_for = explanation.library is not UNREAD
    library = explanation.library.name if cared_for else "no library that is cared for"
    yield "where", f"{library}, on {server.name}"
    yield "file", finding.source.path
    yield "wanted", f"{', '.join(policy.languages) or 'nothing'} ({explanation.languages_by})"
    if policy.rules:
        yield "rules", ", ".join(str(number) for number in policy.rules)
    yield "spoken", f"{explanation.spoken or 'not known'}; wanted: {NOTHING[policy.spoken]}"
    if explanation.untold:
        yield "unknown", f"{counted(explanation.untold, 'subtitle')} without a language"
    for text in explanation.unfit:
        yield "no use", text
    if finding.problem and not finding.verdicts:
        yield "passed", f"over: {finding.problem}"


def _lines(reason: Reason, zone: str) -> Iterator[str]:
    for one in reason.verdict.tracks:
        yield f"{_described(one)}: {one.why_not or 'does'}"
    if reason.making:
        yield f"from {reason.making}"
    if reason.now:
        yield f"now: {reason.now}"
    outcome = reason.outcome
    if outcome and reason.verdict.standing in {Standing.CLOSED, Standing.GAP}:
        because = f": {outcome.reason}" if outcome.reason else ""
        yield f"last: {outcome.state} on {shown(outcome.at, zone)}{because}"
        if outcome.fix:
            yield f"fix: {outcome.fix}"
        if outcome.retry_at:
            yield f"again: {shown(outcome.retry_at, zone)}"


def _target(reason: Reason) -> str:
    target = reason.verdict.target
    return f"{target.language} (forced)" if target.forced else target.language


def _described(one: Considered) -> str:
    track = one.track
    words = [str(track.language), track.codec, f'"{track.title}"' if track.title else ""]
    words += [word for word, true in _flags(one) if true]
    return " ".join(word for word in words if word)


def _flags(one: Considered) -> Sequence[tuple[str, bool]]:
    track = one.track
    return (
        ("forced", track.forced),
        ("SDH", track.hearing_impaired),
        ("beside the file" if track.external else "inside the file", True),
        ("(ours)", one.ours),
    )


def _document(server: ConnectedServer, explanation: Explanation) -> dict[str, Any]:
    finding = explanation.finding
    return {
        "server": server.name,
        "library": explanation.library.name,
        "item": finding.item.id,
        "source": finding.source.id,
        "title": finding.item.title,
        "path": finding.source.path,
        "policy": {
            "languages": finding.policy.languages,
            "because": explanation.languages_by,
            "rules": finding.policy.rules,
            "spoken": finding.policy.spoken,
        },
        "spoken": explanation.spoken and explanation.spoken.tag,
        "without_language": explanation.untold,
        "unfit": explanation.unfit,
        "problem": str(finding.problem) if finding.problem else "",
        "job": explanation.job and explanation.job.id,
        "targets": [_target_document(reason) for reason in explanation.reasons],
    }


def _target_document(reason: Reason) -> dict[str, Any]:
    verdict, outcome = reason.verdict, reason.outcome
    return {
        "language": verdict.target.language,
        "forced": verdict.target.forced,
        "standing": verdict.standing,
        "why": verdict.why,
        "tracks": [
            {
                "language": one.track.language and one.track.language.tag,
                "codec": one.track.codec,
                "title": one.track.title,
                "external": one.track.external,
                "ours": one.ours,
                "covers": not one.why_not,
                "why_not": one.why_not,
            }
            for one in reason.verdict.tracks
        ],
        "from": reason.making,
        "now": reason.now,
        "outcome": outcome
        and {
            "state": outcome.state,
            "reason": outcome.reason,
            "fix": outcome.fix,
            "retry_at": outcome.retry_at,
            "job": outcome.job,
            "at": outcome.at,
        },
    }
