"""Whisper as a translation engine: which sound belongs to which line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from subtide.asr.blocks import BlockFile
from subtide.asr.flac import to_16_bits, write_flac
from subtide.asr.mixdown import RATE, Samples
from subtide.errors import ModelMissing, NoTranslation
from subtide.languages import Language
from subtide.mt.engine import Line, TranslationEngine
from subtide.mt.fake import FakeEngine
from subtide.mt.guard import Guard
from subtide.mt.relay import Relay, Tally
from subtide.pipeline.ears import Ears

DE, EN = Language("de"), Language("en")


@dataclass
class Loudness:
    """Hears how loud each piece is: the film gets louder from second to second."""

    silent: bool = False
    seconds: list[float] = field(default_factory=list)

    def translate(self, pieces: Sequence[Samples], source: Language) -> list[str]:
        assert source == DE
        self.seconds += [len(piece) / RATE for piece in pieces]
        middle = [float(piece[len(piece) // 2]) for piece in pieces]
        return ["" if self.silent else f"{100 * value:.0f}" for value in middle]


@pytest.fixture
def blocks(tmp_path: Path) -> list[BlockFile]:
    """Two blocks, from 10 to 50 s and from 60 to 80 s, a hundredth louder each second."""
    made = []
    for start, end in [(10, 50), (60, 80)]:
        path = tmp_path / f"{start}.flac"
        seconds = np.repeat(np.arange(start, end), RATE)
        write_flac(path, [to_16_bits((seconds / 100).astype(np.float32))])
        made.append(BlockFile(start, end, path))
    return made


def test_each_line_is_heard_where_it_stands(blocks: list[BlockFile]) -> None:
    ears: TranslationEngine = Ears(Loudness(), blocks, DE, EN)
    lines = [Line(4, "acht", 62.0, 63.0), Line(7, "neun", 20.0, 21.0), Line(9, "zehn", 20.0, 21.0)]
    assert [(line.id, line.text) for line in ears.translate(lines)] == [
        (4, "62"),
        (7, "20"),
        (9, "20"),
    ]


def test_a_little_more_than_the_line_is_heard_but_nothing_beyond_its_block(
    blocks: list[BlockFile],
) -> None:
    engine = Loudness()
    Ears(engine, blocks, DE, EN).translate([Line(1, "a", 20.0, 22.0), Line(2, "b", 10.0, 12.0)])
    assert engine.seconds == pytest.approx([2.6, 2.3])


def test_a_long_line_is_heard_in_pieces_and_stays_one_line(blocks: list[BlockFile]) -> None:
    engine = Loudness()
    (line,) = Ears(engine, blocks, DE, EN).translate([Line(1, "lang", 12.0, 48.0)])
    assert max(engine.seconds) <= 28
    assert sum(engine.seconds) == pytest.approx(36.6)
    assert line.text == "25 44"


def test_a_line_without_sound_or_times_is_left_out(blocks: list[BlockFile]) -> None:
    lines = [Line(1, "between", 52.0, 55.0), Line(2, "unknown"), Line(3, "there", 30.0, 31.0)]
    assert [line.id for line in Ears(Loudness(), blocks, DE, EN).translate(lines)] == [3]
    silent = Loudness(silent=True)
    assert Ears(silent, blocks, DE, EN).translate(lines) == []


@pytest.mark.parametrize(("source", "target"), [("de", "fr"), ("en", "en"), ("en", "de")])
def test_it_translates_only_into_english(source: str, target: str) -> None:
    with pytest.raises(NoTranslation, match="only into English"):
        Ears(Loudness(), [], Language(source), Language(target))
    assert Ears(Loudness(), [], DE, Language("en-GB")).target == Language("en-GB")


def test_lines_of_a_model_that_was_not_taught_to_translate_go_to_the_next_engine() -> None:
    class Untaught:
        def translate(self, pieces: Sequence[Samples], source: Language) -> list[str]:
            raise ModelMissing(f"cannot translate {len(pieces)} pieces of {source}")

    engines = [Ears(Untaught(), [], DE, EN), FakeEngine(DE, EN)]
    relay = Relay(engines, Guard(DE, EN), Tally(lambda _done, _total: None))
    assert relay.run([Line(1, "Wer da?", 1.0, 2.0)])[1].engine == "fake"
