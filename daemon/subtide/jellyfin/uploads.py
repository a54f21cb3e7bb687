"""Uploads: what a subtitle must be to be sent, and what it means when the server takes none."""

from subtide.errors import ServerOutdated, SubtideError, UploadRefused
from subtide.jellyfin.answers import BadRequest

LARGEST = 22_000_000
"""Bytes of a subtitle: the server takes bodies of 30 MB, and base64 makes four of three."""
BROKEN = (10, 11, 7)
"""The one version that refuses every upload as having an invalid format."""
READ_ONLY = (
    "if the server may not write beside the media, let it save in its own folder"
    " (SaveSubtitlesWithMedia off): subtide doctor --save-in-metadata LIBRARY"
)
"""The way out of a 500; 10.11 also answers so when the item is gone."""


def check_size(data: bytes) -> None:
    """Raise UploadRefused for what the server would not take, or would not show."""
    if not data:
        raise UploadRefused("the subtitle is empty", "an empty file is never uploaded")
    if len(data) > LARGEST:
        what = f"the subtitle is {len(data)} bytes large, the server takes {LARGEST}"
        raise UploadRefused(what, "use srt, which is the smallest format")


def refusal(error: BadRequest, version: tuple[int, ...]) -> SubtideError:
    """Return what a refused upload to a server of this version means."""
    if version[:3] == BROKEN:
        what = "this version of the server refuses every upload (10.11.7)"
        return ServerOutdated(what, "update Jellyfin to 10.11.8 or newer")
    return UploadRefused(error.what, "check the label and the format of uploads")
