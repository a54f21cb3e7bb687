"""subtide doctor: what is wrong, and how to mend it."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

import click

from subtide.asr.hardware import cpu_threads, gpu_present
from subtide.cli.context import Context
from subtide.cli.forecast import span
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json
from subtide.cli.receiver import destination
from subtide.cli.sample import sample
from subtide.cli.saving import can_write, refused, switch
from subtide.errors import SubtideError
from subtide.house import MEGABYTE, House, daemon_runs
from subtide.jellyfin.destination import address_of, find
from subtide.jellyfin.plugins import WebhookPlugin, not_working
from subtide.library.machine import advise, this_machine
from subtide.library.needs import speech_models, translation_models
from subtide.library.server import ConnectedServer
from subtide.models.catalog import multilingual
from subtide.models.pull import size_text
from subtide.pipeline.chat_health import need_chat
from subtide.settings.tree import ChatName
from subtide.settings.values import AUTO
from subtide.signals.registration import prove
from subtide.storage.webhooks import Webhooks

PROOF_SECONDS = 5.0
"""How long an event may take to arrive."""
SAMPLE = 20
"""Items of a library whose files are looked for."""


class Health(StrEnum):
    """How a check ended."""

    OK = "ok"
    """As it should be."""
    NOTE = "note"
    """Works, but worth knowing."""
    WRONG = "wrong"
    """Does not work."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    health: Health
    what: str
    fix: str = ""


@click.command(epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS))
@click.option(
    "--accept-server",
    metavar="NAME",
    help="Confirm that the server NAME is another one than before; its history stays apart.",
)
@click.option(
    "--save-in-metadata",
    metavar="LIBRARY",
    help="Let the server save subtitles of LIBRARY in its own metadata folder (its option"
    " SaveSubtitlesWithMedia, off): the way out where it may not write beside the media.",
)
@click.option("--save-beside-media", metavar="LIBRARY", help="Take that back.")
@click.option("--yes", is_flag=True, help="Do not ask before a switch.")
@click.option(
    "--sample",
    "timed",
    is_flag=True,
    help="Time the speech model with half a minute of your own films, for the forecast. A model"
    " that is missing is pulled.",
)
@json_option
@click.pass_obj
def doctor(  # noqa: PLR0913 - one for each option
    context: Context,
    *,
    accept_server: str | None,
    save_in_metadata: str | None,
    save_beside_media: str | None,
    yes: bool,
    timed: bool,
    as_json: bool,
) -> None:
    """Look at server, key, paths, models, disk and GPU; say what is wrong and how to mend it."""
    with context.house() as house:
        if accept_server:
            _accept(house, accept_server)
        if save_in_metadata:
            switch(house, save_in_metadata, beside=False, yes=yes)
        if save_beside_media:
            switch(house, save_beside_media, beside=True, yes=yes)
        checks = list(_checks(house))
        if timed:
            checks += _guarded("sample", _sample(house, as_json=as_json))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            _print(check)
    if any(check.health is Health.WRONG for check in checks):
        raise click.exceptions.Exit(ExitCode.SOME_FAILED)


def _accept(house: House, name: str) -> None:
    if name not in house.settings.servers:
        names = ", ".join(house.settings.servers)
        raise click.BadParameter(f"{name} is no server here; there is: {names}")
    house.accept_server(name)


def _checks(house: House) -> Iterator[Check]:
    yield Check("database", Health.OK, "PostgreSQL" if house.database.postgresql else "SQLite")
    yield from _disk(house)
    yield from _machine(house)
    for server in house.servers:
        yield from _guarded(f"server {server.name}", _all_of_server(house, server))
    yield from _guarded("models", _models(house))
    for name in house.settings.translation.chat:
        yield from _guarded(name, _chat(house, name))


def _guarded(name: str, checks: Iterator[Check]) -> Iterator[Check]:
    try:
        yield from checks
    except SubtideError as error:
        yield Check(name, Health.WRONG, error.what, error.fix)


