"""Notes: what a subtitle tells the hearing impaired beside the dialogue, taken out.

Sounds and manners stand in brackets (``[door slams]``, ``(sighs)``), a speaker's name before
a colon (``JOHN:``, ``[John]``), music as bare signs. Sung words are kept, and so is what only
looks like a note: a bracket in lyrics, a whole sentence in round brackets (a thought), the hour
3:15, ``I said: go``, a sign in capitals with a colon in it.
"""

import dataclasses
import re
from collections.abc import Sequence

from subtide.subtitles.breaks import unspaced
from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.music import CLOSES, HASHES, OPENS, SIGNS

SUNG = re.compile(f"{OPENS.pattern}|{CLOSES.pattern}", re.MULTILINE)
"""A line that signs of music begin or end."""
BRACKETS = ("[]", "()", "［］", "（）", "【】", "〔〕")  # noqa: RUF001
"""What notes stand in; corner brackets and guillemets are quotation marks."""
ROUND = "(（"  # noqa: RUF001
NOTE = re.compile("|".join(rf"\{own[0]}[^\{own[0]}\{own[1]}]*\{own[1]}" for own in BRACKETS))
"""A note in brackets."""
SENTENCE = re.compile(r"[.!?…。！？]+\W*$")  # noqa: RUF001
THOUGHT_WORDS = 4
"""Words from which a sentence in round brackets is taken for a thought, not for a note."""
THOUGHT_SIGNS = 6
"""The same in characters, for scripts without spaces."""
NAME_WORDS = 4
"""Words in a speaker's name at most: MAN ON THE RADIO."""
DASHES = r"(?:[-‐–—]|>>)"  # noqa: RUF001
SPEAKER = re.compile(
    rf"(?P<dash>\s*{DASHES}*\s*)(?P<name>[^:：{SIGNS}]{{2,40}})[:：](?![\d/])\s*(?P<said>.*)"  # noqa: RUF001
)
"""A line with something before its first colon."""
DASH = re.compile(rf"(?P<tags>(?:{TAG.pattern})*)\s*{DASHES}\s*")
COLON = re.compile(rf"^(?P<before>(?:{TAG.pattern}|\s|{DASHES})*)[:：]\s*", re.MULTILINE)  # noqa: RUF001
"""The colon that is left of a name in brackets."""
HEAD = re.compile(rf"(?:{TAG.pattern})*")
EMPTY = re.compile(r"\{\\(?P<tag>[ibus])1\}\s*\{\\(?P=tag)0\}")
"""A pair of tags with nothing between."""
PREFIX = re.compile(r"\b(?:Mc|Mac)(?=[^\W\d_a-z])")
"""What is written small in a name in capitals."""


def without_notes(cues: Sequence[Cue]) -> tuple[Cue | None, ...]:
    """Take the notes out of cues; None stands where there was nothing but notes."""
    return tuple(_cue(cue) for cue in cues)


def _cue(cue: Cue) -> Cue | None:
    text = drop_notes(cue.text)
    return dataclasses.replace(cue, text=text) if text else None


def drop_notes(text: str) -> str:
    """Return a cue's text without notes; empty when there is nothing else in it."""
    bare = text if _is_lyrics(text) else _unbracketed(text)
    lines = [_unnamed(line) for line in bare.split("\n")]
    kept = [line for line in lines if _says(line)]
    if "\n".join(kept) == text:
        return text
    return _tidy(_with_dashes(text, kept))


def _is_lyrics(text: str) -> bool:
    """Whether signs of music stand around words, and not around notes alone."""
    plain = TAG.sub("", text)
    return bool(SUNG.search(plain)) and any(char.isalpha() for char in NOTE.sub("", plain))


def _unbracketed(text: str) -> str:
    """Without what stands in brackets, over lines too; tags inside stay."""
    masked = TAG.sub(lambda tag: "\0" * len(tag[0]), text)
    cut, last = "", 0
    for note in NOTE.finditer(masked):
        if not _is_thought(note[0]):
            cut += text[last : note.start()] + "".join(TAG.findall(text, note.start(), note.end()))
            last = note.end()
    return COLON.sub(r"\g<before>", cut + text[last:]) if last else text


def _is_thought(note: str) -> bool:
    """Whether a bracket holds a sentence that somebody thinks, or says from elsewhere."""
    said = note.replace("\0", "")[1:-1].strip()
    if note[0] not in ROUND or not SENTENCE.search(said) or said.isupper():
        return False
    if any(unspaced(char) for char in said):
        return len(said) >= THOUGHT_SIGNS
    return len(said.split()) >= THOUGHT_WORDS


def _unnamed(line: str) -> str:
    """Without the name of the speaker before the line's colon."""
    head = HEAD.match(line)[0]  # type: ignore[index]  # it matches the empty text too
    found = SPEAKER.fullmatch(line, len(head))
    if found is None or not _is_name(found["name"], found["said"]):
        return line
    return head + found["dash"].lstrip() + "".join(TAG.findall(found["name"])) + found["said"]


def _is_name(name: str, said: str) -> bool:
    """Whether it is a name as notes write it: in capitals, before words that are not."""
    plain = PREFIX.sub("", TAG.sub("", name)).strip()
    shouted = plain.isupper() and sum(char.isalpha() for char in plain) > 1
    sign = TAG.sub("", said).isupper() and len(said.split()) > 1
    return shouted and not sign and len(plain.split()) <= NAME_WORDS


def _says(line: str) -> bool:
    """Whether there is anything to read in a line: more than a dash and signs of music."""
    return bool(TAG.sub("", DASH.sub("", line)).strip(SIGNS + HASHES + " \t\u00a0"))


def _with_dashes(text: str, kept: Sequence[str]) -> str:
    """The kept lines as a text; the one speaker who is left of several needs no dash."""
    speakers = [sum(bool(DASH.match(one)) for one in lines) for lines in (text.split("\n"), kept)]
    joined = "\n".join(kept)
    alone = speakers[0] > 1 and speakers[1] == 1
    return DASH.sub(r"\g<tags>", joined, count=1) if alone and DASH.match(joined) else joined


def _tidy(text: str) -> str:
    """Without what a note leaves behind: double spaces, spaces before a stop, empty tags."""
    text = EMPTY.sub("", text)
    text = re.sub(r"(?<=\S)[ \t]+([,.!?;…])", r"\1", re.sub(r"[ \t]{2,}", " ", text))
    lines = [re.sub(rf"^({HEAD.pattern})\s+", r"\1", line.strip()) for line in text.split("\n")]
    return "\n".join(lines)
