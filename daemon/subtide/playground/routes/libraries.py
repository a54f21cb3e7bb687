"""Libraries: their folders and options, and what makes the server look at them."""

from subtide.playground.exchange import Response, empty, of_json, problem
from subtide.playground.options import folder_json
from subtide.playground.routes.route import Call, Right, Route


def folders(call: Call) -> Response:
    """List the libraries with their options."""
    return of_json(
        [folder_json(lib, busy=call.server.scanning) for lib in call.server.catalogue.libraries]
    )


def set_options(call: Call) -> Response:
    """Take a library's whole options; what is left out falls back to its default."""
    body = call.request.json()
    wanted = str(body.get("Id", "")).replace("-", "")
    library = next((lib for lib in call.server.catalogue.libraries if lib.id == wanted), None)
    if library is None:
        return problem(404)
    library.options = dict(body.get("LibraryOptions") or {})
    return empty()


def media_updated(call: Call) -> Response:
    """Note changed paths: the nearest known item is refreshed when the monitor's time is up."""
    for update in call.request.json().get("Updates") or []:
        file = call.server.catalogue.at(update.get("Path") or "")
        if file is None:
            call.server.queue.add(call.server.scan, delay=call.server.monitor_seconds)
        else:
            call.server.refresh_later(file.id, "Default", delay=call.server.monitor_seconds)
    return empty()


def scan(call: Call) -> Response:
    """Start a scan of everything."""
    call.server.queue.add(call.server.scan)
    return empty()


ROUTES = (
    Route("GET", "/Library/VirtualFolders", Right.ADMIN, folders),
    Route("POST", "/Library/VirtualFolders/LibraryOptions", Right.ADMIN, set_options),
    Route("POST", "/Library/Media/Updated", Right.SIGNED_IN, media_updated),
    Route("POST", "/Library/Refresh", Right.ADMIN, scan),
)