def _disk(house: House) -> Iterator[Check]:
    free = shutil.disk_usage(house.data).free
    reserve = house.settings.limits.disk_reserve_mb * MEGABYTE
    text = f"{size_text(free)} free in {house.data}"
    if free > reserve:
        yield Check("disk", Health.OK, text)
    else:
        yield Check("disk", Health.WRONG, text, "free some space, or lower limits.disk_reserve_mb")


def _machine(house: House) -> Iterator[Check]:
    threads = f"{house.tools.threads} of {cpu_threads()} threads for a model"
    yield Check("processor", Health.OK, threads)
    gpu = "a GPU is there" if gpu_present() else "no GPU: speech is heard on the processor"
    yield Check("GPU", Health.OK, gpu)
    advice = advise(this_machine())
    yield Check("tier", Health.OK, f"{advice.tier} ({advice.model}) fits: {advice.why}")


def _sample(house: House, *, as_json: bool) -> Iterator[Check]:
    cost = sample(house, as_json=as_json)
    name = house.scanner.planner.options.speech.model
    yield Check("sample", Health.OK, f"{name} hears a film of 100 minutes in {span(cost * 6000)}")


def _all_of_server(house: House, server: ConnectedServer) -> Iterator[Check]:
    yield from _server(house, server)
    yield from _guarded(f"webhook {server.name}", _webhook(house, server))


def _server(house: House, server: ConnectedServer) -> Iterator[Check]:
    name = f"server {server.name}"
    known = server.meet(house.known)
    yield Check(name, Health.OK, f"Jellyfin {known.version}, the key is accepted")
    if known.version.startswith("10.11.7"):
        fix = "update Jellyfin to 10.11.8 or newer"
        what = "Jellyfin 10.11.7 refuses every subtitle: they are written directly, where possible"
        yield Check(name, Health.WRONG, what, fix)
    libraries = server.libraries()
    for library, titles in refused(house, server, known.id, libraries):
        yield Check(
            f"library {library.name}",
            Health.NOTE,
            f"the server could not save subtitles of {counted(len(titles), 'film')}, such as"
            f" {titles[-1]}; nor can Subtide from here",
            "if the server may not write beside the media, let it save in its own folder:"
            f' subtide doctor --save-in-metadata "{library.name}"',
        )
    for library in libraries:
        if library.embedded_titles:
            yield Check(
                f"library {library.name}",
                Health.NOTE,
                "titles inside the files come back with every upload",
                "switch `Embedded titles` off in the library's options",
            )
        yield _paths(server, library.id, library.name)


def _paths(server: ConnectedServer, library_id: str, name: str) -> Check:
    page = next(server.client.listing(library=library_id, limit=SAMPLE).pages())
    sources = [
        source
        for item in server.client.items([entry.id for entry in page])
        for source in item.sources
        if not (source.remote or source.disc or source.placeholder)
    ]
    here = [source for source in sources if server.media.local_path(source)]
    label = f"library {name}"
    if not sources:
        return Check(label, Health.OK, "it has no films or episodes")
    if len(here) == len(sources):
        written = "" if can_write(server, here[0]) else ", not written: uploads alone must do"
        return Check(label, Health.OK, f"its files can be read here{written}")
    missing = next(source.path for source in sources if source not in here)
    return Check(
        label,
        Health.NOTE,
        f"{len(here)} of {len(sources)} files can be read here, not {missing}: audio comes from"
        " the server instead, which is slower",
        f"mount the folder, and name it in servers.{server.name}.paths",
    )


def _webhook(house: House, server: ConnectedServer) -> Iterator[Check]:
    """Look at our entry, and let an event be sent if somebody listens; nothing is changed."""
    name, poll = f"webhook {server.name}", house.settings.scan.poll_seconds
    if not server.client.rights().admin:
        what = "only an administrator may look into the server's plugins"
        yield Check(name, Health.NOTE, f"{what}; Subtide has the socket, and asks every {poll:g} s")
        return
    plugin = WebhookPlugin(server.client.transport)
    there = plugin.installed()
    if there is None:
        what = f"there is no Webhook plugin: Subtide has the socket, and asks every {poll:g} s"
        yield Check(name, Health.NOTE, what, "subtide webhook --install")
    elif not there.active:
        problem = not_working(there)
        yield Check(name, Health.NOTE, problem.what, problem.fix)
    else:
        yield _entry(house, server, plugin)


