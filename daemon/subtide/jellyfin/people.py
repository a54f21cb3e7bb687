"""People: the names that may be spoken in an item, of its characters and then of its cast."""

import re
from collections.abc import Iterable, Iterator, Sequence

from subtide.jellyfin.fields import Fields

MOST = 60
"""Names of one item: a speech model reads some 200 tokens of them."""
ON_SCREEN = frozenset({"Actor", "GuestStar"})
"""Jellyfin's words for whoever plays a part; the others are not spoken of in the film."""
REMARK = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\"“”]")
"""Metadata writes "(voice)" and "(uncredited)" behind a part, and nicknames in quotes."""
NO_NAME = re.compile(
    r"self( ?-.*)?|himself|herself|themselves|various|uncredited|narrator|additional voices?"
    r"|.*[#\d].*",
    re.IGNORECASE,
)
"""Parts without a name; those with numbers are "Guard #2"."""


def names(answer: object, ids: Sequence[str]) -> tuple[str, ...]:
    """Read the names of listed items, those of ``ids`` in that order, each name once.

    Characters come first, then cast: dialogue is about the former.
    """
    entries = sorted(Fields(answer, "").each("Items"), key=lambda e: _place(e, ids))
    people = [person for entry in entries for person in entry.each("People")]
    seen = [person for person in people if person.text("Type") in ON_SCREEN]
    characters = (name for one in seen for name in _parts(one.text("Role")))
    cast = (" ".join(one.text("Name").split()) for one in seen)
    return tuple(_each_once([*characters, *cast]))[:MOST]


def _place(entry: Fields, ids: Sequence[str]) -> int:
    found = entry.required("Id")
    return ids.index(found) if found in ids else len(ids)


def _parts(role: str) -> Iterator[str]:
    """Yield the names of a role: one actor may play several, "A / B"."""
    for part in REMARK.sub(" ", role).split("/"):
        name = " ".join(part.split()).strip(" ,-")
        if name and not NO_NAME.fullmatch(name):
            yield name


def _each_once(found: Iterable[str]) -> Iterator[str]:
    known = set()
    for name in found:
        if name and name.casefold() not in known:
            known.add(name.casefold())
            yield name
