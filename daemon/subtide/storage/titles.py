"""Titles: items that were looked at before, by what a person calls them."""

import re
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import items

YEAR = re.compile(r" \(\d{4}\)$")


@dataclass(frozen=True, slots=True)
class Titled:
    """An item with its title."""

    server: str
    item: str
    title: str


def is_called(title: str, text: str) -> bool:
    """Whether a text is a whole title, with its year or without, in whatever case."""
    return text.casefold() in {title.casefold(), YEAR.sub("", title).casefold()}


def title_of(database: Database, server: str, item: str) -> str:
    """Return the title of an item that was looked at before, else nothing."""
    mine = (items.c.server == server) & (items.c.item == item)
    with database.read() as connection:
        return connection.execute(sa.select(items.c.title).where(mine)).scalar() or ""


def find_titles(
    database: Database, servers: Collection[str], text: str, limit: int
) -> tuple[Titled, ...]:
    """Return the items of these servers whose title has ``text`` in it, in whatever case."""
    mine = items.c.server.in_(servers) & items.c.title.icontains(text, autoescape=True)
    query = sa.select(items.c.server, items.c.item, items.c.title).where(mine)
    with database.read() as connection:
        rows = connection.execute(query.order_by(items.c.title).limit(limit))
        return tuple(Titled(*row) for row in rows)
