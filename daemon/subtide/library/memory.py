"""Memory: what tells that an item was looked at before and that nothing came of it since."""

import hashlib
import json
from collections.abc import Hashable
from functools import lru_cache

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
    """Return a hash of all settings that verdicts depend on, and of our version."""
    options, rules = planner.options, planner.rules
    facts = [
        __version__,
        allow_remote,
        rules.base.model_dump(),
        [
            (rule.when.model_dump(), rule.set.model_dump(exclude_unset=True))
            for rule in rules.changes
        ],
        [one.model_dump() for one in (options.speech, options.translation, options.publish)],
    ]
    return _hash(json.dumps(facts, sort_keys=True, default=str))


@lru_cache(maxsize=4096)
def judged_with(settings: str, *around: Hashable) -> str:
    """Return a hash of the settings' hash and of what is around an item."""
    return _hash(repr((settings, around)))


def fingerprint(item: Item) -> str:
    """Return a hash of what the policy reads of an item: files, streams, name, tags, rating.

    A library scan saves every item anew; this tells which of them changed.
    """
    named = (item.title, item.series, item.series_id, item.path, sorted(item.tags), item.rating)
    return _hash(repr((named, sorted(_source(source) for source in item.sources))))


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
