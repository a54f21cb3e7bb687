"""Upsert: add a row, or change the one that has its key, in one statement.

A look before an insert is not enough in PostgreSQL: two writers at once both see nothing, and
the second fails.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    values: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Insert ``values``, or apply ``changes`` to the row that has their primary key.

    ``changes``: plain values and expressions over the old row; without them the old row gets
    all of ``values``.
    """
    key = [column.name for column in table.primary_key]
    if changes is None:
        changes = {name: value for name, value in values.items() if name not in key}
    statement = _insert(connection.dialect.name)(table).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))


def upsert_all(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    changes: Callable[[Any], Mapping[str, Any]] | None = None,
) -> None:
    """Insert whole rows, or apply ``changes`` to those that have their primary key.

    ``changes``: makes expressions over the old row from the columns of the new one; without it
    the old row becomes the new one.
    """
    insert = _insert(connection.dialect.name)(table)
    key = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns if not column.primary_key]
    new = insert.excluded
    changed = changes(new) if changes else {name: new[name] for name in names}
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed), rows)


def _insert(dialect: str) -> Any:  # noqa: ANN401 - two classes with one interface, without a base
    if dialect == "postgresql":
        # Three megabytes of memory, in use already where this is reached.
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

        return insert
    return sqlite_insert
