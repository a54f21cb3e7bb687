"""What runs inside a child process: the heavy half of the stages.

Nothing here opens the database or speaks to a Jellyfin server. A call takes a request of plain
values and paths, and returns plain values; its errors cross the process boundary. One model of
a kind stays in memory. The daemon never imports this module.
"""

from collections.abc import Callable

from subtide.pipeline.calls import Answer, Read, Report, Request
from subtide.pipeline.composing import compose_call
from subtide.pipeline.hearing import decode_call, hear_call, lead_call, sample_call, vote_call
from subtide.pipeline.translating import sentences_call, translate_call

CALLS: dict[str, Callable[[Request, Report, Read], Answer]] = {
    "decode": decode_call,
    "lead": lead_call,
    "vote": vote_call,
    "hear": hear_call,
    "sample": sample_call,
    "compose": compose_call,
    "sentences": sentences_call,
    "translate": translate_call,
}
"""Every call that a child knows."""
