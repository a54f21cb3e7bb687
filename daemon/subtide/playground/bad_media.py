"""Bad media: files that a library may hold and that nobody can, or should, listen to."""

from collections.abc import Callable
from pathlib import Path

from subtide.playground.media import AudioTrack, make_media

CUT_AT = 2000
"""Bytes that are left of a truncated file: its head, and hardly any sound."""
CENC = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "00112233445566778899aabbccddeeff",
    "encryption_kid": "ffeeddccbbaa99887766554433221100",
}
"""FFmpeg's options for an MP4 whose samples are encrypted."""


def no_audio(path: Path) -> None:
    """Write a film without any sound."""
    make_media(path, audio=())


def only_commentary(path: Path) -> None:
    """Write a film whose one audio track is a commentary."""
    make_media(path, [AudioTrack("eng", "Director's commentary", commentary=True)])


def truncated(path: Path) -> None:
    """Write the beginning of a film."""
    make_media(path)
    path.write_bytes(path.read_bytes()[:CUT_AT])


def empty(path: Path) -> None:
    """Write nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    """Write bytes that are no media at all, always the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(n * n * 31 % 251 for n in range(20_000)))


def playlist(path: Path) -> None:
    """Write an HLS playlist under a film's name, which leads to a film outside the library."""
    secret = make_media(path.parent.parent / "outside" / "secret.ts")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n"
        f"{secret}\n#EXT-X-ENDLIST\n",
        encoding="utf-8",
    )


def encrypted(path: Path) -> None:
    """Write an MP4 whose samples are encrypted (cenc), whatever the path's suffix."""
    plain = make_media(path.with_name(f"{path.stem}-made.mp4"), options=CENC)
    plain.replace(path)


BAD_MEDIA: dict[str, Callable[[Path], None]] = {
    "no audio": no_audio,
    "only commentary": only_commentary,
    "truncated": truncated,
    "empty": empty,
    "garbage": garbage,
    "playlist": playlist,
    "encrypted": encrypted,
}
"""Every way, by what is wrong; each writes one file."""
