"""The tree of settings: every section, every setting with its default and one line of why."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from subtide.settings.values import (
    Cron,
    Direction,
    EngineName,
    Label,
    LanguageTag,
    LocalPath,
    TimeZone,
    WantedLanguage,
    WebAddress,
    WorkWindow,
    comma_list,
)

Words = Annotated[tuple[str, ...], BeforeValidator(comma_list)]
Covering = Literal["forced", "sdh", "image", "machine", "own"]
ChatName = Literal["ollama", "openai"]
OriginKind = Literal["embedded", "external", "speech"]


class Section(BaseModel):
    """What every section shares: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class PathMapping(Section):
    """The same folder as the server and as this machine see it."""

    server: str = Field(description="the folder as Jellyfin names it")
    local: LocalPath = Field(description="the same folder here")


class Server(Section):
    """One Jellyfin."""

    url: WebAddress = Field(description="its address, with the base URL if it has one")
    key: SecretStr = Field(
        SecretStr(""), description="its API key, or a user's token; `subtide connect` makes one"
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="what its webhook must bring; `subtide webhook` makes one"
    )
    ca: LocalPath | None = Field(None, description="a file with its own certificate authority")
    libraries: Annotated[tuple[str, ...], BeforeValidator(comma_list)] = Field(
        (), description="the libraries to care for, by name; empty for all"
    )
    paths: tuple[PathMapping, ...] = Field(
        (), description="where its folders are here; empty when they have the same path"
    )
    allow_remote: bool = Field(default=False, description="also read .strm and network sources")


class Policy(Section):
    """What every item should have, unless a rule says otherwise."""

    languages: Annotated[tuple[WantedLanguage, ...], BeforeValidator(comma_list)] = Field(
        ("auto",),
        description="the subtitle languages of the house, most wanted first; auto stands for those"
        " that the library and the users are set to in Jellyfin, or en",
    )
    spoken: Literal["auto", "full", "forced", "none"] = Field(
        "auto",
        description="what an item gets in the language that is spoken in it: full subtitles,"
        " forced ones for foreign passages alone, or none; auto: none where the library's own"
        " subtitle download skips it, else full",
    )
    covered_by: Annotated[tuple[Covering, ...], BeforeValidator(comma_list)] = Field(
        ("sdh", "image", "machine", "own"),
        description="what else than a plain text covers a language: forced, sdh, image,"
        " machine (made by any program), own (ours, even if other settings made it)",
    )
    origins: Annotated[tuple[OriginKind, ...], BeforeValidator(comma_list)] = Field(
        ("embedded", "external", "speech"),
        description="what may be made into a subtitle: texts in the file, beside it, the speech",
    )
    engines: Annotated[tuple[EngineName, ...], BeforeValidator(comma_list)] = Field(
        (), description="translation engines; empty: those of translation.engines"
    )
    trust_audio_tag: bool = Field(
        default=False, description="believe the audio's language tag when the vote is unsure"
    )
    format: Literal["srt", "ass", "vtt"] = Field(
        "srt", description="format of the files; ass keeps the styles of an origin that has them"
    )
    bilingual: bool = Field(
        default=False, description="show the original's line too, below the translation"
    )
    notes: Literal["keep", "drop"] = Field(
        "drop",
        description="sounds and speakers' names that an origin tells for the hearing impaired",
    )
    songs: Literal["translate", "keep", "drop"] = Field(
        "translate", description="what becomes of sung lines, known by their music signs"
    )
    formality: Literal["auto", "formal", "informal"] = Field(
        "auto", description="how people are addressed, for engines that can choose (chat)"
    )
    glossary: dict[Direction, dict[str, str]] = Field(
        default_factory=dict,
        description='words and their translations by direction, such as {en-pt: {Force: "Força"}};'
        ' "*" stands for every direction',
    )
    sync: Literal["external", "always", "never"] = Field(
        "external",
        description="which texts are tested against the speech before they are translated: those"
        " beside the file, all, or none",
    )
    retire_ours: bool = Field(
        default=False, description="remove a file of ours when a person's subtitle appears"
    )
    ignore: bool = Field(default=False, description="make nothing; for rules")
    ignore_tags: Words = Field(
        ("subtide-ignore",),
        description="tags of items or series that are left alone; a file .subtide-ignore in a"
        " folder does the same, where the folder can be read from here",
    )
    shortest_seconds: float = Field(0.0, ge=0, description="shorter items are left alone")
    longest_seconds: float = Field(
        0.0, ge=0, description="longer items are left alone; 0: no limit"
    )
    newest_days: float = Field(
        0.0, ge=0, le=36_500, description="items added longer ago are left alone; 0: no limit"
    )
    without_ratings: Words = Field(
        (), description="parental ratings of items that are left alone, such as XXX"
    )


