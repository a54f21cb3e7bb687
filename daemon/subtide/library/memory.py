"""Memory: what tells that an item was looked at before and that nothing came of it since."""

import hashlib
import json

from subtide import __version__
from subtide.jellyfin.items import Item, Source, Track
from subtide.jellyfin.listing import Entry
from subtide.library.planning import Planner
from subtide.storage.items import KnownItem


def is_unchanged(known: KnownItem | None, entry: Entry, library: str, judged: str) -> bool:
    """Whether a cheap entry says enough: nothing is to be done for its item.

    One with several versions never does: a change to another version is no change to it.
    """
    return (
        known is not None
        and known.settled
        and known.judged == judged
        and known.library == library
        and known.etag == entry.etag != ""
        and known.versions == entry.versions == 1
    )


def is_same(known: KnownItem | None, seen: KnownItem) -> bool:
    """Whether an item's sources, as they were seen now, leave nothing to be done."""
    return (
        known is not None
        and known.settled
        and known.judged == seen.judged
        and known.fingerprint == seen.fingerprint
    )


def judged_under(planner: Planner, *, allow_remote: bool) -> str:
    """Return a hash of all that verdicts depend on besides the item: settings, and our version."""
    options = planner.options
    facts = [
        __version__,
        allow_remote,
        [target.key for target in planner.policy.targets],
        [one.model_dump() for one in (options.speech, options.translation, options.publish)],
    ]
    return _hash(json.dumps(facts, sort_keys=True, default=str))


def fingerprint(item: Item) -> str:
    """Return a hash of an item's sources: their files and their streams, wherever those stand.

    A library scan saves every item anew; this tells which of them changed.
    """
    return _hash(repr(sorted(_source(source) for source in item.sources)))


def _source(source: Source) -> tuple[object, ...]:
    return (
        source.id,
        source.path,
        source.container,
        source.size,
        source.duration,
        source.remote,
        source.disc,
        source.placeholder,
        [_track(track) for track in source.tracks],
    )


def _track(track: Track) -> tuple[object, ...]:
    return (
        track.kind.value,
        track.ordinal,
        track.codec,
        track.language and track.language.tag,
        track.title,
        track.external,
        track.forced,
        track.hearing_impaired,
        track.default,
        track.text,
        track.path,
        track.channels,
    )


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