def _entry(house: House, server: ConnectedServer, plugin: WebhookPlugin) -> Check:
    name = f"webhook {server.name}"
    entry = find(plugin.configuration(), destination(house, server))
    if entry is None:
        what = "Subtide has no entry in the Webhook plugin: it has the socket, and asks the server"
        return Check(name, Health.NOTE, what, "subtide webhook")
    address = address_of(entry, server.name)
    faults = destination(house, server, address or "").changes(entry)
    if faults:
        what = f"Subtide's entry in the Webhook plugin is not right: {', '.join(faults)}"
        return Check(name, Health.WRONG, what, "subtide webhook")
    if not daemon_runs(house.data):
        what = "its entry is right; whether events arrive shows only while the daemon runs"
        return Check(name, Health.NOTE, what, "start the daemon, or try it: subtide webhook")
    after = prove(plugin, Webhooks(house.database), server.name, patience=PROOF_SECONDS)
    if after is None:
        what = f"its entry is right, but no event arrived at {address}"
        return Check(name, Health.WRONG, what, "find an address that works: subtide webhook")
    return Check(name, Health.OK, f"an event was received after {after:.2f} s")


def _models(house: House) -> Iterator[Check]:
    options = house.scanner.planner.options
    if not multilingual(options.speech.vote_model):
        yield Check(
            "models",
            Health.WRONG,
            f"{options.speech.vote_model} knows only English and cannot tell languages apart",
            "set speech.vote_model to a multilingual model, such as base",
        )
    planner = house.scanner.planner
    for name in (*speech_models(planner), *translation_models(planner, tuple(_languages(house)))):
        yield from _guarded(f"model {name}", _model(house, name))


def _languages(house: House) -> Iterator[str]:
    """Yield the wanted languages; a server that does not answer is told of by other checks."""
    named = (tag for tag in house.settings.policy.languages if tag != AUTO)
    found: dict[str, None] = dict.fromkeys(named)
    for server in house.servers:
        with contextlib.suppress(SubtideError):
            found |= dict.fromkeys(house.scanner.languages(server))
    yield from found


def _model(house: House, name: str) -> Iterator[Check]:
    model = house.tools.models.find(name)
    if model:
        yield Check(f"model {name}", Health.OK, f"installed ({model.origin})")
    elif house.settings.models.pull:
        yield Check(f"model {name}", Health.OK, "not installed; it is pulled when first needed")
    else:
        fix = f"pull it with: subtide models pull {name}"
        yield Check(f"model {name}", Health.WRONG, "not installed, and models.pull is off", fix)


def _chat(house: House, name: ChatName) -> Iterator[Check]:
    settings = house.settings
    chat = settings.translation.chat[name]
    if name not in (*settings.translation.engines, *settings.policy.engines):
        what = "it is set up, but neither translation.engines nor policy.engines names it"
        yield Check(name, Health.NOTE, what, "name it in one of them, or in a rule")
    need_chat(name, house.tools.chat[name], chat.model)
    yield Check(name, Health.OK, f"it answers and has {chat.model}")
    if chat.budget and not (chat.price_in or chat.price_out):
        setting = f"translation.chat.{name}"
        what = "its budget counts nothing, because it has no prices"
        yield Check(name, Health.WRONG, what, f"set {setting}.price_in and price_out")


def _print(check: Check) -> None:
    colours = {Health.OK: "green", Health.NOTE: "yellow", Health.WRONG: "red"}
    click.secho(f"{check.health:<6}", fg=colours[check.health], nl=False)
    click.echo(f"{check.name}: {check.what}")
    if check.fix:
        click.echo(f"      fix: {check.fix}")
