"""viewers: whether anyone watches what is about to be changed.

A subtitle that comes or goes renumbers the others, and the players of a running session go on
with the old numbers.
"""

from subtide.errors import BeingWatched, Forbidden
from subtide.jellyfin.client import Jellyfin
from subtide.pipeline.plan import Plan


def ask_viewers(server: Jellyfin, plan: Plan) -> None:
    """Ask the server afresh, just before something of the plan's item is written or removed.

    Raises:
        BeingWatched: somebody plays the item, in whatever version.
    """
    if is_watched(server, plan.item, plan.source):
        raise BeingWatched(
            f"{plan.title} is being watched on {plan.server_name}",
            "its subtitles are changed when nobody does any more, or after"
            " publish.viewers_seconds of waiting",
        )


def is_watched(server: Jellyfin, item: str, source: str) -> bool:
    """Whether anybody plays the item, in whatever version, or the source, as the server says now.

    Who may not see the sessions is told of nobody.
    """
    try:
        played = server.playing()
    except Forbidden:
        return False
    return any(one.item == item or one.source == source for one in played)
