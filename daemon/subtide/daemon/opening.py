"""What the log says at the start: what is set up, and what is wrong with it."""

import threading
from collections.abc import Iterator

import structlog

from subtide.daemon.running import Daemon
from subtide.errors import SubtideError
from subtide.house import House
from subtide.library.needs import speech_models, translation_models
from subtide.settings.values import AUTO
from subtide.storage.releases import ALL

log = structlog.get_logger()


def announce(house: House, daemon: Daemon) -> None:
    """Log what is set up, a line for each matter, without any secret."""
    settings = house.settings
    for name, server in settings.servers.items():
        log.info(
            "server",
            server=name,
            url=server.url,
            libraries=", ".join(server.libraries) or "all",
            released=_released(house, name),
        )
    languages = ", ".join(settings.policy.languages)
    log.info("wanted", languages=languages, rules=len(settings.rules), start=settings.start)
    speech = house.scanner.planner.options.speech
    log.info(
        "machine",
        model=speech.model,
        vote_model=speech.vote_model,
        device=speech.device,
        compute_type=speech.compute_type,
        threads=house.tools.threads,
    )
    runs = {name: f"{moment:%Y-%m-%d %H:%M %Z}" for name, moment in daemon.schedule.next().items()}
    log.info("schedule", **runs, window=settings.limits.window or "always")


def look_for_faults(house: House) -> None:
    """Log what is wrong, from a thread: a folder of a lost mount may take for ever to answer."""
    threading.Thread(target=_tell_faults, args=(house,), name="faults", daemon=True).start()


def _tell_faults(house: House) -> None:
    for what, fix in faults(house):
        log.warning("not as it should be", what=what, fix=fix)


def faults(house: House) -> Iterator[tuple[str, str]]:
    """Yield what stands in the way of work, each with its fix; servers are met by the look loop."""
    for name, server in house.settings.servers.items():
        for mapping in server.paths:
            if not mapping.local.is_dir():
                yield (
                    f"{mapping.local}, where {name} has {mapping.server}, is no folder here",
                    f"mount it, or correct servers.{name}.paths",
                )
    planner = house.scanner.planner
    languages = [tag for tag in house.settings.policy.languages if tag != AUTO]
    for model in (*speech_models(planner), *translation_models(planner, languages)):
        try:
            missing = house.tools.models.find(model) is None
        except (SubtideError, OSError) as error:
            yield (getattr(error, "what", str(error)), getattr(error, "fix", ""))
            continue
        if missing and not house.settings.models.pull:
            fix = f"subtide models pull {model}"
            yield f"the model {model} is not installed and models.pull is off", fix


def _released(house: House, name: str) -> str:
    """Say how many libraries of a server may be written into."""
    ids = [known.id for known in house.known.all() if known.name == name]
    opened = house.releases.of(ids[0] if ids else "")
    return "all" if ALL in opened else str(len(opened))
