"""Sentences made by rule from lists of words: as many as are wanted, none of them twice.

They hold no numbers, no names and no words that are written in two ways, so that a word error
is one of hearing, not of spelling.
"""

import random
from collections.abc import Iterator
from itertools import islice

SEED = 6
WHO = (
    "the old captain", "my sister", "the doctor", "a young painter", "the woman next door",
    "your brother", "the night guard", "our teacher", "the driver", "a quiet stranger",
    "the baker", "his mother", "the lawyer", "a tired nurse", "the farmer", "her best friend",
    "the boy with the drum", "the owner of the hotel",
)  # fmt: skip
DID = (
    "found", "carried", "forgot", "opened", "painted", "sold", "watched", "hid", "described",
    "followed", "wanted", "promised to bring", "was looking for", "asked about", "came back with",
    "could not believe in", "laughed about", "waited all night for",
)  # fmt: skip
WHAT = (
    "the letter", "a heavy suitcase", "the broken clock", "an empty bottle", "the small dog",
    "the key of the cellar", "a basket of apples", "the last train", "the yellow umbrella",
    "a box full of photographs", "the map of the island", "a silver spoon", "the wooden boat",
    "the winter coat", "a piece of bread", "the song", "a picture of the mountain",
    "the garden chair",
)  # fmt: skip
WHERE = (
    "in the kitchen", "behind the church", "near the river", "on the roof", "under the bridge",
    "at the market", "in a dark corner of the library", "on the way to the station",
    "by the open window", "between the trees", "in front of the school", "outside the village",
    "at the end of the road", "beside the fountain", "in the back of the car",
    "on the other side of the lake",
)  # fmt: skip
WHEN = (
    "yesterday", "after the storm", "before sunrise", "on a cold evening", "during the concert",
    "when the lights went out", "in the middle of the night", "a long time ago", "last summer",
    "while everybody was asleep", "just before dinner", "as soon as the rain stopped",
)  # fmt: skip
WHY = (
    "nobody was at home", "it was too late to call", "the door was already open",
    "they had no money left", "she did not trust him", "the wind was so strong",
    "the road was closed", "he wanted to be alone", "we had lost our way",
    "the children were hungry", "there was nothing else to do", "the music was too loud",
)  # fmt: skip
SHORT = (
    "Come with me to {what_bare}.", "Do not touch {what}!", "Where is {what}?",
    "Nobody saw {who}.", "Listen to {who}.", "Is {who} still {where}?", "Wait for me {where}.",
    "I lost {what} {where}.",
)  # fmt: skip
LONG = (
    "{who} {did} {what} {where}.",
    "{when}, {who} {did} {what}.",
    "{who} {did} {what} because {why}.",
    "Do you know why {who} {did} {what}?",
    "{when}, {who} {did} {what} {where}, because {why}.",
    "I think that {who} {did} {what}, but {why}.",
    "If {who} is {where}, we should look for {what}.",
    "Tell me again how {who} {did} {what} {where}.",
)
LONG_ONES = 0.75
"""The share of longer sentences; film dialogue has many short ones."""


def sentences(count: int, seed: int = SEED) -> list[str]:
    """Return so many distinct sentences, always the same ones for a seed."""
    return list(islice(_distinct(seed), count))


def _distinct(seed: int) -> Iterator[str]:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    seen: set[str] = set()
    while True:
        made = _one(chance)
        if made not in seen:
            seen.add(made)
            yield made


def _one(chance: random.Random) -> str:
    pattern = chance.choice(LONG if chance.random() < LONG_ONES else SHORT)
    where = chance.choice(WHERE)
    made = pattern.format(
        who=chance.choice(WHO),
        did=chance.choice(DID),
        what=chance.choice(WHAT),
        what_bare=f"the place {where}",
        where=where,
        when=chance.choice(WHEN),
        why=chance.choice(WHY),
    )
    return made[0].upper() + made[1:]
