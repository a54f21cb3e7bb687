"""Spending: what language models took in tokens and money, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.tables import spending
from subtide.storage.upsert import upsert

BUDGET_DAYS = 30
"""What a budget is for."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one engine's model took on one day, UTC."""

    day: date
    engine: str
    model: str
    requests: int
    tokens_in: int
    tokens_out: int
    cost: float
    """In whatever money the prices of the settings are."""


class Spending:
    """Adds up what was spent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(  # noqa: PLR0913 - what an account says
        self,
        engine: str,
        model: str,
        *,
        requests: int,
        tokens_in: int,
        tokens_out: int,
        cost: float,
    ) -> None:
        """Add to today's account."""
        with self._database.write() as connection:
            day = self._database.now(connection).date()
            values = {
                "day": day,
                "engine": engine,
                "model": model,
                "requests": requests,
                "tokens_in": tokens_in,
                "tokens_out": tokens_out,
                "cost": cost,
            }
            counted = ("requests", "tokens_in", "tokens_out", "cost")
            changes = {name: spending.c[name] + values[name] for name in counted}
            upsert(connection, spending, values, changes)

    def cost(self, engine: str) -> float:
        """Return what an engine has cost in the last BUDGET_DAYS days, today among them."""
        with self._database.read() as connection:
            first = self._database.now(connection).date() - timedelta(days=BUDGET_DAYS - 1)
            where = (spending.c.engine == engine) & (spending.c.day >= first)
            query = sa.select(sa.func.coalesce(sa.func.sum(spending.c.cost), 0.0)).where(where)
            return float(connection.execute(query).scalar_one())

    def days(self, last: int = BUDGET_DAYS) -> tuple[Spent, ...]:
        """Return the accounts of the last days, newest first."""
        with self._database.read() as connection:
            first = self._database.now(connection).date() - timedelta(days=last - 1)
            query = (
                sa.select(spending)
                .where(spending.c.day >= first)
                .order_by(spending.c.day.desc(), spending.c.engine, spending.c.model)
            )
            return tuple(Spent(**row) for row in connection.execute(query).mappings())
