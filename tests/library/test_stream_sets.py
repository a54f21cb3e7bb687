"""Stream sets: what is missing beside which tracks, under which policy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from sources import SERVER, audio, item, source, subtitle

from subtide import settings
from subtide.jellyfin import codes
from subtide.jellyfin.items import Track
from subtide.library.gaps import Past, Verdict, judge
from subtide.library.policy import Around, Rules
from subtide.pipeline.plan import Target
from subtide.storage.coverage import Standing
from subtide.storage.ledger import EntryState, Put
from subtide.storage.outcomes import Outcome, OutcomeState

Set = tuple[str, dict[str, object], Sequence[Track], str]
"""A name, what the policy says, the tracks, and the gaps: ``en``, or ``en/forced``."""
NOW = SERVER.seen_at
BASIS = "b1"
OURS = "/media/Film/Film.subtide.en.srt"
SIDECAR = "/media/Film/Film.en.srt"
ANYTHING = ("forced", "sdh", "image", "machine", "own")
EN, EN_FR, EN_PT = {"languages": "en"}, {"languages": "en, fr"}, {"languages": "en, pt"}
PLAIN = EN | {"covered_by": ()}
FORCED, NONE = {"spoken": "forced"}, {"spoken": "none"}


def pgs(language: str = "en", **changes: object) -> Track:
    return subtitle(language, codec="PGSSUB", **changes)  # type: ignore[arg-type]


def titled(title: str, language: str = "en") -> Track:
    return subtitle(language, title=title)


def tagged(code: str, *, title: str = "") -> Track:
    """A subtitle with a code of the server's."""
    language = codes.from_server(code)
    return subtitle(language.tag if language else None, title=title)


