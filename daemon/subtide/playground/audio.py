"""Audio: the one transcode that Jellyfin offers without the picture, as FLAC."""

import io
from pathlib import Path
from typing import Any

from subtide.errors import MediaUnreadable, NoUsableAudio


def default_track(streams: list[Any]) -> Any:  # noqa: ANN401  # av is untyped here
    """Return the track FFmpeg takes unasked: flagged default, most channels, first."""
    import av  # noqa: PLC0415

    flag = av.stream.Disposition.default
    return max(
        streams,
        key=lambda s: (bool(s.disposition & flag), s.codec_context.layout.nb_channels, -s.index),
    )


def to_flac(path: Path, rate: int | None, channels: int | None) -> bytes:
    """Return the default track as FLAC.

    ``rate`` in Hz and ``channels`` (1 or 2) default to the track's own. Raises NoUsableAudio
    for a file without audio, MediaUnreadable for one that cannot be decoded.
    """
    import av  # noqa: PLC0415

    written = io.BytesIO()
    try:
        with av.open(str(path)) as source, av.open(written, "w", format="flac") as target:
            if not source.streams.audio:
                raise NoUsableAudio(f"{path.name} has no audio", "nothing to transcode")
            track = default_track(list(source.streams.audio))
            layout = {1: "mono", 2: "stereo"}.get(channels or 0, track.codec_context.layout.name)
            out: Any = target.add_stream("flac", rate=rate or track.codec_context.rate)
            out.layout = layout
            resampler = av.AudioResampler("s16", layout, out.rate)
            for frame in source.decode(track):
                frame.pts = None
                for piece in resampler.resample(frame):
                    target.mux(out.encode(piece))
            for piece in resampler.resample(None):
                target.mux(out.encode(piece))
            target.mux(out.encode(None))
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaUnreadable(f"{path.name}: {error}", "give a file that FFmpeg reads") from error
    return written.getvalue()
