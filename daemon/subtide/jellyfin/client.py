"""Jellyfin: everything that Subtide asks of one server, as plain calls with typed errors."""

import base64
import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from random import random

from subtide.errors import (
    BrokenAnswer,
    ServerFailed,
    ServerOutdated,
    SubtideError,
    UploadRefused,
    WrongAddress,
)
from subtide.jellyfin import parse, routes, streams
from subtide.jellyfin.answers import (
    CHECK_URL,
    Answer,
    BadRequest,
    Library,
    NotFound,
    Page,
    ServerFault,
    ServerInfo,
)
from subtide.jellyfin.catalogue import Catalogue
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.items import Item, Source
from subtide.jellyfin.transport import Transport

IDS_AT_ONCE = 100
"""Ids in one request: more make its URL too long for some proxies."""

LARGEST_UPLOAD = 22_000_000
"""Bytes of a subtitle: the server takes bodies of 30 MB, and base64 makes four of three."""

UPLOADS_BROKEN = (10, 11, 7)
"""The one version that refuses every upload as having an invalid format."""

ITEM_ID = re.compile(r"[0-9a-f]{32}")

READ_ONLY = (
    "if the media folder is read-only, switch SaveSubtitlesWithMedia off in the library's"
    " options; 10.11 also answers so when the item is gone"
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Jellyfin:
    """One server. Any thread may call; every method may raise the errors of transport.

    These are KeyRejected, Forbidden, WrongAddress, BrokenAnswer (stop and tell),
    ServerUnreachable, ServerStarting, ServerFailed (later), and BadRequest where the server
    will not do a thing to an item.
    """

    def __init__(  # noqa: PLR0913 - the address, who asks, and the world around
        self,
        url: str,
        key: str,
        *,
        device_id: str,
        device_name: str,
        version: str,
        ca: Path | None = None,
        sleep: Callable[[float], object] = time.sleep,
        rng: Callable[[], float] = random,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``version`` is ours, not the server's; ``ca`` a bundle of certificates to trust.

        ``sleep`` waits between tries and may return early; ``rng`` gives 0 to 1.
        """
        identity = Identity(key, device_id, device_name, version)
        self.transport = Transport(url, identity, ca=ca, sleep=sleep, rng=rng)
        """The requests below these calls, for what is no daily work: plugins, tasks, options."""
        self._api = Catalogue(self.transport)
        self._device_id = device_id
        self._now = now

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self.transport.close()

    def ready(self) -> ServerInfo:
        """Return who answers, once the server is ready and takes the key; asks without retries.

        ``/health`` and ``/System/Ping`` answer 200 while the server starts, so neither counts.
        """
        info = parse.server_info(self._api.public_info().json())
        self._api.info().json()
        return info

    def libraries(self) -> tuple[Library, ...]:
        """Return every library, disabled ones included."""
        return parse.libraries(self._api.libraries().json())

    def pages(
        self,
        *,
        kinds: tuple[str, ...] = ("Movie", "Episode"),
        library: str | None = None,
        changed_since: datetime | None = None,
        limit: int = 100,
    ) -> Iterator[Page]:
        """Yield a listing in pages, oldest items first, each source once.

        ``library`` is a library's id. ``changed_since`` is by the server's clock; a change to
        an alternate version does not count as one to its item. The server's order is not
        stable, so a page may repeat or miss an item: the next scan heals that. Raises
        ValueError for a kind that is no video, because the server would drop its filter.
        """
        if not kinds or not set(kinds) <= parse.VIDEOS:
            raise ValueError(f"{kinds} must be of {sorted(parse.VIDEOS)}")
        seen: set[str] = set()
        start, total = 0, 1
        while start < total:
            query = routes.page(kinds, library, changed_since, start, limit)
            listing, answer = self._listed(query)
            items = tuple(_fresh(listing.items, seen))
            yield Page(items, listing.total, answer.time(self._now()))
            start, total = start + listing.count, listing.total
            if not listing.count:
                return

    def items(self, ids: Collection[str]) -> tuple[Item, ...]:
        """Return those of the items that the server lists, in any of its libraries.

        An id that is none, or whose item is gone or no video, is left out. Ask for primaries:
        for an alternate's id 12 lists nothing, and 10.11 an item without its other sources.
        """
        plain = dict.fromkeys(routes.plain_id(one) for one in ids)
        known = [one for one in plain if ITEM_ID.fullmatch(one)]
        found: list[Item] = []
        for start in range(0, len(known), IDS_AT_ONCE):
            query = routes.by_ids(known[start : start + IDS_AT_ONCE])
            found += self._listed(query)[0].items
        return tuple(found)

    def item(self, item_id: str) -> Item | None:
        """Return one item with fresh tracks, or None if the server does not list it."""
        return next(iter(self.items([item_id])), None)

    def subtitle(self, source: Source, track_index: int, format: str) -> bytes:  # noqa: A002 - the server's word
        """Return a subtitle track as srt, ass or vtt, in whatever encoding the server sends.

        The first read of an embedded track makes the server read the whole file: up to 900 s.
        ``track_index`` is of a listing just made. A track that is gone raises ServerFailed, an
        item that is gone BadRequest.
        """
        path = routes.subtitle_text(source.item, source.id, track_index, format)
        return self._api.get(path).content

    def upload(  # noqa: PLR0913 - the server's own fields
        self,
        source_id: str,
        *,
        language_label: str,
        format: str,  # noqa: A002 - the server's word
        data: bytes,
        forced: bool,
        hearing_impaired: bool,
    ) -> None:
        """Upload a subtitle to one version of an item, once.

        The server may say yes and save nothing, and never overwrites: look before and after.
        After ServerUnreachable it may have arrived all the same. Raises UploadRefused for what
        the server will never take, ServerOutdated where no upload works, ItemGone, and
        ServerFailed with the way out of read-only media.
        """
        _check_size(data)
        body = {
            "Language": language_label,
            "Format": format,
            "IsForced": forced,
            "IsHearingImpaired": hearing_impaired,
            "Data": base64.b64encode(data).decode(),
        }
        try:
            answer = self._api.post(routes.subtitles(source_id), json=body)
        except BadRequest as error:
            raise self._refused(error) from error
        except ServerFault as error:
            raise ServerFailed(error.what, READ_ONLY, error.after) from error
        _done(answer)

    def delete_subtitle(self, source_id: str, index: int) -> None:
        """Delete the external subtitle that is at this index now; the server does not ask twice.

        It is gone when this returns. An embedded or unknown one raises BadRequest.
        """
        _done(self._api.delete(routes.subtitle(source_id, index)))

    def refresh(self, source_id: str) -> None:
        """Ask the server to look at a source's sidecars again; it does so when its turn comes.

        Raises ItemGone, but on 10.11 ServerFailed, when there is no such item.
        """
        _done(self._api.post(routes.refresh(source_id), params=routes.VALIDATION))

    def range(self, source_id: str, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes of the raw file, fewer at its end.

        Raises MediaMissing when the server has no such file, or gives no ranges of it.
        """
        return streams.read_range(self.transport, source_id, offset, size)

    def size(self, source_id: str) -> int:
        """Return the bytes of the raw file; raises as ``range`` does."""
        return streams.total_size(self.transport, source_id)

    def audio_flac(
        self, source: Source, destination: Path, progress: Callable[[int], None]
    ) -> None:
        """Write the audio track that the server's ffmpeg picks, as 16 kHz mono FLAC.

        ``progress`` gets the bytes so far and may raise to stop. The server may end early
        without a word: compare the duration. Raises MediaMissing, or ServerFailed for nothing.
        """
        streams.save_flac(self.transport, source, destination, progress, self._device_id)

    def _listed(self, query: dict[str, str]) -> tuple[parse.Listing, Answer]:
        try:
            answer = self._api.list_items(query)
        except NotFound as error:
            raise WrongAddress(error.what, CHECK_URL) from error
        return parse.listing(answer.json()), answer

    def _refused(self, error: BadRequest) -> SubtideError:
        version = parse.server_info(self._api.public_info().json()).version
        if version[:3] == UPLOADS_BROKEN:
            what = "this version of the server refuses every upload (10.11.7)"
            return ServerOutdated(what, "update Jellyfin to 10.11.8 or newer")
        return UploadRefused(error.what, "check the label and the format of uploads")


def _fresh(items: tuple[Item, ...], seen: set[str]) -> Iterator[Item]:
    """Yield items whose sources were not seen yet, and remember them.

    10.10 lists an alternate version also on its own; it stays with the item that came first.
    """
    for item in items:
        sources = tuple(source for source in item.sources if source.id not in seen)
        if item.id in seen or (item.sources and not sources):
            continue
        seen.add(item.id)
        seen.update(source.id for source in sources)
        yield replace(item, sources=sources)


def _check_size(data: bytes) -> None:
    if not data:
        raise UploadRefused("the subtitle is empty", "an empty file is never uploaded")
    if len(data) > LARGEST_UPLOAD:
        what = f"the subtitle is {len(data)} bytes large, the server takes {LARGEST_UPLOAD}"
        raise UploadRefused(what, "use srt, which is the smallest format")


def _done(answer: Answer) -> None:
    """Raise BrokenAnswer for anything but 204: what answered was no Jellyfin."""
    if answer.status != HTTPStatus.NO_CONTENT:
        what = f"{answer.call} was answered with {answer.status} where 204 is due"
        raise BrokenAnswer(what, "look for a proxy that answers in the server's place")