WHOLE: list[Set] = [
    ("nothing at all", EN, [], "en"),
    ("no tracks, and nothing wanted", {"languages": ()}, [], ""),
    ("only a sound", EN, [audio("en")], "en"),
    ("a text inside", EN, [audio("en"), subtitle("en")], ""),
    ("a text beside", EN, [audio("en"), subtitle("en", path=SIDECAR)], ""),
    ("ASS", EN, [subtitle("en", codec="ass")], ""),
    ("mov_text", EN, [subtitle("en", codec="mov_text")], ""),
    ("two wanted, one there", EN_PT, [subtitle("en")], "pt"),
    ("two wanted, none there", EN_PT, [audio("ja")], "en pt"),
    ("two wanted, both there", EN_PT, [subtitle("pt"), subtitle("en")], ""),
    ("the order of the house counts", {"languages": "pt, en"}, [], "pt en"),
    ("only another language", EN_PT, [subtitle("de"), subtitle("fr")], "en pt"),
]
FORCED_SETS: list[Set] = [
    ("forced is not full", EN, [subtitle("en", forced=True)], "en"),
    ("forced beside full", EN, [subtitle("en", forced=True), subtitle("en")], ""),
    ("forced counts where it may", EN | {"covered_by": "forced"}, [titled("Forced")], ""),
    ("forced in the title alone", EN, [titled("English (Forced)")], "en"),
    ("forced narrative", EN, [titled("Forced Narrative")], "en"),
    ("non-forced in the title", EN, [titled("English (Non-Forced)")], ""),
    ("not forced in the title", EN, [titled("not forced")], ""),
    ("reinforced is not forced", EN, [titled("Reinforced edition")], ""),
    ("signs and songs", EN, [titled("Signs & Songs")], "en"),
    ("signs and songs in short", EN, [titled("S&S")], "en"),
    ("songs", EN, [titled("Songs")], "en"),
    ("songs of a film's name", EN, [titled("Songs from the Second Floor")], ""),
    ("full with signs and songs", EN, [titled("Full (Dialogue, Signs & Songs)")], ""),
    ("dialogue and signs", EN, [titled("Dialogue + Signs")], ""),
    ("foreign parts only", EN, [titled("Foreign parts only")], "en"),
    ("foreign dialogue only", EN, [titled("Foreign dialogue only")], "en"),
    ("signs beside the dialogue", EN, [titled("Signs"), titled("Dialogue")], ""),
    ("forced images", EN, [pgs(forced=True)], "en"),
    ("forced images beside a full text", EN, [pgs(forced=True), subtitle("en")], ""),
]
KINDS: list[Set] = [
    ("SDH by its flag", EN, [subtitle("en", hearing_impaired=True)], ""),
    ("SDH by its flag, refused", PLAIN, [subtitle("en", hearing_impaired=True)], "en"),
    ("SDH in the title", EN, [titled("English [SDH]")], ""),
    ("SDH in the title, refused", PLAIN, [titled("English [SDH]")], "en"),
    ("CC in the title, refused", PLAIN, [titled("English (CC)")], "en"),
    ("hearing impaired in the title, refused", PLAIN, [titled("Hearing Impaired")], "en"),
    ("French for the deaf, refused", PLAIN, [titled("Sourds et malentendants")], "en"),
    ("German for the deaf, refused", PLAIN, [titled("für Gehörlose")], "en"),
    ("not SDH in the title", PLAIN, [titled("English (non-SDH)")], ""),
    ("SDH beside a plain one, refused", PLAIN, [titled("SDH"), subtitle("en")], ""),
    ("SDH that is forced", EN, [subtitle("en", forced=True, hearing_impaired=True)], "en"),
    ("images", EN, [pgs()], ""),
    ("images, refused", EN | {"covered_by": "sdh"}, [pgs()], "en"),
    ("images of a DVD, refused", PLAIN, [subtitle("en", codec="DVDSUB")], "en"),
    ("images beside a text, refused", PLAIN, [pgs(), subtitle("en")], ""),
    ("images in one language, a text in another", PLAIN | EN_PT, [pgs(), subtitle("pt")], "en"),
    ("images for the deaf, images refused", EN | {"covered_by": "sdh"}, [pgs(title="SDH")], "en"),
    ("images for the deaf, SDH refused", EN | {"covered_by": "image"}, [pgs(title="SDH")], "en"),
    ("a commentary", EN, [titled("Director's Commentary")], "en"),
    ("a commentary, whatever may cover", EN | {"covered_by": ANYTHING}, [titled("Comments")], "en"),
    ("a commentary beside the film", EN, [titled("Commentary"), subtitle("en")], ""),
    ("a commentary in French", {"languages": "fr"}, [titled("Commentaires", "fr")], "fr"),
    ("a commentary in Russian", {"languages": "ru"}, [titled("Комментарии", "ru")], "ru"),
    ("a commentary in Portuguese", {"languages": "pt"}, [titled("Comentários", "pt")], "pt"),
    ("a commentary in Polish", {"languages": "pl"}, [titled("Komentarz", "pl")], "pl"),
    ("a commentary in Chinese", {"languages": "zh"}, [titled("导演评论", "zh")], "zh"),
    ("a description of the pictures", EN, [titled("Descriptive")], "en"),
    ("karaoke", EN, [titled("Karaoke")], "en"),
    ("a sing-along", EN, [titled("Sing-Along")], "en"),
]
MACHINE_MADE = [
    "AI", "ai", "ai.0", "English (AI)", "AI generated", "AI-translated", "Whisper", "whisper.0",
    "English - Whisper", "Whisper large-v3", "faster-whisper", "WhisperX", "subgen", "ChatGPT",
    "GPT-4o", "DeepL", "Google Translate", "lingarr", "machine translated", "Machine-translation",
    "[machine]", "English (auto-generated)", "Auto", "automatic", "automatisch übersetzt",
    "traduction automatique", "Tradução automática", "MTL", "机翻",
]  # fmt: skip
BY_HAND = [
    "", "Ai", "Ai Hoshino", "J'ai", "Automata", "Grand Theft Auto", "Whisper of the Heart",
    "Whispers", "The Time Machine", "Machine Gun Preacher", "Egpty", "Ex Machina", "Mail", "asro",
]  # fmt: skip
MACHINES: list[Set] = [
    *((f"made by a program: {title}", PLAIN, [titled(title)], "en") for title in MACHINE_MADE),
    *((f"made by hand: {title}", PLAIN, [titled(title)], "") for title in BY_HAND),
    ("made by a program, which may cover", EN, [titled("AI")], ""),
    ("made by a program beside one by hand", PLAIN, [titled("AI"), subtitle("en")], ""),
    ("made by a program, in its sidecar's name", PLAIN, [subtitle("en", title="ai", path=SIDECAR)],
     "en"),
]  # fmt: skip
CODES: list[Set] = [
    ("en for en", EN, [tagged("en")], ""),
    ("eng for en", EN, [tagged("eng")], ""),
    ("en-US for en", EN, [tagged("en-US")], ""),
    ("English for en", EN, [tagged("English")], ""),
    ("en-US for en-GB", {"languages": "en-GB"}, [tagged("en-US")], "en-GB"),
    ("eng for en-GB", {"languages": "en-GB"}, [tagged("eng")], ""),
    ("ger for de", {"languages": "de"}, [tagged("ger")], ""),
    ("deu for de", {"languages": "de"}, [tagged("deu")], ""),
    ("por for pt-BR", {"languages": "pt-BR"}, [tagged("por")], ""),
    ("pob for pt-BR", {"languages": "pt-BR"}, [tagged("pob")], ""),
    ("pt-PT for pt-BR", {"languages": "pt-BR"}, [tagged("pt-PT")], "pt-BR"),
    ("pt-BR for pt", {"languages": "pt"}, [tagged("pt-br")], ""),
    ("es-MX for es-419", {"languages": "es-419"}, [tagged("es-MX")], ""),
    ("es-ES for es-419", {"languages": "es-419"}, [tagged("es-ES")], "es-419"),
    ("chi for zh", {"languages": "zh"}, [tagged("chi")], ""),
    ("zh-CN for zh-Hans", {"languages": "zh-Hans"}, [tagged("zh-CN")], ""),
    ("zh-TW for zh-Hans", {"languages": "zh-Hans"}, [tagged("zh-TW")], "zh-Hans"),
    ("zh-TW for zh-Hant", {"languages": "zh-Hant"}, [tagged("zh-TW")], ""),
    ("zh-HK for zh-Hant", {"languages": "zh-Hant"}, [tagged("zh-HK")], ""),
    ("zh-Hans for zh-Hant", {"languages": "zh-Hant"}, [tagged("zh-hans")], "zh-Hant"),
    ("cmn for zh", {"languages": "zh"}, [tagged("cmn")], ""),
    ("yue for zh", {"languages": "zh"}, [tagged("yue")], "zh"),
    ("sr-Latn for sr", {"languages": "sr"}, [tagged("sr-Latn")], "sr"),
    ("no for nb", {"languages": "nb"}, [tagged("nor")], ""),
    ("nn for nb", {"languages": "nb"}, [tagged("nno")], "nb"),
    ("Greek by its name", {"languages": "el"}, [tagged("Greek, Modern (1453-)")], ""),
    ("und", EN, [tagged("und")], "en"),
    ("mul", EN, [tagged("mul")], "en"),
    ("none", EN, [tagged("")], "en"),
    ("none, but in the title", EN, [tagged("", title="English")], "en"),
    ("original sound", EN, [tagged("qaa")], "en"),
    ("no language at all", EN, [tagged("zxx")], "en"),
]
SPOKEN: list[Set] = [
    ("full, where it is spoken", EN_FR | {"spoken": "full"}, [audio("en")], "en fr"),
    ("auto is full where no library says else", EN_FR, [audio("en")], "en fr"),
    ("none, where it is spoken", EN_FR | NONE, [audio("en")], "fr"),
    ("none, spoken in another region", EN_FR | NONE, [audio("en-US")], "fr"),
    ("none, spoken in a region that is not wanted", {"languages": "pt-BR"} | NONE,
     [audio("pt-PT")], "pt-BR"),
    ("none, spoken in no known language", EN_FR | NONE, [audio(None)], "en fr"),
    ("none, and nothing is heard", EN_FR | NONE, [], "en fr"),
    ("none, dual audio of which it is the second", EN_FR | NONE,
     [audio("ja", default=True), audio("en", ordinal=1)], "en fr"),
    ("none, dual audio of which it is the default", EN_FR | NONE,
     [audio("ja"), audio("en", ordinal=1, default=True)], "fr"),
    ("none, dual audio without a default", EN_FR | NONE,
     [audio("en"), audio("ja", ordinal=1)], "fr"),
    ("none, spoken in the commentary alone", EN_FR | NONE,
     [audio("en", title="Commentary", default=True), audio("fr", ordinal=1)], "en"),
    ("none, described in it", EN_FR | NONE,
     [audio("en", title="Audio description"), audio("fr", ordinal=1)], "en"),
    ("forced, where it is spoken", EN_FR | FORCED, [audio("en")], "en/forced fr"),
    ("forced, and there", EN_FR | FORCED, [audio("en"), subtitle("en", forced=True)], "fr"),
    ("forced, there by its title", EN | FORCED, [audio("en"), titled("Forced")], ""),
    ("forced, and a full one is there", EN | FORCED, [audio("en"), subtitle("en")], "en/forced"),
    ("forced, for the deaf", EN | FORCED,
     [audio("en"), subtitle("en", hearing_impaired=True)], "en/forced"),
    ("forced, as images", EN | FORCED, [audio("en"), pgs(forced=True)], ""),
    ("forced, as images, refused", PLAIN | FORCED, [audio("en"), pgs(forced=True)], "en/forced"),
    ("forced, as signs", EN | FORCED, [audio("en"), titled("Signs & Songs")], ""),
    ("forced, as a forced narrative", EN | FORCED, [audio("en"), titled("Forced Narrative")], ""),
    ("forced, where another is spoken", EN_FR | FORCED, [audio("ja")], "en fr"),
    ("forced, where another is spoken and forced is there", EN | FORCED,
     [audio("ja"), subtitle("en", forced=True)], "en"),
    ("forced, with dual audio", EN | FORCED,
     [audio("ja", default=True), audio("en", ordinal=1), subtitle("en", forced=True)], "en"),
]  # fmt: skip
LIMITS: list[Set] = [
    ("shorter than wanted", EN | {"shortest_seconds": 61}, [], ""),
    ("as long as wanted", EN | {"shortest_seconds": 60}, [], "en"),
    ("longer than wanted", EN | {"longest_seconds": 59}, [], ""),
    ("as short as wanted", EN | {"longest_seconds": 60}, [], "en"),
    ("ignored", EN | {"ignore": True}, [], ""),
]
SETS = [*WHOLE, *FORCED_SETS, *KINDS, *MACHINES, *CODES, *SPOKEN, *LIMITS]


