"""options: what a library is set to; the server takes all of it at once or resets the rest."""

from subtide.errors import BrokenAnswer, ItemGone
from subtide.jellyfin import routes
from subtide.jellyfin.answers import Library
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.fields import broken

SAVE_WITH_MEDIA = "SaveSubtitlesWithMedia"


def save_with_media(server: Jellyfin, library: Library, *, on: bool) -> None:
    """Let uploads of a library go beside the media, or (off) into the server's own folder.

    Every other option stays as it is: all are read, one is changed, all are sent back.

    Raises:
        Forbidden: only an administrator may.
        ItemGone: the library is no more.
        BrokenAnswer: the server said yes and did not do it.
    """
    options = _options(server, library)
    body = {"Id": library.id, "LibraryOptions": {**options, SAVE_WITH_MEDIA: on}}
    server.transport.send("POST", routes.LIBRARY_OPTIONS, json=body)
    if _options(server, library).get(SAVE_WITH_MEDIA) is not on:
        raise BrokenAnswer(
            f"the server took the options of {library.name} and did not keep them",
            f"change {SAVE_WITH_MEDIA} by hand, or look into the server's log",
        )


def _options(server: Jellyfin, library: Library) -> dict[str, object]:
    """Return the whole options as the server sends them."""
    folders = server.transport.send("GET", routes.LIBRARIES).json()
    if not isinstance(folders, list):
        raise broken("", folders, "a list")
    for folder in folders:
        if isinstance(folder, dict) and folder.get("ItemId") == library.id:
            options = folder.get("LibraryOptions")
            if not isinstance(options, dict) or not options:
                raise broken("LibraryOptions", options, "an object")
            return options
    raise ItemGone(f"the library {library.name} is no longer on the server", "look at its name")
