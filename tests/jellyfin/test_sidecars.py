"""The file name of an upload, and which tracks are that upload."""

import pytest

from subtide.jellyfin.sidecars import (
    expected_name,
    file_name,
    is_ours_by_name,
    lies_beside,
    upload_language,
)


def name_of(
    path: str, *, label: str = "subtide", code: str = "en", forced: bool = False, sdh: bool = False
) -> str:
    return expected_name(path, label, code, forced=forced, hearing_impaired=sdh, format="srt")


def test_an_upload_is_named_after_its_video_label_and_language() -> None:
    assert name_of("/media/Film (2020)/Film (2020).mkv") == "Film (2020).subtide.en.srt"


def test_the_server_lowers_the_language_part_but_not_the_video_s() -> None:
    assert name_of("/m/Film.mkv", label="SubTide", code="pt-BR") == "Film.subtide.pt-br.srt"


def test_forced_comes_before_sdh() -> None:
    assert name_of("/m/F.mkv", forced=True, sdh=True) == "F.subtide.en.forced.sdh.srt"


def test_no_label_leaves_the_code_alone() -> None:
    assert name_of("/m/Film.mkv", label="") == "Film.en.srt"
    assert upload_language("", "en") == "en"
    assert upload_language("subtide", "en") == "subtide.en"


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("/m/Film.1080p.x264.mkv", "Film.1080p.x264"),
        (r"D:\media\Film.mkv", "Film"),
        (r"\\nas\media\Film.mkv", "Film"),
        ("/m/A \\ B.mkv", "A \\ B"),
        ("/m/Film.2020", "Film"),
        ("/m/Film", "Film"),
    ],
)
def test_only_the_last_extension_is_cut(path: str, base: str) -> None:
    assert name_of(path) == f"{base}.subtide.en.srt"


@pytest.mark.parametrize("path", ["/m/Film.subtide.en.srt", "/m/Film.subtide.en.0.srt",
                                  "/config/metadata/ab/abcd/Film.subtide.en.12.srt",
                                  r"D:\m\Film.subtide.en.1.srt"])  # fmt: skip
def test_the_name_and_its_numbered_copies_are_ours(path: str) -> None:
    assert is_ours_by_name(path, "Film.subtide.en.srt")


@pytest.mark.parametrize("path", ["/m/Film.en.srt", "/m/Film.subtide.en.forced.srt",
                                  "/m/Film.subtide.en.x.srt", "/m/Film.subtide.en.0.1.srt",
                                  "/m/Film.subtide.en.ass", "/m/Film.subtide.de.srt",
                                  "/m/Filmsubtide.en.srt", "/m/Film.subtide.en.srt.b"])  # fmt: skip
def test_other_files_are_not_ours(path: str) -> None:
    assert not is_ours_by_name(path, "Film.subtide.en.srt")


def test_a_name_with_signs_of_a_pattern_is_taken_literally() -> None:
    assert is_ours_by_name("/m/F (2020) [x].en.0.srt", "F (2020) [x].en.srt")
    assert not is_ours_by_name("/m/F 2020 x.en.srt", "F (2020) [x].en.srt")


def test_a_path_s_last_part_is_its_file_name() -> None:
    assert file_name("/a/b/c.srt") == "c.srt"


@pytest.mark.parametrize(
    ("path", "media", "beside"),
    [
        ("/m/F/F.en.srt", "/m/F/F.mkv", True),
        (r"D:\m\F\F.en.srt", r"D:\m\F\F.mkv", True),
        ("/config/metadata/library/ab/abcd/F.en.srt", "/m/F/F.mkv", False),
        ("/m/F/subs/F.en.srt", "/m/F/F.mkv", False),
        ("/m/F.en.srt", "/m/F/F.mkv", False),
        ("/m/F/../G/F.en.srt", "/m/F/F.mkv", False),
    ],
)
def test_only_a_file_in_the_media_s_own_folder_lies_beside_it(
    path: str, media: str, *, beside: bool
) -> None:
    assert lies_beside(path, media) is beside
