"""What speech models make up when nobody speaks: phrases of video platforms, subtitle makers."""

import unicodedata

MADE_UP = frozenset(
    {
        "amara org",
        "altyazı m k",  # noqa: RUF001 - it is Turkish
        "legendas pela comunidade amara org",
        "like and subscribe",
        "napisy stworzone przez społeczność amara org",
        "please subscribe",
        "please subscribe to my channel",
        "see you in the next video",
        "sottotitoli creati dalla comunità amara org",
        "sous titres réalisés par la communauté d amara org",
        "subscribe",
        "subtitles by the amara org community",
        "subtítulos realizados por la comunidad de amara org",
        "thank you for watching",
        "thank you so much for watching",
        "thanks for watching",
        "ondertitels ingediend door de amara org gemeenschap",
        "untertitel der amara org community",
        "untertitel im auftrag des zdf für funk 2017",
        "ご視聴ありがとうございました",
        "字幕由amara org社区提供",
        "продолжение следует",
        "спасибо за просмотр",
        "시청해주셔서 감사합니다",
    }
)
"""What hardly anybody says in a film, as ``normal`` writes it."""


def normal(text: str) -> str:
    """Return a text's letters, marks and digits in lower case, one blank between its words."""
    kept = "".join(
        char if unicodedata.category(char)[0] in "LMN" else " " for char in text.casefold()
    )
    return " ".join(kept.split())
