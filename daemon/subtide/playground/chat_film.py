"""Films of made-up sentences for the language model's stand-in, and their one right translation.

Every line names somebody or a number of its own, so that whose translation a text is shows.
"""

from random import Random

WORDS = {
    "the captain": "o capitão",
    "my brother": "o meu irmão",
    "that old woman": "aquela velha senhora",
    "your daughter": "a sua filha",
    "the doctor": "o médico",
    "nobody here": "ninguém aqui",
    "has never seen": "nunca viu",
    "is still looking for": "ainda procura por",
    "does not believe": "não acredita em",
    "was talking about": "estava falando sobre",
    "will surely remember": "com certeza vai se lembrar de",
    "wanted to meet": "queria encontrar",
    "in the garden": "no jardim",
    "before the war": "antes da guerra",
    "since yesterday": "desde ontem",
    "behind the church": "atrás da igreja",
    "at the station": "na estação",
    "with all the money": "com todo o dinheiro",
}
"""English parts of a sentence, and their Portuguese."""
WHO, DOES, WHERE = (tuple(WORDS)[start : start + 6] for start in (0, 6, 12))
SYLLABLES = ("ba", "do", "ka", "li", "mo", "ne", "ri", "su", "ta", "vo", "zu", "pe")
NUMBERED = 0.3
"""The share of lines that say a year, too."""


def film(lines: int, rng: Random) -> list[str]:
    """Return so many different English lines."""
    found: dict[str, None] = {}
    while len(found) < lines:
        name = "".join(rng.choice(SYLLABLES) for _ in range(4)).capitalize()
        year = f", in {rng.randrange(1800, 2000)}" if rng.random() < NUMBERED else ""
        said = f"{rng.choice(WHO)} {rng.choice(DOES)} {name} {rng.choice(WHERE)}{year}."
        found[said[0].upper() + said[1:]] = None
    return list(found)


def translated(line: str) -> str:
    """Return the Portuguese of a line of such a film."""
    text = line[0].lower() + line[1:]
    for english, portuguese in WORDS.items():
        text = text.replace(english, portuguese)
    text = text.replace(", in ", ", em ")
    return text[0].upper() + text[1:]
