"""Chat engines against a server that fails in every way: no line is lost or in another's place."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from subtide.languages import Language
from subtide.mt.chat import ChatEngine, ChatSetup
from subtide.mt.chat_starts import begins, longer, needed, usual
from subtide.mt.engine import EngineFailed, Line
from subtide.mt.fake import FakeEngine
from subtide.mt.guard import Guard
from subtide.mt.relay import Answer, Relay, Tally
from subtide.playground.chat import HTTP_FAULTS, ChatStandIn
from subtide.playground.chat_faults import ANSWERS, Asked
from subtide.playground.chat_film import film, translated

EN, PT = Language("en"), Language("pt")
NEXT = " Sim."
"""What marks a line of the next engine."""
DOCUMENTS = 100
HARMLESS = {"none", "extra", "thinking", "thought", "fenced", "bare-list"}
"""Faults that a reader sees through: nothing is asked again."""

USELESS = {
    *("broken", "echo", "no-starts", "nonsense", "refused", "thinking-on"),
    *("unprintable", "wrong-kinds", *HTTP_FAULTS),
}
"""Faults that leave nothing to use."""


def next_engine() -> FakeEngine:
    return FakeEngine(EN, PT, lambda lines: [Line(n.id, translated(n.text) + NEXT) for n in lines])


@pytest.fixture
def stand_in() -> Iterator[ChatStandIn]:
    with ChatStandIn(translated) as server:
        yield server


def engine(server: ChatStandIn, protocol: str, seed: int = 0, lines: int = 20) -> ChatEngine:
    setup = ChatSetup(server.url, "stand-in", batch_lines=lines, timeout_seconds=20)
    rng = Random(seed)  # noqa: S311 - repeatable
    return ChatEngine(protocol, setup, EN, PT, sleep=lambda _seconds: None, rng=rng)


def relayed(chat: ChatEngine, lines: Sequence[Line], spare: FakeEngine) -> dict[int, Answer]:
    tally = Tally(lambda _done, _total: None)
    answers = Relay([chat, spare], Guard(EN, PT), tally).run(lines, lines)
    chat.close()
    return answers


def numbered(count: int, seed: int) -> list[Line]:
    rng = Random(seed)  # noqa: S311 - repeatable
    ids = rng.sample(range(10_000), count)
    return [Line(name, text) for name, text in zip(ids, film(count, rng), strict=True)]


def check_all(lines: Sequence[Line], answers: dict[int, Answer], spare: FakeEngine) -> None:
    assert list(answers) == [line.id for line in lines]
    asked = {line.id for line in spare.asked}
    for line in lines:
        own = translated(line.text)
        assert answers[line.id].text == (own + NEXT if line.id in asked else own)


def any_fault(_asked: Asked, rng: Random) -> str:
    if rng.random() < 0.4:
        return "none"
    return rng.choice([*ANSWERS, *(name for name in HTTP_FAULTS if name != "huge")])


def test_whatever_goes_wrong_each_line_has_its_own_translation(stand_in: ChatStandIn) -> None:
    stand_in.faults = any_fault
    by_chat = total = 0
    for seed in range(DOCUMENTS):
        lines = numbered(4 + seed % 13, seed)
        chat = engine(stand_in, ("ollama", "openai")[seed % 2], seed, lines=(12, 5)[seed // 2 % 2])
        spare = next_engine()
        check_all(lines, relayed(chat, lines, spare), spare)
        total += len(lines)
        by_chat += len(lines) - len({line.id for line in spare.asked})
    assert set(stand_in.counts) == {*ANSWERS, *HTTP_FAULTS} - {"huge"}
    assert by_chat > 0.5 * total


@pytest.mark.parametrize("fault", [*ANSWERS, *HTTP_FAULTS])
def test_a_fault_that_never_ends_ends_in_the_next_engine(stand_in: ChatStandIn, fault: str) -> None:
    stand_in.faults = lambda _asked, _rng: fault
    lines, spare = numbered(20, 5), next_engine()
    check_all(lines, relayed(engine(stand_in, "ollama"), lines, spare), spare)
    assert len(stand_in.requests) <= 16
    if fault in HARMLESS:
        assert spare.asked == []
    if fault in USELESS:
        assert spare.asked == lines


@pytest.mark.parametrize("fault", [*ANSWERS, "500", "503", "429", "cut", "cut-chunked"])
def test_a_fault_that_passes_costs_the_model_no_line(stand_in: ChatStandIn, fault: str) -> None:
    stand_in.faults = lambda _asked, _rng: fault if len(stand_in.requests) == 1 else "none"
    lines, spare = numbered(20, 6), next_engine()
    check_all(lines, relayed(engine(stand_in, "openai"), lines, spare), spare)
    assert spare.asked == []
    assert len(stand_in.requests) == (1 if fault in HARMLESS else 2)


@pytest.mark.parametrize("fault", ["swapped", "swapped-and-short", "slid"])
def test_lines_that_begin_alike_are_told_apart(stand_in: ChatStandIn, fault: str) -> None:
    stand_in.faults = lambda _asked, _rng: fault
    own = {name: f"The captain has never seen {name}." for name in ("Ana", "Anabel", "Bo", "Cy")}
    lines, spare = [Line(n, text) for n, text in enumerate(own.values())], next_engine()
    check_all(lines, relayed(engine(stand_in, "ollama"), lines, spare), spare)
    stand_in.faults = lambda _asked, _rng: "none"
    stand_in.requests.clear()
    spare = next_engine()
    check_all(lines, relayed(engine(stand_in, "ollama"), lines, spare), spare)
    assert (len(stand_in.requests), spare.asked) == (1, [])


@pytest.mark.parametrize(
    ("texts", "starts"),
    [
        (
            ["I do not know him.", "I do not know.", "Who?"],
            ["I do not know him", "I do not know", None],
        ),
        (["Well, well, well.", "Go on."], [None, None]),
        (["我不知道你是谁。", "我不知道他是谁。", "走吧。"], ["我不知道你", "我不知道他", None]),
        (["Yes.", "Yes!"], [None, None]),
        (["...", "1, 2"], [None, None]),
    ],
)
def test_of_lines_that_begin_alike_more_has_to_be_copied(
    texts: list[str], starts: list[str | None]
) -> None:
    needs = needed(texts)
    assert [longer(*both) for both in zip(texts, needs, strict=True)] == starts
    for text, need, start in zip(texts, needs, starts, strict=True):
        copied = start or usual(text)
        assert begins(text, copied, need)


def test_a_line_that_the_model_never_translates_costs_no_other(stand_in: ChatStandIn) -> None:
    lines, spare = numbered(20, 7), next_engine()
    hated = lines[8].text
    stand_in.faults = lambda asked, _rng: (
        "refused" if hated in (line.text for line in asked) else "none"
    )
    check_all(lines, relayed(engine(stand_in, "ollama"), lines, spare), spare)
    assert [line.text for line in spare.asked] == [hated] or len(spare.asked) == 20


def test_a_model_of_no_use_is_given_up(stand_in: ChatStandIn) -> None:
    stand_in.faults = lambda _asked, _rng: "refused"
    lines, spare = numbered(200, 8), next_engine()
    check_all(lines, relayed(engine(stand_in, "openai"), lines, spare), spare)
    assert len(stand_in.requests) == 9


def test_an_answer_too_large_is_not_read(stand_in: ChatStandIn) -> None:
    stand_in.faults = lambda _asked, _rng: "huge"
    with pytest.raises(EngineFailed, match="more than an answer can be"):
        engine(stand_in, "ollama").translate(numbered(3, 9))
