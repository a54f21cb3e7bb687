"""subtide spending: what language models took and cost."""

from collections import defaultdict
from dataclasses import asdict

import click

from subtide.cli.context import Context
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json, print_table
from subtide.house import House
from subtide.storage.spending import BUDGET_DAYS, Spent

HEADINGS = ("day", "engine", "model", "requests", "tokens in", "tokens out", "cost")


@click.command(epilog=exits(ExitCode.SETTINGS))
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=BUDGET_DAYS,
    show_default=True,
    help="How many days to tell, today among them.",
)
@json_option
@click.pass_obj
def spending(context: Context, *, days: int, as_json: bool) -> None:
    """Tell what language models took in tokens and money, and what is left of their budgets.

    Days are UTC. The money is that of the prices in your settings; without prices it costs 0.
    """
    with context.house(need_server=False) as house:
        found = house.tools.spending.days(days)
        budgets = _budgets(house)
    if as_json:
        print_json(
            {
                "days": [{**asdict(day), "day": day.day.isoformat()} for day in found],
                "budgets": budgets,
            }
        )
        return
    if found:
        print_table(HEADINGS, [_row(day) for day in found])
        _tell_sums(found, days)
    else:
        click.echo(f"No language model was asked in the last {counted(days, 'day')}.")
    for name, budget in budgets.items():
        left = max(0.0, budget["budget"] - budget["cost"])
        click.echo(
            f"{name}: {left:.2f} of {budget['budget']:.2f} are left for {BUDGET_DAYS} days"
            + ("" if left else "; the next engine goes on")
        )


def _budgets(house: House) -> dict[str, dict[str, float]]:
    return {
        name: {"budget": chat.budget, "cost": house.tools.spending.cost(name)}
        for name, chat in house.settings.translation.chat.items()
        if chat.budget
    }


def _row(day: Spent) -> tuple[object, ...]:
    return (
        day.day.isoformat(),
        day.engine,
        day.model,
        day.requests,
        day.tokens_in,
        day.tokens_out,
        f"{day.cost:.4f}",
    )


def _tell_sums(found: tuple[Spent, ...], days: int) -> None:
    sums: defaultdict[str, float] = defaultdict(float)
    for day in found:
        sums[day.engine] += day.cost
    told = ", ".join(f"{engine} {cost:.2f}" for engine, cost in sorted(sums.items()))
    click.echo(f"In {counted(days, 'day')}: {told}")
