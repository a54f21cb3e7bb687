import threading
from pathlib import Path

import pytest

from subtide.errors import ModelDamaged
from subtide.languages import Language
from subtide.mt.engine import EngineFailed, Line
from subtide.mt.engines import ENGINES
from subtide.mt.firefox import FirefoxEngine

EN, PT = Language("en"), Language("pt")


def test_lines_are_translated_under_their_ids(firefox_files: dict[str, Path]) -> None:
    engine = ENGINES["firefox"](firefox_files, EN, PT, 0)
    lines = [Line(4, "How are you today?"), Line(2, "He has 3 cars.")]
    assert engine.translate(lines) == [
        Line(4, "Como você está hoje?"),
        Line(2, "Ele tem 3 carros."),
    ]


def test_long_text_is_not_cut(firefox_files: dict[str, Path]) -> None:
    text = "He walked to the old house, and then he walked back to the town, " * 12
    engine = FirefoxEngine.from_files(firefox_files, EN, PT)
    (line,) = engine.translate([Line(1, f"{text}where his mother waited.")])
    assert line.text.endswith("mãe esperava.")
    assert len(line.text) > 0.8 * len(text)


def test_another_thread_gets_a_typed_error(firefox_files: dict[str, Path]) -> None:
    engine = FirefoxEngine.from_files(firefox_files, EN, PT)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            engine.translate([Line(1, "Hello.")])
        except EngineFailed as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert "another thread" in str(errors[0])


def test_damaged_files_are_named(firefox_files: dict[str, Path], tmp_path: Path) -> None:
    model = tmp_path / "model.bin"
    model.write_bytes(b"junk")
    vocabulary = firefox_files["vocab.enpt.spm"]
    with pytest.raises(ModelDamaged, match=r"model\.bin"):
        FirefoxEngine(
            EN, PT, model=model, source_vocabulary=vocabulary, target_vocabulary=vocabulary
        )


def test_a_missing_part_is_named(firefox_files: dict[str, Path]) -> None:
    files = {name: path for name, path in firefox_files.items() if "vocab" not in name}
    with pytest.raises(ModelDamaged, match="vocabulary"):
        FirefoxEngine.from_files(files, EN, PT)
