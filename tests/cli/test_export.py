"""subtide export: a subtitle of an item, or a file, in another format."""

from collections.abc import Callable
from pathlib import Path

from command import SRT, Home, Ran

from subtide.cli.output import ExitCode
from subtide.subtitles.formats import WRITTEN, read

Subtide = Callable[..., Ran]
OURS = SRT.replace("Who left", "Quem deixou")


def put_beside(home: Home, film: Path, name: str, text: str) -> None:
    film.with_name(f"{film.stem}.{name}").write_text(text, encoding="utf-8")
    home.playground.scan()


def test_a_subtitle_comes_out_in_every_format(home: Home, at_home: Subtide) -> None:
    home.add_text_film()
    for form in WRITTEN:
        ran = at_home("export", "Text", "--format", form)
        assert ran.code == ExitCode.OK, ran.err
        assert "Who left the door open?" in ran.out, form


def test_ours_goes_before_another_in_the_same_language(home: Home, at_home: Subtide) -> None:
    film = home.add_text_film()
    put_beside(home, film, "pt.srt", SRT)
    put_beside(home, film, "subtide.pt.srt", OURS)
    ran = at_home("export", "Text", "--language", "pt", "--format", "txt")
    assert ran.out == "Quem deixou the door open?\n"


def test_a_file_is_written_where_it_is_wanted(home: Home, at_home: Subtide, tmp_path: Path) -> None:
    home.add_text_film()
    file = tmp_path / "out.ttml"
    ran = at_home("export", "Text", "--language", "en", "--format", "ttml", "-o", file)
    assert (ran.code, ran.out) == (ExitCode.OK, "")
    assert [cue.text for cue in read(file.read_bytes(), "ttml")] == ["Who left the door open?"]


def test_a_language_that_is_not_there_is_told_with_those_that_are(
    home: Home, at_home: Subtide
) -> None:
    film = home.add_text_film()
    put_beside(home, film, "de.srt", SRT)
    ran = at_home("export", "Text", "--language", "fr")
    assert ran.code == ExitCode.USAGE
    assert "no subtitle in French; there is: de, en" in ran.err
    assert "say which language is meant; there is: de, en" in at_home("export", "Text").err


def test_a_language_that_nobody_knows_is_told(subtide: Subtide) -> None:
    ran = subtide("export", "Text", "--language", "x!")
    assert ran.code == ExitCode.USAGE
    assert "'x!'" in ran.err


def test_a_film_without_texts_says_so(home: Home, at_home: Subtide) -> None:
    home.add_silent_film()
    assert "there is: none" in at_home("export", "Silent", "--language", "en").err


def test_a_file_needs_no_server(subtide: Subtide, tmp_path: Path) -> None:
    file = tmp_path / "old.srt"
    file.write_bytes(
        SRT.replace("Who left the door open?", "Кто оставил дверь открытой?").encode("koi8-r")
    )
    ran = subtide("export", file, "--language", "ru", "--format", "txt")
    assert ran.out == "Кто оставил дверь открытой?\n"


def test_frames_are_counted_at_the_rate_that_is_said(subtide: Subtide, tmp_path: Path) -> None:
    file = tmp_path / "old.sub"
    file.write_text("{25}{50}Hello|there\n", encoding="utf-8")
    ran = subtide("export", file, "--frame-rate", "25")
    assert "00:00:01,000 --> 00:00:02,000\nHello\nthere" in ran.out
    assert "nothing says how many" in subtide("export", file).err


def test_a_file_in_its_own_format_stays_byte_by_byte(subtide: Subtide, tmp_path: Path) -> None:
    file = tmp_path / "one.srt"
    file.write_bytes(b"\xef\xbb\xbf" + SRT.encode())
    assert subtide("export", file).out == "\ufeff" + SRT


def test_a_file_that_is_no_subtitle_is_told(subtide: Subtide, tmp_path: Path) -> None:
    file = tmp_path / "one.srt"
    file.write_text("nothing", encoding="utf-8")
    ran = subtide("export", file, "--format", "vtt")
    assert ran.code == ExitCode.SOME_FAILED
    assert "no cue with text" in ran.err
