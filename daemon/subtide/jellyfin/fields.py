"""Reading a JSON object whose shape is not ours: absent and null are alike, the rest is checked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Self

from subtide.errors import BrokenAnswer

SHOWN = 60
"""Characters of a wrong value that an error quotes."""


class Fields:
    """One JSON object of an answer, and where it stands in it (``Items[3].MediaSources[0]``)."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise broken(where, value, "an object")
        self._values = value
        self._where = where

    def text(self, name: str) -> str:
        """Return a text, empty when absent."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "text")
        return value or ""

    def required(self, name: str) -> str:
        """Return a text that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise self._wrong(name, "text")
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number, None when absent."""
        value = self._values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self._wrong(name, "a whole number")
        return value

    def required_whole(self, name: str) -> int:
        """Return a whole number that must be there."""
        value = self.whole(name)
        if value is None:
            raise self._wrong(name, "a whole number")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false, ``default`` when absent."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return default if value is None else value

    def moment(self, name: str) -> datetime | None:
        """Return a time in UTC, None when absent."""
        value = self.text(name)
        if not value:
            return None
        try:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise self._wrong(name, "a time") from None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, empty when absent."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(name, "a list of texts")
        return tuple(str(value) for value in values)

    def one(self, name: str) -> Self:
        """Return an object, an empty one when absent."""
        value = self._values.get(name)
        return type(self)({} if value is None else value, self._place(name))

    def each(self, name: str) -> Iterator[Self]:
        """Yield the objects of a list."""
        for number, value in enumerate(self._list(name)):
            yield type(self)(value, f"{self._place(name)}[{number}]")

    def _list(self, name: str) -> list[object]:
        value = self._values.get(name)
        if value is not None and not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value or []

    def _place(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _wrong(self, name: str, due: str) -> BrokenAnswer:
        return broken(self._place(name), self._values.get(name), due)


def broken(where: str, value: object, due: str) -> BrokenAnswer:
    """Return the error for a value of the wrong shape; ``due`` is what it should have been."""
    return BrokenAnswer(
        f"the server's answer has {repr(value)[:SHOWN]} as {where or 'its whole'}, not {due}",
        "check that the base URL leads to a Jellyfin of version 10.10, 10.11 or 12",
    )