def verdicts(
    says: Mapping[str, object], tracks: Sequence[Track], past: Past | None = None
) -> dict[str, Verdict]:
    """How each target stands, by ``en`` or ``en/forced``."""
    there = source(*tracks)
    house = settings.Policy.model_validate(says)
    policy = Rules(house).policy_for(item(there), Around(), NOW)
    found = judge(there, policy, past or Past(label="subtide"), BASIS, NOW)
    return {short(one.target): one for one in found}


def short(target: Target) -> str:
    return f"{target.language}/forced" if target.forced else target.language


@pytest.mark.parametrize(
    ("says", "tracks", "gaps"), [row[1:] for row in SETS], ids=[row[0] for row in SETS]
)
def test_what_is_missing_of(says: dict[str, object], tracks: list[Track], gaps: str) -> None:
    found = verdicts(says, tracks)
    assert [name for name, one in found.items() if one.standing is Standing.GAP] == gaps.split()


def test_the_table_has_no_name_twice() -> None:
    names = [row[0] for row in SETS]
    assert len(names) == len(set(names)) > 60


TWO_REASONS = (
    "en PGSSUB inside the file: it is made of images; en subrip inside the file: a program made it"
)


@pytest.mark.parametrize(
    ("says", "tracks", "standing", "why"),
    [
        (EN | NONE, [audio("en")], Standing.UNWANTED, "en is spoken in it"),
        (EN | NONE, [audio("en"), subtitle("en")], Standing.COVERED, "en subrip inside the file"),
        (EN | NONE, [audio("en-US")], Standing.UNWANTED, "en-US is spoken in it"),
        (EN | {"ignore": True}, [], Standing.UNWANTED, "a rule says to ignore it"),
        (EN | {"longest_seconds": 59}, [], Standing.UNWANTED, "it is longer than 59 s"),
        (EN | {"shortest_seconds": 90.5}, [], Standing.UNWANTED, "it is shorter than 90.5 s"),
        (EN, [], Standing.GAP, "no such subtitle"),
        (
            EN,
            [subtitle("en", forced=True)],
            Standing.GAP,
            "en subrip inside the file: it holds only some lines (forced)",
        ),
        (
            PLAIN,
            [pgs(), titled("AI")],
            Standing.GAP,
            TWO_REASONS,
        ),
        (PLAIN, [titled("SDH")], Standing.GAP,
         "en subrip inside the file: it is for the hearing impaired"),
        (EN, [titled("Commentary")], Standing.GAP,
         "en subrip inside the file: its title says that it is no plain dialogue"),
    ],
)  # fmt: skip
def test_why_it_is_or_is_not(
    says: dict[str, object], tracks: list[Track], standing: Standing, why: str
) -> None:
    (one,) = verdicts(says, tracks).values()
    assert (one.standing, one.why) == (standing, why)


