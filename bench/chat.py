"""Language models that fail: who translates each line in the end, and what it takes to get there.

Run: python -m bench.chat. For every kind of fault, films go to a stand-in model that makes it in
two of three answers, with a perfect next engine behind it. Each line's text is compared with its
own right translation: "wrong" counts lines lost, in another's place, or not what was answered.
"""

import os
import platform
import time
from collections import Counter
from collections.abc import Sequence
from random import Random

from subtide.languages import Language
from subtide.mt.chat import ChatEngine, ChatSetup
from subtide.mt.engine import Line
from subtide.mt.fake import FakeEngine
from subtide.mt.guard import Guard
from subtide.mt.relay import Relay, Tally
from subtide.playground.chat import HTTP_FAULTS, ChatStandIn
from subtide.playground.chat_faults import ANSWERS, Asked
from subtide.playground.chat_film import film, translated

EN, PT = Language("en"), Language("pt")
FILMS = 6
LINES = 100
SHARE = 2 / 3
"""Answers with a fault."""
NEXT = " Sim."
ALL = "all of them, mixed"
PROTOCOLS = ("ollama", "openai")


def main() -> None:
    """Measure each fault, then all of them mixed."""
    print(f"{FILMS} films of {LINES} lines, 20 a request; a fault in {SHARE:.0%} of the answers")
    print(f"{'fault':<20} {'model':>6} {'next':>6} {'wrong':>6} {'requests a 100 lines':>21}")
    began = time.perf_counter()
    lines = 0
    for fault in (*ANSWERS, *HTTP_FAULTS, ALL):
        counts, requests = measure(fault)
        total = sum(counts.values())
        lines += total
        shares = "".join(f" {counts[who] / total:>6.1%}" for who in ("model", "next", "wrong"))
        print(f"{fault:<20}{shares} {100 * requests / total:>21.1f}")
    seconds = time.perf_counter() - began
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{lines} lines in {seconds:.0f} s, {lines / seconds:.0f} lines/s; {machine}")


def measure(fault: str) -> tuple[Counter[str], int]:
    """Return how many lines ended with whom, and how often the model was asked."""

    def draw(_asked: Asked, rng: Random) -> str:
        if rng.random() >= SHARE:
            return "none"
        return rng.choice([*ANSWERS, *HTTP_FAULTS]) if fault == ALL else fault

    counts: Counter[str] = Counter()
    with ChatStandIn(translated, faults=draw) as server:
        for number in range(FILMS):
            rng = Random(number)  # noqa: S311 - repeatable
            lines = [Line(place, text) for place, text in enumerate(film(LINES, rng))]
            counts += run(server, PROTOCOLS[number % 2], lines, rng)
        return counts, len(server.requests)


def run(server: ChatStandIn, protocol: str, lines: Sequence[Line], rng: Random) -> Counter[str]:
    """Translate a film, and count its lines by who translated them."""
    setup = ChatSetup(server.url, "stand-in", timeout_seconds=20.0)
    chat = ChatEngine(protocol, setup, EN, PT, sleep=lambda _seconds: None, rng=rng)
    spare = FakeEngine(EN, PT, lambda asked: [Line(n.id, translated(n.text) + NEXT) for n in asked])
    relay = Relay([chat, spare], Guard(EN, PT), Tally(lambda _done, _total: None))
    answers = relay.run(lines, lines)
    chat.close()
    assert list(answers) == [line.id for line in lines], "lines were lost, or their order"
    counts: Counter[str] = Counter()
    for line in lines:
        own, text = translated(line.text), answers[line.id].text
        counts["model" if text == own else "next" if text == own + NEXT else "wrong"] += 1
    return counts


if __name__ == "__main__":
    main()
