"""subtide demo: the main job on a sample film, with real models, in a stand-in Jellyfin.

It checks its own result: a demo that shows nothing wrong while something is would be worse
than none.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr

from subtide.cli.output import ExitCode, exits, json_option, print_json
from subtide.cli.run import print_results, result_row, run_with_progress
from subtide.errors import SubtideError
from subtide.house import House, locked, open_house
from subtide.jobs.task import TaskKind
from subtide.languages import Language
from subtide.observe import logging
from subtide.playground.film import SampleLibrary, read_library
from subtide.settings import Models, Policy, Scan, Server, Settings, Speech
from subtide.subtitles.formats import read
from subtide.subtitles.limits import ViolationKind, limits_for, violations

MOST_WRONG_WORDS = 0.15
"""The highest word error rate at which the demo counts as right."""


@dataclass(frozen=True, slots=True)
class Stand:
    """The running stand-in."""

    url: str
    key: str


@click.command(epilog=exits(ExitCode.SOME_FAILED))
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="Where the sample library and everything else is kept; remove it to start afresh.",
)
@json_option
def demo(*, state: Path, as_json: bool) -> None:
    """Make subtitles for a sample film, in a stand-in Jellyfin, with real models.

    It needs the packages of the demo extra, and no network. Run it twice: the second time
    there is nothing left to do.
    """
    state = state.absolute()
    library = _library(state / "library")
    with _stand_in(library.root) as stand, _house(state, stand) as house, locked(house.data):
        jobs_before = len(house.store.list())
        run_with_progress(house, enabled=not as_json and sys.stderr.isatty())
        new_jobs = len(house.store.list()) - jobs_before
        report = _report(house)
        faults = list(_faults(house, library))
        if jobs_before and new_jobs:
            faults.append(f"{new_jobs} jobs were done again")
    if as_json:
        print_json({"new_jobs": new_jobs, "results": report, "faults": faults})
    else:
        _print(report, library, new_jobs)
    for fault in faults:
        click.secho(f"demo: {fault}", fg="red", err=True)
    if faults:
        raise click.exceptions.Exit(ExitCode.SOME_FAILED)
    if not as_json:
        click.secho("The demo checked all of this: it is as it should be.", fg="green")


def _library(folder: Path) -> SampleLibrary:
    """Make the sample library in a process of its own: a voice takes much memory."""
    made = read_library(folder)
    if made is None:
        click.echo("The sample film is being spoken and filmed (once) ...", err=True)
        command = [sys.executable, "-m", "subtide.playground.film", str(folder)]
        subprocess.run(command, check=True)  # noqa: S603 - our own module
        made = read_library(folder)
    if made is None:
        raise SubtideError("the sample library could not be made", "see what was printed above")
    return made


@contextmanager
def _stand_in(library: Path) -> Iterator[Stand]:
    command = [sys.executable, "-m", "subtide.playground", str(library)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout  # noqa: S101 - a pipe, above
        line = process.stdout.readline()
        if not line:
            raise SubtideError("the stand-in Jellyfin did not start", "see what was printed above")
        yield Stand(**json.loads(line))
        process.communicate()  # closes its standard input, and so ends it


@contextmanager
def _house(state: Path, stand: Stand) -> Iterator[House]:
    settings = Settings(
        data=state / "data",
        servers={"demo": Server(url=stand.url, key=SecretStr(stand.key))},
        start="auto",
        policy=Policy(languages=("en", "pt")),
        speech=Speech(model="base", models={"en": "tiny.en"}, vote_model="base"),
        models=Models(pull=False),
        scan=Scan(at_start=False),
    )
    level = "warning" if sys.stderr.isatty() else "info"
    logging.set_up(level, "lines", [stand.key])
    house = open_house(settings)
    try:
        yield house
    finally:
        house.close()


def _report(house: House) -> list[dict[str, Any]]:
    rows = [result_row(house, outcome) for outcome in house.outcomes.all()]
    return sorted(rows, key=lambda row: (row["title"], row["language"]))


def _print(report: list[dict[str, Any]], library: SampleLibrary, new_jobs: int) -> None:
    if not new_jobs:
        click.echo("There was nothing left to do. What is there:\n")
    print_results(report)
    for language in ("en", "pt"):
        cues = read(_subtitle(library.film, language).read_bytes(), "srt")
        click.echo(f"\nHow the film's {Language(language).name} subtitle begins:")
        for cue in cues[:4]:
            text = cue.plain.replace("\n", " / ")
            click.echo(f"  {cue.start:6.2f} - {cue.end:6.2f}  {text}")
    rate = word_error_rate(_script(library), _spoken(library))
    click.echo(f"\nWord error rate of the English subtitle against the script: {rate:.3f}")


def _faults(house: House, library: SampleLibrary) -> Iterator[str]:
    """Yield everything that is not as the demo promises."""
    wanted = {
        library.film: {"en", "pt"},
        library.embedded: {"pt"},
        library.sidecar: {"pt"},
        library.covered: set(),
        library.broken: set(),
    }
    for media, languages in wanted.items():
        made = {p.name.split(".")[-2] for p in media.parent.glob(f"{media.stem}.subtide.*")}
        if made != languages:
            yield f"{media.stem}: {sorted(made)} was made, not {sorted(languages)}"
    yield from _film_faults(library)
    for job in house.store.list():
        heard = any(t.kind is TaskKind.TRANSCRIBE for t in house.store.tasks(job.id))
        if heard != (job.plan.path == str(library.film)):
            yield f"{job.title}: its speech was {'' if heard else 'not '}heard"
    reasons = [o.reason for o in house.outcomes.all() if library.broken.stem in o.title]
    if not reasons or not all(reasons):
        yield f"{library.broken.stem}: there is no reason why nothing was made"


def _film_faults(library: SampleLibrary) -> Iterator[str]:
    for language in ("en", "pt"):
        file = _subtitle(library.film, language)
        if not file.exists():
            continue
        cues = read(file.read_bytes(), "srt")
        for violation in violations(cues, limits_for(Language(language)), 24.0):
            if violation.kind is not ViolationKind.READING_SPEED:
                yield f"{file.name}: cue {violation.index + 1}: {violation.kind}"
    if _subtitle(library.film, "en").exists():
        rate = word_error_rate(_script(library), _spoken(library))
        if rate >= MOST_WRONG_WORDS:
            yield f"{rate:.0%} of the film's words are wrong"


def _subtitle(media: Path, language: str) -> Path:
    return media.with_name(f"{media.stem}.subtide.{language}.srt")


def _script(library: SampleLibrary) -> str:
    return " ".join(said.text for said in library.script)


def _spoken(library: SampleLibrary) -> str:
    cues = read(_subtitle(library.film, "en").read_bytes(), "srt")
    return " ".join(cue.plain for cue in cues)


def word_error_rate(reference: str, heard: str) -> float:
    """Return the edits that turn ``heard`` into ``reference``, a word of the latter.

    Case and punctuation do not count.
    """
    said, got = _words(reference), _words(heard)
    row = list(range(len(got) + 1))
    for n, word in enumerate(said, 1):
        before, row[0] = row[0], n
        for m, other in enumerate(got, 1):
            change = before + (word != other)
            before, row[m] = row[m], min(change, row[m] + 1, row[m - 1] + 1)
    return row[-1] / max(1, len(said))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower())
