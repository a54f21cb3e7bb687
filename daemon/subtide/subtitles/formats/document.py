r"""JSON (.json): times and texts, for programs.

``{"language": "pt-BR", "cues": [{"start": 1.0, "end": 2.5, "text": "two\\nlines"}]}``: seconds,
and text without tags; the language is null where nobody knows it.
"""

import json
from collections.abc import Sequence

from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.base import Format


def _write(cues: Sequence[Cue], language: Language | None) -> str:
    found = [
        {"start": round(cue.start, 3), "end": round(cue.end, 3), "text": cue.plain} for cue in cues
    ]
    document = {"language": language.tag if language else None, "cues": found}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


JSON = Format("JSON", write=_write)
