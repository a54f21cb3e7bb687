"""compose: what becomes of an origin's text, and what later stages get to know of it."""

import json
from collections.abc import Mapping
from typing import Any

from stage_place import Place

from subtide.pipeline.compose import compose
from subtide.pipeline.composing import compose_call
from subtide.pipeline.plan import Plan, SubtitleOptions, TextOrigin
from subtide.pipeline.stage import Reader, Result
from subtide.subtitles.formats import read, write

TEXT = """1
00:00:01,000 --> 00:00:02,000
[door slams]

2
00:00:03,000 --> 00:00:05,000
ANN: Who left the door open?

3
00:00:06,000 --> 00:00:08,000
It was the wind.

"""
ORIGIN = TextOrigin(
    language="en",
    codec="subrip",
    title="",
    external=False,
    hearing_impaired=True,
    path=None,
    ordinal=0,
)


def in_here(call: str, request: Mapping[str, Any], *, read: Reader | None = None) -> Result:
    """Run the call in this process."""
    assert (call, read) == ("compose", None)
    return compose_call(request, lambda _share: None, lambda _offset, _size: b"")


def composed(
    place: Place, options: SubtitleOptions, form: str = "srt", data: bytes = TEXT.encode()
) -> tuple[Result, Any]:
    """Compose the text; return the result, and the artifact that it names."""
    plan = place.plan("pt").model_copy(update={"origin": ORIGIN, "subtitles": options})
    place.tools.artifacts.write("text", "text", "text/plain", data)
    text = {"key": "text", "format": form, "language": "en"}
    work = place.work(plan, {"text": text, "names": ["Ann"]}, compute=in_here)
    result = compose(work, place.tools)
    return result, json.loads(place.tools.artifacts.read(result["key"]))


def test_notes_go_and_every_cue_knows_its_place_in_the_file(place: Place) -> None:
    result, document = composed(place, SubtitleOptions())
    assert document["cues"] == [
        [3.0, 5.0, "Who left the door open?", ""],
        [6.0, 8.0, "It was the wind.", ""],
    ]
    assert document["places"] == [1, 2]
    assert result["recipe"]["notes"] == "drop"
    assert (result["foreign"], result["names"], result["ours"]) == (False, ["Ann"], False)


def test_notes_stay_where_the_policy_keeps_them(place: Place) -> None:
    result, document = composed(place, SubtitleOptions(notes="keep"))
    assert [text for _, _, text, _ in document["cues"]][:2] == [
        "[door slams]",
        "ANN: Who left the door open?",
    ]
    assert document["places"] == [0, 1, 2]
    assert result["recipe"]["notes"] == "keep"
    assert composed(place, SubtitleOptions())[0]["key"] != result["key"]


def test_only_a_file_with_styles_is_passed_on(place: Place) -> None:
    assert "styled" not in composed(place, SubtitleOptions())[0]
    data = write(read(TEXT.encode()), "ass")
    result, document = composed(place, SubtitleOptions(), "ass", data)
    assert result["styled"] == "text"
    assert document["places"] == [1, 2]


def test_speech_that_is_shown_in_two_languages_has_one_line_for_each(place: Place) -> None:
    words = [
        [n * 0.3, n * 0.3 + 0.25, f" {word}", 0.9]
        for n, word in enumerate(("nobody", "ever", "left", "that", "big", "door", "open") * 4)
    ]
    place.tools.artifacts.write(
        "words", "transcribe", "application/json", json.dumps({"words": words}).encode()
    )
    spoken = {"language": "en", "confidence": 0.9}
    audio = {"blocks": [], "spans": [[0.0, 8.4]], "frame_rate": 25.0}
    payload = {
        "audio": audio,
        "spoken": spoken,
        "transcripts": [{"key": "words", "recipe": {}}],
    }

    def lines(plan: Plan) -> int:
        result = compose(place.work(plan, payload, compute=in_here), place.tools)
        assert result["audio"] == {"blocks": []}
        cues = json.loads(place.tools.artifacts.read(result["key"]))["cues"]
        return max(len(text.split("\n")) for _, _, text, _ in cues)

    both = SubtitleOptions(bilingual=True, review_below=0.0)
    plan = place.plan("pt").model_copy(update={"subtitles": SubtitleOptions(review_below=0.0)})
    assert lines(plan) == 2
    assert lines(plan.model_copy(update={"subtitles": both})) == 1
    english = place.plan("en").model_copy(update={"subtitles": both})
    assert lines(english) == 2, "nothing is translated"
