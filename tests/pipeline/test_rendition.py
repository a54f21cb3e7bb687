"""A rendition: what stands in the file of a target."""

import json
from typing import Any

import pytest
from stage_place import Place

from subtide.pipeline.plan import SubtitleOptions, Target
from subtide.pipeline.rendition import rendition

HEBREW, PORTUGUESE = "ערב טוב, אן.", "Boa noite, Ann."


@pytest.mark.parametrize(
    ("texts", "tags"), [((HEBREW, PORTUGUESE), ("he", "pt")), ((PORTUGUESE, HEBREW), ("pt", "he"))]
)
def test_of_two_languages_each_right_to_left_line_is_marked(
    place: Place, texts: tuple[str, str], tags: tuple[str, str]
) -> None:
    documents: list[dict[str, Any]] = [
        {"cues": [[1.0, 3.0, text, ""]], "language": tag, "frame_rate": 24.0, "origins": [0]}
        for text, tag in zip(texts, tags, strict=True)
    ]
    for key, document in zip(("source", "made"), documents, strict=True):
        data = json.dumps(document).encode()
        place.tools.artifacts.write(key, "test", "application/json", data)
    made = {"key": "made", "source_key": "source"}
    options = SubtitleOptions(bilingual=True)
    data = rendition(Target(language=tags[1]), made, options, place.tools.artifacts)
    shown = {HEBREW: f"\u202b{HEBREW}\u202c", PORTUGUESE: PORTUGUESE}
    assert f"{shown[texts[1]]}\n<i>{shown[texts[0]]}</i>" in data.decode()
