"""What a language model answered, read without trust.

Models think aloud before their JSON, wrap it in fences, leave lines out, join, double, renumber
or cut them off. What is not certain to be the answer to one line is no answer.
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from subtide.mt.chat_starts import begins, needed
from subtide.mt.engine import Line

THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)
"""What a model thinks aloud; without an end, all that follows."""
THOUGHT_END = re.compile(r".*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
"""The end of a thought whose beginning the server kept."""
MOST_DEAD_ENDS = 200
"""Brackets that begin no object, after which a text is no answer."""
LONGEST_TERM = 60
"""Characters of a name or term; anything longer is a sentence."""

MISSING = "no answer under its tag"
TWICE = "several answers under its tag"
ELSEWHERE = "start is not a copy of the line's beginning: is this another line's text?"
SHAPE = "text is not a plain string"
UNFIT = frozenset({"Cc", "Cs"})
"""Unicode categories: control characters and halves of characters."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer says."""

    texts: Mapping[int, str]
    """Translations by the line's id, as far as they are certainly that line's."""
    faults: Mapping[int, str]
    """What is wrong with every other line, by its id."""
    terms: Mapping[str, str]
    """Names and terms that the model says it used."""


def read(content: str, asked: Mapping[str, Line]) -> Reading:
    """Read an answer to the lines asked for, by tag."""
    entries, terms = _parsed(THOUGHT_END.sub("", THOUGHT.sub("", content)))
    found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in entries:
        found[str(entry.get("tag", "")).strip()].append(entry)
    texts: dict[int, str] = {}
    faults: dict[int, str] = {}
    needs = needed([line.text for line in asked.values()])
    for (tag, line), need in zip(asked.items(), needs, strict=True):
        fault = _fault(line, found[tag], need)
        if fault:
            faults[line.id] = fault
        else:
            texts[line.id] = " ".join(str(found[tag][0]["text"]).split())
    return Reading(texts, faults, _terms(terms))


def _fault(line: Line, entries: list[Mapping[str, Any]], need: int) -> str | None:
    if not entries:
        return MISSING
    if any(entry != entries[0] for entry in entries):
        return TWICE
    text = entries[0].get("text")
    if not isinstance(text, str | int | float) or isinstance(text, bool) or not _clean(str(text)):
        return SHAPE
    return None if begins(line.text, str(entries[0].get("start", "")), need) else ELSEWHERE


def _clean(text: str) -> bool:
    """Whether every character is one that files and databases can hold."""
    return not any(unicodedata.category(char) in UNFIT and not char.isspace() for char in text)


def _parsed(content: str) -> tuple[list[Mapping[str, Any]], list[Any]]:
    """Return the entries of lines, and the terms, of the last answer in a text."""
    documents = [found for found in _objects(content) if isinstance(found.get("lines"), list)]
    if documents:
        lines, terms = documents[-1]["lines"], documents[-1].get("terms")
        entries: list[Mapping[str, Any]] = [line for line in lines if isinstance(line, dict)]
        return entries, terms if isinstance(terms, list) else []
    # Cut off, or not wrapped at all: every whole entry by itself.
    _, _, rest = content.rpartition('"lines"')
    return [entry for entry in _objects(rest) if "tag" in entry], []


def _objects(content: str) -> Iterator[dict[str, Any]]:
    """Yield every JSON object that stands in a text, the outermost ones."""
    decoder = json.JSONDecoder()
    place, dead_ends = content.find("{"), 0
    while place >= 0 and dead_ends < MOST_DEAD_ENDS:
        try:
            value, end = decoder.raw_decode(content, place)
        except RecursionError:
            return
        except ValueError:
            end = place + 1
            dead_ends += 1
        else:
            yield value
        place = content.find("{", end)


def _terms(terms: list[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for term in terms:
        if isinstance(term, dict):
            source, target = term.get("source"), term.get("target")
            if isinstance(source, str) and isinstance(target, str):
                found.setdefault(source.strip(), target.strip())
    return {
        source: target
        for source, target in found.items()
        if source
        and target
        and max(len(source), len(target)) <= LONGEST_TERM
        and _clean(source + target)
    }
