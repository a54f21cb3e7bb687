"""Spending: one account a day, engine and model; a budget looks at 30 days."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from subtide.storage.database import Database
from subtide.storage.spending import BUDGET_DAYS, Spending
from subtide.storage.tables import spending


def add(
    database: Database, engine: str = "openai", model: str = "large", cost: float = 0.5
) -> None:
    Spending(database).add(
        engine, model, requests=2, tokens_in=3_000_000_000, tokens_out=400, cost=cost
    )


def move_back(database: Database, days: int) -> None:
    with database.write() as connection:
        rows = connection.execute(sa.select(spending)).mappings().all()
        connection.execute(spending.delete())
        for row in rows:
            values = {**row, "day": row["day"] - timedelta(days=days)}
            connection.execute(spending.insert().values(**values))


def test_a_day_adds_up_for_each_engine_and_model(database: Database) -> None:
    add(database)
    add(database, cost=0.25)
    add(database, model="small")
    add(database, engine="ollama", cost=0.0)
    found = {(day.engine, day.model): day for day in Spending(database).days()}
    assert set(found) == {("openai", "large"), ("openai", "small"), ("ollama", "large")}
    large = found["openai", "large"]
    assert (large.requests, large.tokens_in, large.tokens_out) == (4, 6_000_000_000, 800)
    assert large.cost == pytest.approx(0.75)


def test_what_an_engine_cost_is_counted_over_its_models(database: Database) -> None:
    add(database)
    add(database, model="small")
    add(database, engine="ollama", cost=9.0)
    assert Spending(database).cost("openai") == pytest.approx(1.0)
    assert Spending(database).cost("unknown") == 0.0


def test_a_day_falls_out_of_the_budget_after_thirty(database: Database) -> None:
    add(database)
    move_back(database, BUDGET_DAYS - 1)
    assert Spending(database).cost("openai") == pytest.approx(0.5)
    move_back(database, 1)
    assert Spending(database).cost("openai") == 0.0
    assert Spending(database).days() == ()
    assert len(Spending(database).days(BUDGET_DAYS + 1)) == 1


def test_the_newest_day_comes_first(database: Database) -> None:
    add(database, model="old")
    move_back(database, 3)
    add(database, model="new")
    assert [day.model for day in Spending(database).days()] == ["new", "old"]
