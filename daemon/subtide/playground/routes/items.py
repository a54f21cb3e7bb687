"""Items: lists, single items, parts, and the refresh of one."""

from typing import TYPE_CHECKING

from subtide.playground.dto import EVERYTHING, Wish, part_item
from subtide.playground.exchange import Request, Response, empty, failure, of_json, problem
from subtide.playground.listing import page, select
from subtide.playground.routes.route import Call, Right, Route
from subtide.playground.tree import Item

if TYPE_CHECKING:
    from subtide.playground.server import Playground

MODES = {"none", "validationonly", "default", "fullrefresh"}


def _user(server: "Playground", request: Request) -> str | None:
    """Return the user's id: named in the query, or the caller's own."""
    named = (request.first("userId") or "").replace("-", "").lower()
    if named in {user.id for user in server.door.users}:
        return named
    user = request.caller.user if request.caller else None
    return user.id if user else None


def _listed(items: list[dict[str, object]], total: int, start: int) -> Response:
    return of_json({"Items": items, "TotalRecordCount": total, "StartIndex": start})


def items(call: Call) -> Response:
    """Answer a list."""
    chosen, total = page(select(call.server.catalogue, call.request), call.request)
    wish = Wish(
        fields=set(call.request.words("fields")),
        images=call.request.flag("enableImages") is not False,
        user=_user(call.server, call.request),
        user_data=call.request.flag("enableUserData") is not False,
    )
    written = [call.server.writer.item(item, wish) for item in chosen]
    return _listed(written, total, call.request.number("startIndex", 0))


def item(call: Call) -> Response:
    """Answer one item; a key must name a user."""
    item = call.parts["item"]
    user = _user(call.server, call.request)
    if user is None:
        return failure(400)
    found = call.server.catalogue.item_of(item.replace("-", "").lower())
    if found is None:
        return problem(404)
    return of_json(call.server.writer.whole_item(found, Wish(EVERYTHING, user=user)))


def parts(call: Call) -> Response:
    """Answer the further parts of a film in several files."""
    item = call.parts["item"]
    found = call.server.catalogue.item_of(item.replace("-", "").lower())
    if found is None:
        return problem(404)
    anew = call.server.flavour.new_fields
    rows = [part_item(found, part, named_by_title=anew) for part in found.parts]
    wish = Wish(EVERYTHING, user=_user(call.server, call.request))
    return _listed([_whole(call.server, row, wish) for row in rows], len(rows), 0)


def _whole(server: "Playground", row: Item, wish: Wish) -> dict[str, object]:
    return server.writer.whole_item(row, wish)


def refresh(call: Call) -> Response:
    """Queue a refresh. Without a mode it will see nothing."""
    item = call.parts["item"]
    wanted = item.replace("-", "").lower()
    mode = call.request.first("metadataRefreshMode") or "None"
    if mode.lower() not in MODES:
        return problem(400, {"metadataRefreshMode": [f"The value '{mode}' is not valid."]})
    if not call.server.catalogue.knows(wanted):
        missing = call.server.flavour.unknown_item
        return problem(404) if missing == problem(404).status else failure(missing)
    call.server.refresh_later(wanted, mode)
    return empty()


ROUTES = (
    Route("GET", "/Items", Right.SIGNED_IN, items),
    Route("GET", "/Items/{item}", Right.SIGNED_IN, item),
    Route("GET", "/Videos/{item}/AdditionalParts", Right.SIGNED_IN, parts),
    Route("POST", "/Items/{item}/Refresh", Right.ADMIN, refresh),
)
