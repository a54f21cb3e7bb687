"""Jellyfin: everything that Subtide asks of one server, as plain calls with typed errors."""

import base64
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from random import random

from subtide.errors import (
    BrokenAnswer,
    Forbidden,
    ServerFailed,
)
from subtide.jellyfin import parse, people, routes, streams, uploads
from subtide.jellyfin.answers import (
    KEY_RIGHTS,
    Answer,
    BadRequest,
    Library,
    NotFound,
    Rights,
    ServerFault,
    ServerInfo,
)
from subtide.jellyfin.catalogue import Catalogue
from subtide.jellyfin.fields import Fields
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.items import Item, Source
from subtide.jellyfin.listing import PAGE, SUBTITLED, Listing, listed
from subtide.jellyfin.messages import Played, played
from subtide.jellyfin.series import episodes_after
from subtide.jellyfin.socket import Socket, open_socket, subscriptions
from subtide.jellyfin.transport import Transport

IDS_AT_ONCE = 100
"""Ids in one request: more make its URL too long for some proxies."""

NOBODY = frozenset({HTTPStatus.BAD_REQUEST.value})
"""What an API key is answered when it asks who it is."""

ITEM_ID = re.compile(r"[0-9a-f]{32}")


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
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``version`` is ours, not the server's; ``ca`` a bundle of certificates to trust.

        ``sleep`` waits between tries and may return early; ``rng`` gives 0 to 1; ``clock`` gives
        seconds, ``now`` the time.
        """
        identity = Identity(key, device_id, device_name, version)
        self.transport = Transport(url, identity, ca=ca, sleep=sleep, rng=rng, clock=clock)
        """The requests below these calls, for what is no daily work: plugins, tasks, options."""
        self._api = Catalogue(self.transport)
        self._open_socket = partial(open_socket, url, identity, ca=ca, clock=clock)
        self._device_id = device_id
        self._now = now
        self._rights: Rights | None = None

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

    def rights(self) -> Rights:
        """Return who asks and what they may do; asked once, until the first answer.

        From then on a Forbidden names the user.
        """
        if self._rights is None:
            answer = self.transport.send("GET", routes.ME, allowed=NOBODY)
            nobody = answer.status in NOBODY
            self._rights = KEY_RIGHTS if nobody else parse.rights(answer.json())
            if not self._rights.admin:
                self.transport.asker = f"{self._rights.name}, who is no administrator,"
        return self._rights

    @contextmanager
    def socket(self) -> Iterator[Socket]:
        """Open the socket, subscribed to all that this server tells whoever asks.

        Raises as ``open_socket`` does too.
        """
        version = parse.server_info(self._api.public_info().json()).version
        wanted = subscriptions(version, self.rights())
        with self._open_socket() as socket:
            socket.subscribe(wanted)
            yield socket

    def libraries(self) -> tuple[Library, ...]:
        """Return every library, disabled ones included; to a user, those that they may see.

        Only an administrator is told folders and options.
        """
        rights = self.rights()
        everything: tuple[Library, ...] = ()
        if rights.admin:
            everything = parse.libraries(self._api.libraries().json())
        if rights.user is None:
            return everything
        query = routes.VIEWS_OF | {"userId": rights.user}
        seen = parse.views(self._api.get(routes.VIEWS, query).json())
        known = {library.id: library for library in everything}
        return tuple(known.get(library.id, library) for library in seen)

    def subtitle_wishes(self) -> tuple[str, ...]:
        """Return the subtitle languages that users are set to, as tags, those of most first.

        Nothing to a user who may not see the others.
        """
        try:
            return parse.subtitle_wishes(self._api.get(routes.USERS).json())
        except Forbidden:
            return ()

    def tags(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Return the tags of items of any kind, by id; one that is gone is left out."""
        found: dict[str, frozenset[str]] = {}
        wanted = list(ids)
        for start in range(0, len(wanted), IDS_AT_ONCE):
            query = routes.tags(wanted[start : start + IDS_AT_ONCE])
            found |= parse.tags(listed(self._api, query).json())
        return found

    def with_parts(self, item: Item) -> Item:
        """Return the item with the further parts of its film, which no list names, as sources.

        Asks only for an item in several parts.
        """
        if item.parts == 1:
            return item
        try:
            further = parse.parts(self._api.get(routes.parts(item.id)).json(), item.id)
        except NotFound:  # deleted since it was listed
            return item
        return replace(item, sources=(*item.sources, *further))

    def listing(
        self,
        *,
        kinds: tuple[str, ...] = SUBTITLED,
        library: str | None = None,
        changed_since: datetime | None = None,
        limit: int = PAGE,
    ) -> Listing:
        """Return a listing of what is there, oldest first, still to be read.

        ``library`` is a library's id. ``changed_since`` is by the server's clock; a change to
        an alternate version does not count as one to its item. ``limit``: entries in a page.
        Raises ValueError for a kind that is no video, because the server would drop its filter.
        """
        if not kinds or not set(kinds) <= parse.VIDEOS:
            raise ValueError(f"{kinds} must be of {sorted(parse.VIDEOS)}")
        query = routes.listing(kinds, library, changed_since)
        return Listing(self._api, query, limit, self._now)

    def count(self, library: str, kinds: tuple[str, ...] = SUBTITLED) -> int:
        """Return how many items of these kinds a library has, by one short question."""
        query = routes.page(routes.listing(kinds, library, None), "Ascending", start=0, limit=1)
        return Fields(listed(self._api, query).json(), "").required_whole("TotalRecordCount")

    def items(self, ids: Collection[str]) -> tuple[Item, ...]:
        """Return those of the items that the server lists, in any of its libraries.

        An id that is none, or whose item is gone or no video, is left out. Ask for primaries:
        for an alternate's or a part's id 12 lists nothing, and 10.11 an item of its own.
        """
        plain = dict.fromkeys(routes.plain_id(one) for one in ids)
        known = [one for one in plain if ITEM_ID.fullmatch(one)]
        found: list[Item] = []
        for start in range(0, len(known), IDS_AT_ONCE):
            query = routes.by_ids(known[start : start + IDS_AT_ONCE])
            answer = listed(self._api, query)
            found += map(self.with_parts, parse.items(answer.json()))
        return tuple(found)

    def item(self, item_id: str) -> Item | None:
        """Return one item with fresh tracks, or None if the server does not list it."""
        return next(iter(self.items([item_id])), None)

    def names(self, *ids: str) -> tuple[str, ...]:
        """Return the names that may be spoken in items: characters, then cast, at most 60.

        ``ids``: of an item, and of its series. Asked once, without retries and with a short
        patience: the server is slow with people, so ask for one item at a time and only where
        its speech or text is worked on.
        """
        wanted = [plain for one in ids if ITEM_ID.fullmatch(plain := routes.plain_id(one))]
        if not wanted:
            return ()
        answer = self.transport.send("GET", routes.ITEMS, params=routes.people(wanted), retries=0)
        return people.names(answer.json(), wanted)

    def episodes_after(
        self, series: str, season: int | None, episode: int, limit: int
    ) -> tuple[str, ...]:
        """Return the ids of the next episodes of a series, at most so many, soonest first.

        ``season`` is None in a series without. Those that are only announced are left out.
        """
        return episodes_after(self._api, series, (season or 0, episode), limit)

    def playing(self) -> tuple[Played, ...]:
        """Return every video that is played now; to a user who is no administrator, their own."""
        return played(self._api.get(routes.SESSIONS).json())

    def subtitle(self, source: Source, track_index: int, format: str) -> bytes:  # noqa: A002 - the server's word
        """Return a subtitle track as srt, ass or vtt, in whatever encoding the server sends.

        The first read of an embedded track makes the server read the whole file: up to 900 s.
        ``track_index`` is of a listing just made. A track that is gone raises ServerFailed, an
        item that is gone BadRequest.
        """
        path = routes.subtitle_text(source.id, track_index, format)
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
        uploads.check_size(data)
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
            info = parse.server_info(self._api.public_info().json())
            raise uploads.refusal(error, info.version) from error
        except ServerFault as error:
            raise ServerFailed(error.what, uploads.READ_ONLY, error.after) from error
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

    def report_change(self, path: str) -> None:
        """Tell the server that something changed at one of its paths; any user may.

        It looks there after about a minute.
        """
        update = {"Path": path, "UpdateType": "Modified"}
        _done(self._api.post(routes.MEDIA_UPDATED, json={"Updates": [update]}))

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


def _done(answer: Answer) -> None:
    """Raise BrokenAnswer for anything but 204: what answered was no Jellyfin."""
    if answer.status != HTTPStatus.NO_CONTENT:
        what = f"{answer.call} was answered with {answer.status} where 204 is due"
        raise BrokenAnswer(what, "look for a proxy that answers in the server's place")
