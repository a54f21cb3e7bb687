"""The front: takes each request to its route, or to what stands before the routes."""

from typing import TYPE_CHECKING

from subtide.playground.exchange import (
    Refusal,
    Request,
    Response,
    empty,
    failure,
    of_json,
    of_text,
)
from subtide.playground.routes import ROUTES
from subtide.playground.routes.route import Call
from subtide.playground.routes.system import starting_info
from subtide.playground.wire import Raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtide.playground.server import Playground

LEGACY_PREFIXES = ("/emby", "/mediabrowser")
STARTING_PAGE = "<!DOCTYPE html><html><body>Jellyfin is starting up</body></html>"


def inside(server: "Playground", path: str) -> str | None:
    """Return the path below the server's base, None for one outside."""
    if server.starting:
        return path.removeprefix(server.base)
    if server.base and path != server.base and not path.startswith(f"{server.base}/"):
        return None
    path = path.removeprefix(server.base) or "/"
    if server.flavour.legacy_paths:
        for prefix in LEGACY_PREFIXES:
            if path.lower().startswith(f"{prefix}/"):
                path = path[len(prefix) :]
    return path


def respond(server: "Playground", raw: Raw, path: str | None) -> Response:
    """Answer a request; ``path`` is what ``inside`` made of its path."""
    if path is None:
        web = {"Location": f"{server.base}/web/"}
        return Response(302, headers=web) if server.redirects_strangers else empty(404)
    if server.starting:
        return _starting(server, path)
    identity = server.door.identify(raw.headers, dict(raw.query))
    caller = server.door.caller(identity.token)
    request = Request(raw.method, path, raw.query, raw.headers, raw.body, caller)
    try:
        return _route(server, request)
    except Refusal as refusal:
        return refusal.response
    except Exception as error:  # noqa: BLE001  # kept, and raised when the playground closes
        server.crashes.append(error)
        return failure(500)


def _route(server: "Playground", request: Request) -> Response:
    matching = [(r, p) for r in ROUTES if (p := r.match(request.path)) is not None]
    if not matching:
        return empty(404)
    chosen = next(((r, p) for r, p in matching if request.method in r.methods.split()), None)
    if chosen is None:
        return empty(405)
    route, parts = chosen
    if not route.right.allows(request.caller):
        return empty(403 if request.caller else 401)
    return route.handler(Call(server, request, parts))


def _starting(server: "Playground", path: str) -> Response:
    answers: dict[str, Callable[[], Response]] = {
        "/system/ping": lambda: of_json("Jellyfin Server"),
        "/system/info/public": lambda: starting_info(server),
        "/health": lambda: of_text("Degraded"),
    }
    answer = answers.get(path.lower())
    if answer is not None:
        return answer()
    page = of_text(STARTING_PAGE, "text/html", 503)
    return Response(503, page.body, {**page.headers, "Retry-After": "005"})
