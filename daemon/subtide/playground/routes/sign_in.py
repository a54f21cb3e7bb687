"""Sign-in: by password, by Quick Connect, and out again."""

from typing import TYPE_CHECKING

from subtide.playground.auth import IDENTITY, Session
from subtide.playground.exchange import Response, empty, failure, of_json
from subtide.playground.quick_connect import pending_json
from subtide.playground.routes.people import meant, session_dto, user_json
from subtide.playground.routes.route import Call, Right, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtide.playground.server import Playground


def login(call: Call) -> Response:
    """Sign a user in; the header must name client and device."""
    client = _client(call)
    if client is None:
        return failure(400)
    body = call.request.json()
    session = call.server.door.login(body.get("Username") or "", body.get("Pw") or "", client)
    if session is None:
        return failure(401)
    call.server.session_started(session.client, session.user)
    return of_json(_signed_in(call.server, session))


def _client(call: Call) -> "Mapping[str, str] | None":
    client = call.server.door.identify(call.request.headers, dict(call.request.query)).client
    return client if all(client.get(word) for word in IDENTITY) else None


def _signed_in(server: "Playground", session: Session) -> dict[str, object]:
    return {
        "User": user_json(server, session.user),
        "SessionInfo": session_dto(server, session),
        "AccessToken": session.token,
        "ServerId": server.id,
    }


def logout(call: Call) -> Response:
    """End the session of the token; a key has none and stays good."""
    token = call.request.caller.token if call.request.caller else ""
    call.server.door.close_session(token)
    return empty()


def enabled(call: Call) -> Response:
    """Say whether there is Quick Connect."""
    return of_json(call.server.quick_connect)


def initiate(call: Call) -> Response:
    """Give a device a code."""
    if not call.server.quick_connect:
        return of_json("Quick connect is disabled", 401)
    client = _client(call)
    if client is None:
        return failure(400)
    return of_json(pending_json(call.server.door.codes.initiate(client)))


def connect(call: Call) -> Response:
    """Tell a device whether its code was approved."""
    if not call.server.quick_connect:
        return of_json("Quick connect is disabled", 401)
    pending = call.server.door.codes.find(call.request.first("secret") or "")
    return of_json(pending_json(pending)) if pending else of_json("Unknown secret", 404)


def authorize(call: Call) -> Response:
    """Let the caller, or for an administrator any user, approve a code."""
    user = meant(call)
    if isinstance(user, Response):
        return user
    try:
        call.server.approve(call.request.first("code") or "", user)
    except LookupError:
        return failure(404)
    except ValueError:
        return failure(500)
    return of_json(data=True)


def claim(call: Call) -> Response:
    """Hand the sign-in to the device whose code was approved."""
    pending = call.server.door.codes.find(call.request.json()["Secret"])
    if pending is None or pending.session is None:
        return failure(404)
    return of_json(_signed_in(call.server, pending.session))


ROUTES = (
    Route("POST", "/Users/AuthenticateByName", Right.ANYONE, login),
    Route("POST", "/Sessions/Logout", Right.SIGNED_IN, logout),
    Route("GET", "/QuickConnect/Enabled", Right.ANYONE, enabled),
    Route("POST", "/QuickConnect/Initiate", Right.ANYONE, initiate),
    Route("GET", "/QuickConnect/Connect", Right.ANYONE, connect),
    Route("POST", "/QuickConnect/Authorize", Right.SIGNED_IN, authorize),
    Route("POST", "/Users/AuthenticateWithQuickConnect", Right.ANYONE, claim),
)
