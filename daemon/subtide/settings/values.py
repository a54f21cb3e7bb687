"""What single values of the settings may be: each type reads a text and says what is wrong."""

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from pydantic import AfterValidator, BeforeValidator

from subtide.languages import UNKNOWN_CODES, Language

AUTO = "auto"
"""In place of languages: those that the server and its users are set to."""
TIME_OF_DAY = r"(?:[01]\d|2[0-3]):[0-5]\d"
CRON_FIELDS = 5
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Cron's numbers of the days, 0 to 7; APScheduler counts from Monday."""
FLAGS_WITHIN = ("default", "forced", "foreign")
"""Jellyfin reads a flag from every word of a file name that contains one of these."""
FLAGS_ALONE = frozenset({"sdh", "cc", "hi"})
"""And "for the hearing impaired" from these words themselves."""
LANGUAGES_TO_JELLYFIN = UNKNOWN_CODES | {"pob", "undetermined"}
"""Words that name no language here, and do in a table of Jellyfin's."""


def _language_tag(value: object) -> str:
    if not isinstance(value, str):
        # YAML 1.1 readers turn `no` into False; ours does not, but a person may write it so.
        msg = f"{value!r} is no language: write it as text, such as en or pt-BR"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError with its place
    return Language.parse(value).tag


def _wanted_language(value: object) -> str:
    return AUTO if value == AUTO else _language_tag(value)


def _work_window(value: str) -> str:
    if value and not re.fullmatch(rf"{TIME_OF_DAY}-{TIME_OF_DAY}", value):
        msg = 'write two times of the day, such as "22:00-07:00"'
        raise ValueError(msg)
    return value


def comma_list(value: object) -> object:
    """Read ``en, pt`` as a list, as a variable can hold it."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _cron(value: str) -> str:
    """Check a line of cron; its days of the week come out by name, as APScheduler needs them."""
    fields = value.split()
    if len(fields) != CRON_FIELDS:
        msg = 'write five fields (minute, hour, day, month, weekday), such as "0 3 * * *"'
        raise ValueError(msg)
    fields[-1] = ",".join(_weekdays(part) for part in fields[-1].split(","))
    line = " ".join(fields)
    CronTrigger.from_crontab(line, timezone="UTC")
    return line


def _weekdays(part: str) -> str:
    """Turn one part of cron's last field, such as ``0``, ``1-5`` or ``0-6/2``, into names."""
    numbers = re.fullmatch(r"([0-7])(?:-([0-7])(?:/([1-7]))?)?", part)
    if not numbers:
        return part
    first, last, step = (int(n) if n else None for n in numbers.groups())
    assert first is not None  # noqa: S101 - the pattern has it
    return ",".join(WEEKDAYS[first : (first if last is None else last) + 1 : step or 1]) or part


def _time_zone(value: str) -> str:
    try:
        return value and ZoneInfo(value).key
    except (OSError, LookupError, ValueError):
        msg = f"{value!r} is no time zone: use a name such as Europe/Lisbon"
        raise ValueError(msg) from None


def _home_resolved(value: Path) -> Path:
    try:
        return value.expanduser()
    except RuntimeError:
        msg = f"{value} needs a home folder, and there is none: write the whole path"
        raise ValueError(msg) from None


def _direction(value: str) -> str:
    if not re.fullmatch(r"\*|[a-z]{2,3}-[a-z]{2,3}", value):
        msg = "write a direction as en-de, or * for every one"
        raise ValueError(msg)
    return value


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        msg = "write the address as http://host:8096 or https://host/base, without a login"
        raise ValueError(msg)
    return value.rstrip("/")


def _label(value: str) -> str:
    """Check the word that marks our files: Jellyfin must read nothing but a title from it."""
    if not re.fullmatch(r"[a-z0-9]*", value):
        msg = "write one word of small letters and digits"
        raise ValueError(msg)
    if value in FLAGS_ALONE or any(flag in value for flag in FLAGS_WITHIN):
        msg = f"Jellyfin reads {value!r} in a file name as a flag: choose another word"
        raise ValueError(msg)
    known = value in LANGUAGES_TO_JELLYFIN or Language.find(value) or Language.named(value)
    if value and known:
        msg = f"{value!r} in a file name means a language: choose a word that is none"
        raise ValueError(msg)
    return value


LanguageTag = Annotated[str, BeforeValidator(_language_tag)]
WantedLanguage = Annotated[str, BeforeValidator(_wanted_language)]
WorkWindow = Annotated[str, AfterValidator(_work_window)]
EngineName = Literal[
    "firefox", "opus-mt", "opus-mt-many", "m2m100", "nllb", "madlad", "whisper", "ollama", "openai"
]
Direction = Annotated[str, AfterValidator(_direction)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Label = Annotated[str, AfterValidator(_label)]
Cron = Annotated[str, AfterValidator(_cron)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
LocalPath = Annotated[Path, AfterValidator(_home_resolved)]
