"""Documentation: every page can be reached, and every link leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(page: Path) -> str:
    return CODE.sub("", page.read_text("utf-8"))


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file and the heading that each link of a page leads to."""
    for file, heading in LINK.findall(text_of(page)):
        yield (page.parent / file).resolve() if file else page, heading


def anchors(page: Path) -> set[str]:
    """Name a page's headings as links do."""
    found = (re.sub(r"[^\w\- ]", "", heading) for heading in HEADING.findall(text_of(page)))
    return {heading.lower().replace(" ", "-") for heading in found}


def test_every_link_leads_to_a_file_and_a_heading_of_it() -> None:
    broken = [
        (page.name, target.name, heading)
        for page in PAGES
        for target, heading in links(page)
        if not target.exists() or (heading and heading not in anchors(target))
    ]
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = {target for target, _ in links(ROOT / "README.md")}
    assert [page.name for page in PAGES if page not in linked and "docs" in page.parts] == []
