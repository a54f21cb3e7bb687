"""docs/how-to/policy.md: every recipe loads, and does what its heading says."""

from dataclasses import replace
from pathlib import Path

import pytest
from sources import SERVER, audio, item, source, subtitle

from subtide.jellyfin.items import Item, Track
from subtide.library.gaps import Past, judge
from subtide.library.planning import options_from
from subtide.library.policy import UNREAD, Around, Rules
from subtide.settings import Settings, load
from subtide.storage.coverage import Standing

PAGE = Path(__file__).parents[2] / "docs/how-to/policy.md"
SECTIONS = [part.partition("\n") for part in PAGE.read_text("utf-8").split("\n## ")[1:]]
RECIPES = {heading: text.split("```yaml\n")[1].split("```")[0] for heading, _, text in SECTIONS}
EPISODE = replace(item(source()), kind="Episode", series="The Endless Show", season=1, episode=1)
ADDED = replace(item(source()), added=SERVER.seen_at.replace(year=2020))


def settings_of(heading: str, folder: Path) -> Settings:
    file = folder / "config.yaml"
    file.write_text(RECIPES[heading], encoding="utf-8")
    return load(file, environ={}, default_config=Path("/nowhere")).settings


def lacking(settings: Settings, one: Item, around: Around, *tracks: Track) -> str:
    policy = Rules(settings.policy, settings.rules).policy_for(one, around, SERVER.seen_at)
    there = source(*tracks, duration=3600.0)
    found = judge(there, policy, Past(), "b1", SERVER.seen_at)
    gaps = [verdict.target for verdict in found if verdict.standing is Standing.GAP]
    return " ".join(f"{gap.language}/forced" if gap.forced else gap.language for gap in gaps)


def test_the_page_has_one_recipe_under_each_heading() -> None:
    assert len(RECIPES) == len(SECTIONS) == PAGE.read_text("utf-8").count("```yaml\n")


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_loads(heading: str, tmp_path: Path) -> None:
    assert settings_of(heading, tmp_path) != Settings()


FILM = item(source())
ENGLISH, FRENCH = audio("en"), audio("fr")
FOLDER = replace(FILM, path="/media/documentaries/Film/Film.mkv")


@pytest.mark.parametrize(
    ("heading", "one", "around", "tracks", "gaps"),
    [
        ("The languages of the house", FILM, {}, [ENGLISH], "en pt-BR"),
        ("A second language for one library", FILM, {"library": "Films"}, [], "en"),
        ("A second language for one library", FILM, {"library": "Children"}, [], "en pt"),
        ("Nothing where English is spoken", FILM, {}, [ENGLISH], "pt"),
        ("Nothing where English is spoken", FILM, {}, [FRENCH], "en pt"),
        ("Only the foreign passages", FILM, {}, [ENGLISH], "en/forced"),
        ("Only the foreign passages", FILM, {}, [FRENCH], "en"),
        ("Nothing at all for a show", EPISODE, {}, [], ""),
        ("Nothing at all for a show", FILM, {}, [], "en"),
        ("Image subtitles do not count", FILM, {}, [subtitle("en", codec="PGSSUB")], "en"),
        ("Image subtitles do not count", FILM, {}, [subtitle("en", title="AI")], ""),
        ("Limits", replace(FILM, rating="XXX"), {}, [], ""),
        ("Limits", ADDED, {}, [], ""),
        ("Limits", FILM, {}, [], "en"),
        ("One folder, one server, one item", FOLDER, {}, [], "en"),
        ("One folder, one server, one item", FILM, {"server": "cabin"}, [audio("de")], ""),
        ("One folder, one server, one item", FILM, {"server": "home"}, [], "en fr de"),
        ("One folder, one server, one item", FILM, {"server": "cabin"}, [], "de"),
    ],
)
def test_a_recipe_does_what_its_heading_says(  # noqa: PLR0913, PLR0917 - a row
    heading: str, one: Item, around: dict[str, str], tracks: list[Track], gaps: str, tmp_path: Path
) -> None:
    library = replace(UNREAD, id="l1", name=around.get("library", ""))
    there = Around(server=around.get("server", ""), library=library)
    assert lacking(settings_of(heading, tmp_path), one, there, *tracks) == gaps


def test_anime_gets_its_own_engines_and_is_not_listened_to(tmp_path: Path) -> None:
    settings = settings_of("Other engines for anime", tmp_path)
    rules, around = Rules(settings.policy, settings.rules), Around(series_tags=frozenset({"anime"}))
    options = options_from(settings, gpu=False)
    anime = rules.policy_for(EPISODE, around, SERVER.seen_at)
    assert options.under(anime).translation.engines == ("nllb",)
    assert anime.settings.origins == ("embedded", "external")
    other = rules.policy_for(EPISODE, Around(), SERVER.seen_at)
    assert options.under(other).translation.engines == ("firefox",)


def test_retiring_ours_is_a_setting_of_the_house(tmp_path: Path) -> None:
    assert settings_of("Ours goes when a person's comes", tmp_path).policy.retire_ours
