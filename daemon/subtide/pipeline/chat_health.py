"""Whether a language model can be asked: its address answers, takes the key and has the model."""

from subtide.mt.chat_server import ChatServer
from subtide.pipeline.stage import ChatAccess

PATIENCE_SECONDS = 10.0
"""How long the answer to so small a question may take."""


def need_chat(engine: str, access: ChatAccess, model: str) -> None:
    """Make sure that a language model can be asked; nothing is translated, nothing paid.

    Raises:
        KeyRejected, Forbidden, ModelMissing, WrongAddress: an admin has to act.
        EngineFailed: the server is away.
    """
    server = ChatServer(
        engine,
        access.url,
        model=model,
        key=access.key,
        timeout_seconds=PATIENCE_SECONDS,
    )
    try:
        server.need()
    finally:
        server.close()
