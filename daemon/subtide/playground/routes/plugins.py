"""Plugins: installed ones, packages to install, repositories, and a plugin's configuration."""

from subtide.playground.exchange import Response, empty, of_json, problem
from subtide.playground.plugins import WEBHOOK, WEBHOOK_ID, as_kept
from subtide.playground.routes.route import Call, Right, Route


def installed(call: Call) -> Response:
    """List what is installed, loaded or not."""
    flavour = call.server.flavour
    return of_json(call.server.plugins.installed(flavour.version, images=flavour.new_fields))


def packages(call: Call) -> Response:
    """List what the repositories offer."""
    return of_json(call.server.plugins.packages())


def install(call: Call) -> Response:
    """Install a package; 404 when no repository offers it."""
    wanted = (call.request.first("assemblyGuid") or WEBHOOK_ID).replace("-", "").lower()
    known = call.parts["name"].lower() == WEBHOOK.lower() and wanted == WEBHOOK_ID
    if not known or not call.server.plugins.offered:
        return problem(404)
    call.server.plugins.install()
    return empty()


def repositories(call: Call) -> Response:
    """List the repositories."""
    return of_json(call.server.plugins.repositories)


def set_repositories(call: Call) -> Response:
    """Take the whole list of repositories."""
    call.server.plugins.repositories = list(call.request.json())
    return empty()


def configuration(call: Call) -> Response:
    """Tell the Webhook plugin's configuration; 404 while it is not loaded."""
    if not _loaded(call):
        return problem(404)
    return of_json(call.server.plugins.configuration)


def configure(call: Call) -> Response:
    """Take the Webhook plugin's whole configuration; it works at once."""
    if not _loaded(call):
        return problem(404)
    call.server.plugins.configuration = as_kept(call.request.json())
    return empty()


def _loaded(call: Call) -> bool:
    wanted = call.parts["plugin"].replace("-", "").lower()
    return wanted == WEBHOOK_ID and call.server.plugins.active


ROUTES = (
    Route("GET", "/Plugins", Right.ADMIN, installed),
    Route("GET", "/Plugins/{plugin}/Configuration", Right.ADMIN, configuration),
    Route("POST", "/Plugins/{plugin}/Configuration", Right.ADMIN, configure),
    Route("GET", "/Packages", Right.ADMIN, packages),
    Route("POST", "/Packages/Installed/{name}", Right.ADMIN, install),
    Route("GET", "/Repositories", Right.ADMIN, repositories),
    Route("POST", "/Repositories", Right.ADMIN, set_repositories),
)
