"""The playground's routes, a module for each of Jellyfin's controllers it needs."""

from subtide.playground.routes.items import ROUTES as ITEMS
from subtide.playground.routes.libraries import ROUTES as LIBRARIES
from subtide.playground.routes.media import ROUTES as MEDIA
from subtide.playground.routes.people import ROUTES as PEOPLE
from subtide.playground.routes.plugins import ROUTES as PLUGINS
from subtide.playground.routes.route import Right, Route
from subtide.playground.routes.sign_in import ROUTES as SIGN_IN
from subtide.playground.routes.subtitles import ROUTES as SUBTITLES
from subtide.playground.routes.system import ROUTES as SYSTEM

ROUTES: tuple[Route, ...] = (
    *SYSTEM,
    *PLUGINS,
    *PEOPLE,
    *SIGN_IN,
    *LIBRARIES,
    *ITEMS,
    *SUBTITLES,
    *MEDIA,
)

__all__ = ["ROUTES", "Right", "Route"]
