"""Languages: which codes are read, and which subtitle serves which reader."""

import langcodes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtide.languages import UNKNOWN_CODES, Language

TAGS = [
    "ar", "cmn", "de", "en", "en-GB", "en-US", "es", "es-419", "es-ES", "es-MX", "fil", "fr",
    "fr-CA", "he", "ja", "ko", "nb", "nn", "no", "pt", "pt-BR", "pt-PT", "ru", "sr", "sr-Latn",
    "yue", "zh", "zh-CN", "zh-HK", "zh-Hans", "zh-Hant", "zh-TW",
]  # fmt: skip
languages = st.sampled_from(TAGS).map(Language.parse)


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("en", "en"),
        ("eng", "en"),
        ("EN", "en"),
        (" en ", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("fre", "fr"),
        ("pt-br", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("zh_CN", "zh-CN"),
        ("zh-hans", "zh-Hans"),
        ("iw", "he"),
        ("no", "no"),
        ("nob", "nb"),
        ("sh", "sr-Latn"),
        ("es-419", "es-419"),
    ],
)
def test_a_code_is_read_as_its_canonical_tag(code: str, tag: str) -> None:
    assert Language.parse(code).tag == tag


@pytest.mark.parametrize(
    "code", [*sorted(UNKNOWN_CODES), "UND", "english", "xx-yy", "e", "en-", "??"]
)
def test_what_is_no_language_is_refused_with_an_example(code: str) -> None:
    assert Language.find(code) is None
    with pytest.raises(ValueError, match="BCP-47 tag such as en, pt-BR or zh-Hans"):
        Language.parse(code)


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("German", "de"), ("deutsch", "de"), ("Greek, Modern (1453-)", "el"), ("Ojibwa", "oj"),
        ("Chinese (Traditional)", "zh-Hant"), ("Español", "es"),
    ],
)  # fmt: skip
def test_a_name_is_found(name: str, tag: str) -> None:
    assert Language.named(name) == Language(tag)


@pytest.mark.parametrize("name", ["", "Ga", "subtide", "Commentary", "Undetermined"])
def test_what_names_no_language_is_not_found(name: str) -> None:
    assert Language.named(name) is None


def test_an_absent_code_is_no_language() -> None:
    assert Language.find(None) is None


@pytest.mark.parametrize(
    ("tag", "base", "script", "region", "name"),
    [
        ("pt-BR", "pt", "Latn", "BR", "Portuguese (Brazil)"),
        ("zh-TW", "zh", "Hant", "TW", "Chinese (Taiwan)"),
        ("sr", "sr", "Cyrl", None, "Serbian"),
        ("en", "en", "Latn", None, "English"),
    ],
)
def test_a_language_knows_its_parts(
    tag: str, base: str, script: str, region: str | None, name: str
) -> None:
    language = Language(tag)
    assert (language.base, language.script, language.region) == (base, script, region)
    assert language.name == name
    assert str(language) == tag


SERVES = [
    ("en", "en"),
    ("en-US", "en"),
    ("en", "en-US"),
    ("pt", "pt-BR"),
    ("pt-BR", "pt"),
    ("zh", "zh-Hans"),
    ("zh-CN", "zh-Hans"),
    ("zh-Hans", "zh"),
    ("zh-TW", "zh-Hant"),
    ("zh-Hant", "zh-HK"),
    ("cmn", "zh"),
    ("sh", "sr-Latn"),
    ("no", "nb"),
    ("nb", "no"),
    ("iw", "he"),
    ("tl", "fil"),
    ("arb", "ar"),
    ("es-419", "es-MX"),
    ("es-MX", "es-419"),
    ("es-419", "es"),
]
SERVES_NOT = [
    ("en", "de"),
    ("en-US", "en-GB"),
    ("pt-PT", "pt-BR"),
    ("pt-BR", "pt-PT"),
    ("zh-Hant", "zh-Hans"),
    ("zh-TW", "zh-CN"),
    ("zh", "zh-TW"),
    ("sr", "sr-Latn"),
    ("sr-Latn", "sr"),
    ("nn", "nb"),
    ("no", "nn"),
    ("yue", "zh-Hant"),
    ("es-419", "es-ES"),
    ("es-MX", "es-AR"),
    ("no", "da"),
]


@pytest.mark.parametrize(
    ("there", "wanted", "serves"),
    [(*pair, True) for pair in SERVES] + [(*pair, False) for pair in SERVES_NOT],
)
def test_a_reader_is_served_by_what_they_can_read(there: str, wanted: str, *, serves: bool) -> None:
    assert Language.parse(there).serves(Language.parse(wanted)) is serves


@given(languages)
def test_every_language_serves_itself(one: Language) -> None:
    assert one.serves(one)


@given(languages, languages)
def test_to_serve_is_mutual(one: Language, other: Language) -> None:
    assert one.serves(other) == other.serves(one)


@given(languages, languages)
def test_only_one_script_serves(one: Language, other: Language) -> None:
    if one.serves(other):
        assert one.script == other.script


@given(st.sampled_from(TAGS))
def test_to_parse_a_tag_again_changes_nothing(tag: str) -> None:
    once = Language.parse(tag)
    assert Language.parse(once.tag) == once


@given(st.text(max_size=12))
def test_any_text_is_a_language_or_refused(text: str) -> None:
    found = Language.find(text)
    assert found is None or langcodes.tag_is_valid(found.tag)
