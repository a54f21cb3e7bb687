"""System: what the server says of itself, its tasks, its plugins, its languages."""

from typing import TYPE_CHECKING, Any

from subtide.playground.cultures import all_cultures
from subtide.playground.dto import timestamp
from subtide.playground.exchange import Response, empty, of_json, of_text, problem
from subtide.playground.routes.route import Call, Right, Route
from subtide.playground.tree import make_id
from subtide.playground.webhooks import ADDED, DELETED, EVENTS

if TYPE_CHECKING:
    from subtide.playground.server import Playground

SECOND = 10_000_000
"""A second in ticks."""
DAY = 86_400 * SECOND
SCAN = "RefreshLibrary"
TASKS: tuple[tuple[str, str, str, list[dict[str, Any]]], ...] = (
    ("Clean Activity Log", "CleanActivityLog", "Maintenance", []),
    ("Clean Transcode Directory", "DeleteTranscodeFiles", "Maintenance",
     [{"Type": "StartupTrigger"}, {"Type": "IntervalTrigger", "IntervalTicks": DAY}]),
    ("Download missing subtitles", "DownloadSubtitles", "Library",
     [{"Type": "IntervalTrigger", "IntervalTicks": DAY}]),
    ("Extract Chapter Images", "RefreshChapterImages", "Library",
     [{"Type": "DailyTrigger", "TimeOfDayTicks": DAY // 12, "MaxRuntimeTicks": DAY // 6}]),
    ("Scan Media Library", SCAN, "Library",
     [{"Type": "IntervalTrigger", "IntervalTicks": DAY // 2}]),
)  # fmt: skip
WEBHOOK_TASKS: tuple[tuple[str, str, str, list[dict[str, Any]]], ...] = tuple(
    (f"{key} Notifier", key, "Webhook",
     [{"Type": "IntervalTrigger", "IntervalTicks": 30 * SECOND}])
    for key in (ADDED, DELETED)
)  # fmt: skip
"""There once the Webhook plugin is loaded. The server makes a minute more of their interval."""


def public_info(call: Call) -> Response:
    """Say name, version and identity, to anyone."""
    return of_json(_info(call.server))


def _info(server: "Playground") -> dict[str, Any]:
    return {
        "LocalAddress": server.url,
        "ServerName": server.name,
        "Version": server.flavour.version,
        "ProductName": "Jellyfin Server",
        "OperatingSystem": "",
        "Id": server.id,
        "StartupWizardCompleted": True,
    }


def starting_info(server: "Playground") -> Response:
    """Say the same during start-up: other letters, and not ready."""
    info = {key[0].lower() + key[1:]: value for key, value in _info(server).items()}
    return of_json({**info, "startupWizardCompleted": False})


def info(call: Call) -> Response:
    """Say more, to whoever is signed in."""
    data = call.server.catalogue.data_location
    more = {
        "OperatingSystemDisplayName": "",
        "HasPendingRestart": call.server.plugins.status == "Restart",
        "IsShuttingDown": False,
        "SupportsLibraryMonitor": True,
        "WebSocketPortNumber": call.server.port,
        "CompletedInstallations": [],
        "CanSelfRestart": True,
        "CanLaunchWebBrowser": False,
        "ProgramDataPath": data,
        "WebPath": "",
        "ItemsByNamePath": f"{data}/metadata",
        "CachePath": f"{data}/cache",
        "LogPath": f"{data}/log",
        "InternalMetadataPath": f"{data}/metadata",
        "TranscodingTempPath": f"{data}/cache/transcodes",
        "CastReceiverApplications": [{"Id": "F007D354", "Name": "Stable"}],
        "HasUpdateAvailable": False,
        "EncoderLocation": "System",
        "SystemArchitecture": "X64",
    }
    return of_json({**more, **_info(call.server)})


def ping(_: Call) -> Response:
    """Say the product's name, always."""
    return of_json("Jellyfin Server")


def health(_: Call) -> Response:
    """Say that all is well."""
    return of_text("Healthy")


def root(_: Call) -> Response:
    """Lead to the API's pages, as a server without a web client does."""
    return Response(302, headers={"Location": "api-docs/swagger"})


def tasks(call: Call) -> Response:
    """List the scheduled tasks."""
    return of_json(task_dtos(call.server))


def task_dtos(server: "Playground") -> list[dict[str, Any]]:
    """Return the TaskInfo of every task."""
    return [_task(server, *row) for row in _there(server)]


def _there(server: "Playground") -> tuple[tuple[str, str, str, list[dict[str, Any]]], ...]:
    return TASKS + WEBHOOK_TASKS if server.plugins.active else TASKS


def _task(
    server: "Playground", name: str, key: str, category: str, triggers: list[dict[str, Any]]
) -> dict[str, Any]:
    task_id = make_id("Task", key)
    task: dict[str, Any] = {
        "Name": name,
        "State": "Running" if key == SCAN and server.scanning else "Idle",
        "Id": task_id,
        "Triggers": triggers,
        "Description": name,
        "Category": category,
        "IsHidden": False,
        "Key": key,
    }
    last = server.last_scan if key == SCAN else server.webhooks.runs.get(key)
    if last is not None:
        began, ended = last
        task["LastExecutionResult"] = {
            "StartTimeUtc": timestamp(began),
            "EndTimeUtc": timestamp(ended),
            "Status": "Completed",
            "Name": name,
            "Key": key,
            "Id": task_id,
        }
    return task


def run_task(call: Call) -> Response:
    """Start a task; only the library scan and those of the Webhook plugin do anything."""
    keys = {make_id("Task", key): key for _, key, _, _ in _there(call.server)}
    key = keys.get(call.parts["task"])
    if key is None:
        return problem(404)
    if key == SCAN:
        call.server.queue.add(call.server.scan)
    elif key in EVENTS:
        call.server.webhooks.run(key)
    return empty()


def restart(call: Call) -> Response:
    """Restart the server, right after this answer."""
    call.server.restart()
    return empty()


def cultures(call: Call) -> Response:
    """List the languages that this version knows."""
    return of_json([c.to_json() for c in all_cultures(call.server.flavour.codes)])


ROUTES = (
    Route("GET", "/", Right.ANYONE, root),
    Route("GET", "/System/Info/Public", Right.ANYONE, public_info),
    Route("GET", "/System/Info", Right.SIGNED_IN, info),
    Route("GET POST", "/System/Ping", Right.ANYONE, ping),
    Route("GET", "/health", Right.ANYONE, health),
    Route("GET", "/ScheduledTasks", Right.ADMIN, tasks),
    Route("POST", "/ScheduledTasks/Running/{task}", Right.ADMIN, run_task),
    Route("POST", "/System/Restart", Right.ADMIN, restart),
    Route("GET", "/Localization/Cultures", Right.SIGNED_IN, cultures),
)
