import subprocess
import sys

import pytest

from subtide.languages import Language
from subtide.subtitles.phrases import phrases


@pytest.mark.parametrize(
    ("tag", "text", "phrase"),
    [
        ("ja", "今日はとてもいい天気ですね。", "天気ですね。"),
        ("zh-Hans", "他昨天晚上给我打了电话", "电话"),
        ("zh-TW", "如果你不告訴我真相，我就沒辦法幫你了", "沒辦法"),  # noqa: RUF001 - meant so
        ("cmn-Hans", "他昨天晚上给我打了电话", "电话"),
        ("th", "เธอจะไปตลาดกับแม่", "ตลาด"),
    ],
)
def test_words_of_scripts_without_spaces_are_found(tag: str, text: str, phrase: str) -> None:
    found = phrases(text, Language(tag)) or []
    assert phrase in found
    assert "".join(found) == text


@pytest.mark.parametrize("tag", ["en", "ko", "km", "ar"])
def test_a_language_without_a_model_has_no_phrases(tag: str) -> None:
    assert phrases("some text", Language(tag)) is None


def test_the_models_are_loaded_by_the_first_text_and_not_before() -> None:
    code = (
        "import sys\n"
        "from subtide.languages import Language\n"
        "from subtide.subtitles import segment\n"
        "from subtide.subtitles.phrases import phrases\n"
        "phrases('text', Language('en'))\n"
        "print('budoux' in sys.modules)\n"
        "phrases('天気', Language('ja'))\n"
        "print('budoux' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
    assert done.stdout.split() == ["False", "True"]
