"""The language of a text, by py3langid; its model (numpy) is loaded at the first question."""

import functools
from typing import Any

from subtide.languages import Language


def identify(text: str) -> tuple[Language | None, float]:
    """The language that a text is most likely written in, and how sure that is, 0-1.

    None when the text says nothing. Sure answers need a few sentences.
    """
    if not any(char.isalpha() for char in text):
        return None, 0.0
    code, probability = _identifier().classify(text)
    return Language.find(code), float(probability)


@functools.cache
def _identifier() -> Any:  # noqa: ANN401 - the library has no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - loads numpy

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
