"""The label that marks our files: what the settings take, every server reads as a title alone."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from subtide.jellyfin.sidecars import upload_language
from subtide.playground.cultures import OLD_REGIONS, all_cultures
from subtide.playground.flavour import V10_10, V10_11, V12, Codes, Flavour
from subtide.playground.sidecars import read_name
from subtide.settings import Settings

WORDS = sorted(
    {
        word.lower()
        for culture in all_cultures(Codes.ALL)
        for word in (culture.two, culture.t, culture.b, culture.name)
        if re.fullmatch(r"[A-Za-z0-9]+", word)
    }
    | set(OLD_REGIONS.values())
)
"""Every word of the servers' tables that could be a label."""
FLAGS = ["default", "forced", "foreign", "sdh", "cc", "hi"]
labels = st.one_of(
    st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
    st.tuples(st.sampled_from(["", "x", "0"]), st.sampled_from(WORDS + FLAGS)).map("".join),
)


def taken(label: str) -> bool:
    try:
        Settings.model_validate({"publish": {"label": label}})
    except ValidationError:
        return False
    return True


def test_no_word_that_a_server_reads_is_taken() -> None:
    assert len(WORDS) > 600
    assert [word for word in WORDS + FLAGS if taken(word)] == []


@pytest.mark.parametrize("label", ["nondefault", "forcedly", "foreigner", "und", "deutsch", "asr"])
def test_neither_is_one_that_holds_a_flag_or_means_a_language_elsewhere(label: str) -> None:
    assert not taken(label)


@pytest.mark.parametrize("label", ["", "subtide", "ai", "auto", "whisper", "generated", "machine"])
def test_plain_words_are_taken(label: str) -> None:
    assert taken(label)


@given(labels, st.sampled_from(["en", "hi", "pt-br", "yue"]))
@pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda flavour: flavour.version)
def test_a_label_that_is_taken_changes_nothing_but_the_title(
    flavour: Flavour, label: str, code: str
) -> None:
    assume(taken(label))
    alone = read_name(code, flavour.codes)
    read = read_name(upload_language(label, code), flavour.codes)
    title = f"{label}.{alone.title}" if alone.title else label
    assert read == replace(alone, title=title)
