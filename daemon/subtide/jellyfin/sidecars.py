"""What the server calls an uploaded subtitle, and which files beside it are the same upload."""

import re
from pathlib import PurePosixPath, PureWindowsPath

WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def file_name(path: str) -> str:
    r"""Return the last part of a path as the server writes it (``/media/…`` or ``D:\media\…``)."""
    return PureWindowsPath(path).name if WINDOWS_PATH.match(path) else PurePosixPath(path).name


def lies_beside(path: str, media: str) -> bool:
    """Whether the server keeps a sidecar in its media's folder, not in a folder of its own."""
    return path.removesuffix(file_name(path)) == media.removesuffix(file_name(media))


def lies_in(path: str, folder: str) -> bool:
    """Whether a path as the server writes it is below a folder, at whatever depth."""
    root = folder.rstrip("/\\")
    return path.startswith((f"{root}/", f"{root}\\"))


def upload_language(label: str, code: str) -> str:
    """Return the Language of an upload: ``subtide.en``, or the code alone without a label.

    The server puts it in the file name as it is, in lower case, and shows the label as the
    track's title. A label that it would read as a language or a flag is refused by the settings.
    """
    return f"{label}.{code}" if label else code


def expected_name(  # noqa: PLR0913 - a file name has these six parts
    source_path: str,
    label: str,
    code: str,
    *,
    forced: bool,
    hearing_impaired: bool,
    format: str,  # noqa: A002 - the server's word
) -> str:
    """Return the file name that the server gives an upload to this source.

    A disc folder's name is cut at its last dot like a file's; the server then looks for the
    whole name, so an upload to ``Film.2020`` (a BDMV folder) would never be found. Therefore
    nothing is ever planned for a disc, and none is published to.
    """
    parts = [_base(file_name(source_path)), upload_language(label, code).lower()]
    parts += ["forced"] * forced + ["sdh"] * hearing_impaired + [format.lower()]
    return ".".join(parts)


def is_ours_by_name(path: str, expected: str) -> bool:
    """Whether a track's path has the expected name, or that name with a collision's number.

    The server never overwrites: a second upload of ``Film.en.srt`` becomes ``Film.en.0.srt``,
    a third ``Film.en.1.srt``.
    """
    stem, _, extension = expected.rpartition(".")
    pattern = rf"{re.escape(stem)}(?:\.\d+)?\.{re.escape(extension)}"
    return re.fullmatch(pattern, file_name(path)) is not None


def _base(name: str) -> str:
    """Cut the last extension, as .NET's GetFileNameWithoutExtension does (``.x`` is empty)."""
    return name.rpartition(".")[0] if "." in name else name