# -- our own files ------------------------------------------------------------------------

MINE = subtitle("en", title="subtide", path=OURS)
UNLABELLED = subtitle("en", path=OURS)


def past(
    *, basis: str = BASIS, state: EntryState = EntryState.VERIFIED, label: str = "subtide"
) -> Past:
    """We made the English one, under other settings if ``basis`` is another."""
    target = Target(language="en").key
    made = Outcome(
        server=SERVER.id,
        source="f1",
        target=target,
        item="f1",
        title="Film",
        state=OutcomeState.PUBLISHED,
        basis=basis,
        reason="",
        fix="",
        retry_at=None,
        job=1,
        at=NOW,
    )
    return Past({target: made}, (Put("f1", target, OURS, state, 1),), label)


OLD = past(basis="b0")
OUTDATED = replace(past(state=EntryState.OUTDATED), outcomes={})
HUMAN = subtitle("en", path=SIDECAR)


@pytest.mark.parametrize(
    ("says", "tracks", "before", "standing"),
    [
        (EN, [MINE], Past(label="subtide"), Standing.COVERED),
        (PLAIN, [MINE], Past(label="subtide"), Standing.COVERED),
        (PLAIN, [MINE], past(), Standing.COVERED),
        (PLAIN, [UNLABELLED], past(label=""), Standing.COVERED),
        (EN, [MINE], OLD, Standing.OUTDATED),
        (PLAIN, [MINE], OLD, Standing.GAP),
        (EN, [MINE, HUMAN], OLD, Standing.COVERED),
        (PLAIN, [MINE, HUMAN], OLD, Standing.COVERED),
        (EN, [MINE, titled("AI")], OLD, Standing.COVERED),
        (PLAIN, [MINE, titled("AI")], OLD, Standing.GAP),
        (EN, [MINE], OUTDATED, Standing.GAP),
        (EN, [MINE, HUMAN], OUTDATED, Standing.COVERED),
        (EN, [], past(), Standing.CLOSED),
        (EN, [HUMAN], past(), Standing.COVERED),
        (EN | NONE, [audio("en"), MINE], past(), Standing.COVERED),
        (EN | NONE, [audio("en"), MINE], OLD, Standing.COVERED),
        (EN | NONE, [audio("en")], past(), Standing.UNWANTED),
        (EN | {"ignore": True}, [MINE], OLD, Standing.COVERED),
    ],
)
def test_what_we_made_stands(
    says: dict[str, object], tracks: list[Track], before: Past, standing: Standing
) -> None:
    (one,) = verdicts(says, tracks, before).values()
    assert one.standing is standing


@pytest.mark.parametrize(
    ("says", "tracks", "by_hand"),
    [
        (EN, [MINE, HUMAN], True),
        (EN, [MINE, titled("SDH")], True),
        (EN, [MINE, titled("AI")], False),
        (EN, [MINE], False),
        (EN | {"ignore": True}, [MINE, HUMAN], False),
    ],
)
def test_a_person_s_subtitle_is_told_apart(
    says: dict[str, object], tracks: list[Track], *, by_hand: bool
) -> None:
    (one,) = verdicts(says, tracks, past()).values()
    assert one.by_hand is by_hand


def test_our_file_that_is_gone_was_deleted_unless_another_covers() -> None:
    assert verdicts(EN, [], past())["en"].deleted
    assert verdicts(EN, [titled("Forced")], past())["en"].deleted
    assert not verdicts(EN, [HUMAN], past())["en"].deleted
    assert not verdicts(EN, [MINE], past())["en"].deleted
    assert not verdicts(EN, [], Past(label="subtide"))["en"].deleted
