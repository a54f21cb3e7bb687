"""Tracks: what a track is good for, by its flags and, since many files lack those, its title."""

import re
from collections.abc import Set as AbstractSet

from subtide.jellyfin.items import Source, Track
from subtide.languages import Language

ASIDE = re.compile(
    r"[ck]om+ent|комментар|コメンタリー|评论|評論|de[sc][ck]ri|beschreib|(?<!forced )narrat"
    r"|visually|sing.?along|karaoke",
    re.IGNORECASE,
)
"""Titles of tracks that are no plain dialogue: commentary, audio description, karaoke."""
PARTIAL = re.compile(
    r"(?<!non.)(?<!not )\bforced\b|\bsigns\b|\bs ?& ?s\b|^songs$"
    r"|\bforeign (?:parts|only|dialog\w*|language)\b",
    re.IGNORECASE,
)
WHOLE = re.compile(r"\bfull\b|(?<!foreign )\bdialog", re.IGNORECASE)
"""Many files carry "Forced" or "Signs & Songs" in the title alone, without the flag."""
MACHINE = re.compile(
    r"\bmachine.?(?:made|generated|translat\w+)\b|\bauto.?(?:generated|translated)\b"
    r"|\bautom[aá]ti[ckqsz]\w*|\bfaster.whisper\b|\bwhisperx\b"
    r"|\bwhisper.(?:ai|cpp|tiny|base|small|medium|large|turbo)\b|\bopenai\b|\bsubgen\b|\basr\b"
    r"|\bdeepl\b|\bgoogle\b|\blingarr\b|gpt(?:.?\d|\b)|\bmtl\b|机翻|機械翻訳",
    re.IGNORECASE,
)
"""What programs write into the names of the subtitles that they make."""
MACHINE_INITIALS = re.compile(r"\bAI\b")
"""In capitals alone: Ai is a name, and a word of several languages."""
MACHINE_ALONE = frozenset({"ai", "auto", "machine", "whisper"})
"""Words that say so where nothing stands beside them, as in ``Film.ai.en.srt`` or "English
(auto)": within a title they may mean anything, as in "Whisper of the Heart"."""
PARTS = re.compile(r"[^\w\s'\u2019]+|_")
"""What stands between the parts of a title; the server numbers a second file of one name."""
DEAF = re.compile(
    r"(?<!non.)(?<!no )\b(?:sdh|cc)\b|\bhearing.impaired\b|\bhard.of.hearing\b|\bdeaf\b"
    r"|\bclosed.caption|malentendant|geh[öo]rlos|h[öo]rgesch[äa]digt|\bsordos\b|\bsurdos\b"
    r"|\bnon.?udenti\b",
    re.IGNORECASE,
)
"""Titles of subtitles that tell sounds and speakers too."""
WORDLESS = re.compile(
    r"\bisolated\b|\bscore\b|\bsoundtrack\b|\b(?:music|effects) only\b|\bm ?& ?e\b", re.IGNORECASE
)
"""Titles of audio tracks with music and sounds alone."""
ORIGINAL = re.compile(
    r"\boriginal(?:e|fassung|ton|version)?\b|\bo-?ton\b|\bo\.?v\.?\b|\bvose?\b|\bvostf?r?\b"
    r"|\bv\.o\.|оригинал|原声|原聲|原音|原版|オリジナル|원어|원음",
    re.IGNORECASE,
)
DUB = re.compile(
    r"\bdub(?:s|bed|bing)?\b|\bdoubl[ée]|\bdoublage\b|\bsynchro(?:n\w*)?\b|\bvf[fiq2]?\b"
    r"|\b[amdp]vo\b|\bvoice.?over\b|\bdabing\b|\blektor\b|\bdobla[djg]|\bdubl|\bdoppiat"
    r"|дубл|озвуч|закадр|многоголос|配音|吹き?替|더빙",
    re.IGNORECASE,
)
"""Titles of audio tracks that say whether the actors speak, or others in their place."""
VO = re.compile(r"\bVO\b")
"""*Version originale*, but of the languages below: voice-over."""
VOICED_OVER = frozenset({"be", "kk", "pl", "ru", "uk"})


def is_aside(track: Track) -> bool:
    """Whether a track's title says that it is no plain dialogue."""
    return bool(ASIDE.search(track.title))


def is_forced(track: Track) -> bool:
    """Whether a subtitle holds only some lines, by its flag or by its title."""
    by_title = PARTIAL.search(track.title) and not WHOLE.search(track.title)
    return track.forced or bool(by_title)


def is_for_the_deaf(track: Track) -> bool:
    """Whether a subtitle tells sounds and speakers too, by its flag or by its title."""
    return track.hearing_impaired or bool(DEAF.search(track.title))


def is_machine_made(track: Track) -> bool:
    """Whether a subtitle's title says that a program made it."""
    title = track.title
    alone = {part.strip() for part in PARTS.split(title)} - {"Ai"}
    return bool(
        MACHINE.search(title)
        or MACHINE_INITIALS.search(title)
        or MACHINE_ALONE & {part.casefold() for part in alone}
    )


def is_ours(track: Track, paths: AbstractSet[str], label: str) -> bool:
    """Whether we made it: by the ledger's ``paths``, or by our label where a ledger was lost."""
    # The server names a second file of one name "subtide.0".
    words = track.title.lower().replace(".", " ").split()
    labelled = track.external and label != "" and label in words
    return track.path in paths or labelled


def spoken_tag(source: Source) -> Language | None:
    """Return the language that the tags give the main audio track, if any."""
    main = main_audio(source)
    return main.language if main else None


def main_audio(source: Source) -> Track | None:
    """Return the track with the dialogue as it was spoken when the film was made.

    No commentary, and nothing without words; the original before a track that says nothing,
    and both before a dub; among equals the default one, else the first.
    """
    plain = [t for t in source.audio if not is_aside(t) and not WORDLESS.search(t.title)]
    return max(plain, key=lambda track: (_originality(track), track.default), default=None)


def _originality(track: Track) -> int:
    """Return 1 for what title or server call the original, -1 for a dub, 0 where none says it."""
    voice_over = track.language is not None and track.language.base in VOICED_OVER
    if DUB.search(track.title) or (voice_over and VO.search(track.title)):
        return -1
    return int(track.original or bool(ORIGINAL.search(track.title) or VO.search(track.title)))
