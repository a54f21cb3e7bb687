"""subtide spending, and doctor's look at language models."""

from collections.abc import Callable, Iterator

import pytest
from command import Home, Ran

from subtide.cli.output import ExitCode
from subtide.playground.chat import KEY, ChatStandIn
from subtide.storage.spending import Spending

Subtide = Callable[..., Ran]


@pytest.fixture
def stand_in() -> Iterator[ChatStandIn]:
    with ChatStandIn(str.upper, key=KEY) as server:
        yield server


def configure(home: Home, url: str, **changes: object) -> None:
    chat = {"url": url, "key": KEY, "model": "stand-in", **changes}
    home.configure(
        translation={"engines": ["firefox", "openai"], "chat": {"openai": chat}},
        models={"pull": False},
    )


def spend(home: Home, cost: float) -> None:
    database = home.database()
    Spending(database).add(
        "openai", "stand-in", requests=3, tokens_in=1200, tokens_out=900, cost=cost
    )
    database.close()


def test_nothing_was_spent(at_home: Subtide) -> None:
    ran = at_home("spending", "--days", "7")
    assert (ran.code, ran.out) == (0, "No language model was asked in the last 7 days.\n")
    assert at_home("spending", "--json").json == {"days": [], "budgets": {}}


def test_what_was_spent_and_what_is_left(home: Home, at_home: Subtide) -> None:
    configure(home, "http://127.0.0.1:9", budget=2.0, price_in=1.0)
    spend(home, 0.5)
    lines = at_home("spending").out.splitlines()
    assert lines[1].split()[1:] == ["openai", "stand-in", "3", "1200", "900", "0.5000"]
    assert lines[2:] == ["In 30 days: openai 0.50", "openai: 1.50 of 2.00 are left for 30 days"]
    told = at_home("spending", "--json").json
    assert told["budgets"] == {"openai": {"budget": 2.0, "cost": 0.5}}
    assert told["days"][0]["tokens_out"] == 900
    spend(home, 1.5)
    assert at_home("spending").out.endswith("are left for 30 days; the next engine goes on\n")


def chat_checks(ran: Ran) -> list[tuple[str, str]]:
    return [(row["health"], row["what"]) for row in ran.json if row["name"] == "openai"]


def test_doctor_asks_a_language_model_s_server(
    home: Home, at_home: Subtide, stand_in: ChatStandIn
) -> None:
    configure(home, stand_in.url)
    assert chat_checks(at_home("doctor", "--json")) == [("ok", "it answers and has stand-in")]
    assert stand_in.requests == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"key": "sk-another"}, " refused the key"),
        ({"model": "gone"}, " has no model gone"),
        ({"budget": 3.0}, "its budget counts nothing, because it has no prices"),
    ],
)
def test_doctor_says_what_is_wrong_with_it(
    home: Home, at_home: Subtide, stand_in: ChatStandIn, changes: dict[str, object], wrong: str
) -> None:
    configure(home, stand_in.url, **changes)
    ran = at_home("doctor", "--json")
    assert ran.code == ExitCode.SOME_FAILED
    health, what = chat_checks(ran)[-1]
    assert health == "wrong"
    assert what.endswith(wrong)
    assert KEY not in ran.out


def test_doctor_tells_of_one_that_nobody_asks(
    home: Home, at_home: Subtide, stand_in: ChatStandIn
) -> None:
    chat = {"url": stand_in.url, "key": KEY, "model": "stand-in"}
    home.configure(translation={"chat": {"openai": chat}}, models={"pull": False})
    (note, ok) = chat_checks(at_home("doctor", "--json"))
    assert note[0] == "note"
    assert ok[0] == "ok"