class When(Section):
    """Which items a rule is for; all that is given has to be true, of each list one."""

    servers: Words = Field((), description="servers, by their name here")
    libraries: Words = Field((), description="libraries, by name")
    series: Words = Field((), description="series, by name or id")
    items: Words = Field((), description="items, by title or id")
    tags: Words = Field((), description="tags of the item or its series")
    folders: Words = Field((), description="folders as Jellyfin names them, with all in them")


class Rule(Section):
    """A change of the policy for some items."""

    when: When = Field(When(), description="which items; empty for all")
    set: Policy = Field(Policy(), description="settings of the policy that are different there")


class Speech(Section):
    """How speech becomes words."""

    tier: Literal["fast", "balanced", "best"] = Field(
        "balanced", description="how much time a film is worth: choices of models and decoding"
    )
    model: str = Field(
        "auto",
        description="Whisper model; auto, by tier: base, small, large-v3-turbo; on a GPU small,"
        " large-v3-turbo, large-v3",
    )
    models: dict[LanguageTag, str] = Field(
        default_factory=dict, description="another model for a spoken language"
    )
    vote_model: str = Field(
        "auto", description="multilingual model that names the language; auto: the one above"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where it runs")
    compute_type: str = Field("auto", description="number format; auto: int8, float16 on a GPU")
    hotwords: bool = Field(
        default=True, description="tell the model the names of characters and cast beforehand"
    )
    block_seconds: float = Field(
        300.0, ge=10, le=1800, description="length of a block; a restart repeats at most one"
    )


class Chat(Section):
    """A language model that translates, at Ollama or any OpenAI-compatible server."""

    url: WebAddress = Field(description="its address, such as http://ollama:11434")
    key: SecretStr = Field(SecretStr(""), description="its API key; Ollama needs none")
    model: str = Field(min_length=1, description="the model's name there")
    batch_lines: int = Field(20, ge=1, le=100, description="lines that are asked for at once")
    context_lines: int = Field(
        4, ge=0, le=50, description="lines before and after them that it also sees"
    )
    temperature: float = Field(0.2, ge=0, le=2, description="how freely it chooses its words")
    timeout_seconds: float = Field(300.0, ge=1, description="how long it may take for one answer")
    keep_alive_seconds: float = Field(
        60.0, ge=0, description="how long Ollama keeps the model in memory after an answer"
    )
    price_in: float = Field(0.0, ge=0, description="cost of a million tokens sent")
    price_out: float = Field(0.0, ge=0, description="cost of a million tokens received")
    budget: float = Field(
        0.0,
        ge=0,
        description="the most that 30 days may cost; the next engine goes on. 0: no limit",
    )


class Translation(Section):
    """How cues get into another language."""

    engines: Annotated[tuple[EngineName, ...], BeforeValidator(comma_list)] = Field(
        ("firefox",), description="engines in the order in which a line is offered to them"
    )
    models: dict[EngineName, dict[Direction, str]] = Field(
        default_factory=dict,
        description='CTranslate2 models, such as {opus-mt: {en-de: "ct2:owner/repository"}};'
        ' "*" stands for every direction',
    )
    chat: dict[ChatName, Chat] = Field(
        default_factory=dict,
        description="the language models behind ollama and openai, such as"
        ' {ollama: {url: "http://ollama:11434", model: "gemma3:12b"}}',
    )
    pivot: bool = Field(
        default=True, description="go through English where no model leads there directly"
    )
    memory: bool = Field(
        default=True, description="remember what language models answered, and ask only once"
    )


class CueLimits(Section):
    """What a viewer can read, where it is to be other than usual."""

    line_chars: int | None = Field(None, ge=4, le=100, description="characters in one line")
    reading_speed: float | None = Field(None, gt=0, description="characters a second")
    lines: Literal[1, 2] | None = Field(None, description="lines of a cue")
    min_seconds: float | None = Field(None, gt=0, description="shortest time of a cue")
    max_seconds: float | None = Field(None, gt=0, description="longest time of a cue")


class Subtitles(Section):
    """What a subtitle has to be like."""

    limits: dict[LanguageTag, CueLimits] = Field(
        default_factory=dict,
        description="limits of a language that are other than usual, such as"
        " {de: {reading_speed: 15}}",
    )
    review_below: float = Field(
        0.5, ge=0, le=1, description="a result with a lower score is held for review"
    )
    second_attempt: bool = Field(
        default=True, description="hear a film again with the next tier before it is held"
    )


class Models(Section):
    """Where models come from."""

    pull: bool = Field(
        default=True, description="pull a model that is missing when it is first needed"
    )
    hub: WebAddress = Field("https://huggingface.co", description="the hub for Whisper models")
    token: SecretStr = Field(SecretStr(""), description="access token for the hub")


class Scan(Section):
    """When Subtide looks by itself."""

    at_start: bool = Field(
        default=True, description="look through all libraries when the daemon starts"
    )
    poll_seconds: float = Field(
        300.0, ge=10, description="how often to ask the server for what changed"
    )
    nightly: Cron = Field("0 3 * * *", description="when to look through everything, as cron")
    time_zone: TimeZone = Field(
        "", description="time zone of all times of the day; empty: the machine's"
    )


class Publish(Section):
    """How a subtitle gets into Jellyfin."""

    label: Label = Field(
        "subtide",
        description="the word that marks our files by name, not a language's; empty for none",
    )
    patience_seconds: float = Field(
        300.0, ge=1, description="how long an accepted upload may take to show up, at least"
    )
    viewers_seconds: float = Field(
        14_400.0,
        ge=0,
        description="how long a finished subtitle waits while its item is being watched",
    )


class Limits(Section):
    """What Subtide may take from the machine."""

    threads: int = Field(0, ge=0, description="threads of a model; 0: half the processor's")
    idle_seconds: float = Field(
        120.0, ge=0, description="how long an idle child process keeps its model in memory"
    )
    disk_reserve_mb: int = Field(500, ge=0, description="disk space that is never used")
    pause_while_playing: Literal["auto", "always", "never"] = Field(
        "auto",
        description="stop computing while anyone plays or the server transcodes; auto: on a"
        " machine of up to 4 processor threads",
    )
    window: WorkWindow = Field(
        "",
        description="when work may begin, such as 22:00-07:00, by scan.time_zone; empty: always."
        " What a person asked for does not wait",
    )
    jobs_per_scan: int = Field(
        0, ge=0, description="the most jobs that one scan plans; 0: no limit"
    )
    jobs_per_day: int = Field(
        0,
        ge=0,
        description="the most jobs that scans plan in 24 hours; 0: no limit. What a person asked"
        " for, or watches, does not count",
    )


class Web(Section):
    """The HTTP side."""

    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 in a container")
    port: int = Field(8765, ge=0, le=65535, description="port to listen on; 0: a free one")
    address: WebAddress | Literal[""] = Field(
        "", description="how Jellyfin reaches this daemon; empty: `subtide webhook` finds out"
    )


class Log(Section):
    """What the daemon says."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="how much the daemon says"
    )
    form: Literal["auto", "lines", "json"] = Field(
        "auto", description="the daemon's; auto: lines on a terminal, json elsewhere"
    )


class Settings(Section):
    """The whole tree."""

    data: LocalPath = Field(
        Path("/config"), description="the folder for database, artifacts, models"
    )
    database: SecretStr = Field(
        SecretStr(""), description="postgresql:// address; empty: SQLite in the data folder"
    )
    start: Literal["ask", "auto"] = Field(
        "ask",
        description="ask: a library gets nothing before `subtide release`; auto: begin at once",
    )
    servers: dict[str, Server] = Field(default_factory=dict, description="your Jellyfin servers")
    policy: Policy = Policy()
    rules: tuple[Rule, ...] = Field(
        (), description="changes of the policy for some items, in order; the later one wins"
    )
    speech: Speech = Speech()
    translation: Translation = Translation()
    subtitles: Subtitles = Subtitles()
    models: Models = Models()
    scan: Scan = Scan()
    publish: Publish = Publish()
    limits: Limits = Limits()
    web: Web = Web()
    log: Log = Log()
