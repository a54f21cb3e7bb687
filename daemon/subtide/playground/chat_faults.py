"""What language models answer instead of what they were asked for, one function a fault."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a request."""

    tag: str
    text: str
    start: str
    """What is to be copied of it."""


Asked = Sequence[Line]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an answer."""

    tag: str
    start: str
    text: str


def answer_of(entries: Sequence[Entry], terms: Mapping[str, str]) -> str:
    """Return an answer as it should be, with names and terms."""
    named = [{"source": source, "target": target} for source, target in terms.items()]
    lines = [asdict(entry) for entry in entries]
    return json.dumps({"lines": lines, "terms": named}, ensure_ascii=False)


def _json(entries: Sequence[Entry]) -> str:
    return answer_of(entries, {})


def _some(entries: Sequence[Entry], rng: Random) -> int:
    return rng.randrange(len(entries))


def none(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Answer as it should be."""
    return _json(entries)


def left_out(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Leave out two lines: 98 of 100."""
    for _ in range(min(2, len(entries))):
        del entries[_some(entries, rng)]
    return _json(entries)


def renumbered(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Leave out a line, and give running numbers to the rest."""
    del entries[_some(entries, rng)]
    return _json([replace(entry, tag=str(n)) for n, entry in enumerate(entries, 1)])


def slid(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Leave out a line, and put every following one under the tag before its own."""
    tags = [entry.tag for entry in entries]
    del entries[_some(entries, rng)]
    return _json([replace(e, tag=tag) for tag, e in zip(tags, entries, strict=False)])


def swapped(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Answer each line under another one's tag."""
    tags = [entry.tag for entry in entries]
    return _json([replace(e, tag=t) for t, e in zip(tags[1:] + tags[:1], entries, strict=True)])


def swapped_and_short(asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Do so, and copy no more than three words of a line, whatever is asked for."""
    cut = [replace(entry, start=" ".join(entry.start.split()[:3])) for entry in entries]
    return swapped(asked, cut, rng)


def merged(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Join a line with the next one, and leave that out."""
    place = _some(entries, rng)
    for follower in entries[place + 1 : place + 2]:
        entries[place] = replace(entries[place], text=f"{entries[place].text} {follower.text}")
    del entries[place + 1 : place + 2]
    return _json(entries)


def merged_to_empty(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Join a line with the next one, and say nothing there."""
    place = _some(entries, rng)
    for follower in entries[place + 1 : place + 2]:
        entries[place] = replace(entries[place], text=f"{entries[place].text} {follower.text}")
        entries[place + 1] = replace(follower, text="...")
    return _json(entries)


def repeated(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Say one line's text for every line."""
    return _json([replace(entry, text=entries[0].text) for entry in entries])


def doubled(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Answer a line twice, differently."""
    entry = entries[_some(entries, rng)]
    return _json([*entries, replace(entry, text=f"{entry.text} Ou não.")])


def extra(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Answer lines that nobody asked for."""
    return _json([Entry("zzzz", "The end", "Fim da história toda."), *entries])


def thinking(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Think aloud, with a draft that is wrong."""
    draft = _json([replace(entry, text="rascunho") for entry in entries])
    return f"<think>Okay, so: {draft} Hmm, no.</think>\n{_json(entries)}"


def thinking_on(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Think until nothing is left for the answer."""
    return f"<think>Let me see. {_json([replace(e, text='rascunho') for e in entries])}"


def thought(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """End a thought whose beginning the server kept."""
    draft = _json([replace(entry, text="rascunho") for entry in entries])
    return f"So {draft} is it.</think>{_json(entries)}"


def fenced(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Wrap it in a fence, with words around."""
    return f"Sure! Here it is:\n```json\n{_json(entries)}\n```\nAnything else?"


def bare_list(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Give the list alone."""
    return json.dumps([asdict(entry) for entry in entries])


def cut_off(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Stop in the middle."""
    whole = _json(entries)
    return whole[: rng.randrange(len(whole) // 2, len(whole))]


def broken(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Write what is nearly JSON."""
    return _json(entries).replace('"', "'")


def nonsense(_asked: Asked, _entries: list[Entry], _rng: Random) -> str:
    """Open brackets, and never close them."""
    return '{"lines": ' + '[{"a": ' * 2000


def refused(_asked: Asked, _entries: list[Entry], _rng: Random) -> str:
    """Refuse."""
    return "I'm sorry, but I can't help with translating this content."


def refused_inside(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Refuse a line in another line's language."""
    place = _some(entries, rng)
    text = "I am sorry, but I cannot translate this line because it may be found offensive."
    entries[place] = replace(entries[place], text=text)
    return _json(entries)


def echo(asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Give back the source."""
    return _json([replace(e, text=a.text) for e, a in zip(entries, asked, strict=True)])


def loop(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Say the same again and again in a line."""
    place = _some(entries, rng)
    entries[place] = replace(entries[place], text="não sei " * 12)
    return _json(entries)


def overlong(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Explain a line."""
    place = _some(entries, rng)
    note = " (nota do tradutor: a expressão original é um jogo de palavras que se perde" * 3
    entries[place] = replace(entries[place], text=entries[place].text + note)
    return _json(entries)


def empty(_asked: Asked, entries: list[Entry], rng: Random) -> str:
    """Say nothing in a line."""
    place = _some(entries, rng)
    entries[place] = replace(entries[place], text=" ")
    return _json(entries)


def numbers_lost(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Write other numbers."""
    changed = (entry.text.translate(str.maketrans("123456789", "987654321")) for entry in entries)
    return _json([replace(e, text=text) for e, text in zip(entries, changed, strict=True)])


def no_starts(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Copy no start."""
    return _json([replace(entry, start="") for entry in entries])


def wrong_kinds(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Put lists and nothing where text belongs."""
    kinds: list[object] = [None, [], {}, True]
    lines = [{**asdict(entry), "text": kinds[n % len(kinds)]} for n, entry in enumerate(entries)]
    return json.dumps({"lines": lines, "terms": []})


def unprintable(_asked: Asked, entries: list[Entry], _rng: Random) -> str:
    """Write characters that no file can hold."""
    return json.dumps(
        {"lines": [{**asdict(e), "text": f"{e.text}\ud800\x00"} for e in entries], "terms": []}
    )


ANSWERS: Mapping[str, Callable[[Asked, list[Entry], Random], str]] = {
    answer.__name__.replace("_", "-"): answer
    for answer in (
        none,
        left_out,
        renumbered,
        slid,
        swapped,
        swapped_and_short,
        merged,
        merged_to_empty,
        repeated,
        doubled,
        extra,
        thinking,
        thinking_on,
        thought,
        fenced,
        bare_list,
        cut_off,
        broken,
        nonsense,
        refused,
        refused_inside,
        echo,
        loop,
        overlong,
        empty,
        numbers_lost,
        no_starts,
        wrong_kinds,
        unprintable,
    )
}
"""Every kind of answer, by name."""
