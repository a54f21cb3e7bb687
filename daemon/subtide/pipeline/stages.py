"""Every stage, by the kind of task that it works off."""

from subtide.pipeline.compose import compose
from subtide.pipeline.identify import identify
from subtide.pipeline.prepare import prepare
from subtide.pipeline.publish import publish
from subtide.pipeline.stage import Stage
from subtide.pipeline.transcribe import transcribe
from subtide.pipeline.translate import translate

STAGES: dict[str, Stage] = {
    "prepare": prepare,
    "identify": identify,
    "transcribe": transcribe,
    "compose": compose,
    "translate": translate,
    "publish": publish,
}
