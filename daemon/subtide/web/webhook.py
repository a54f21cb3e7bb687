"""POST /webhook/{name}: what a server's Webhook plugin sends, taken within milliseconds."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Request, Response

from subtide.errors import PayloadTooLarge, SubtideError

LARGEST_BODY = 1_000_000
"""Bytes; the largest event seen has some thousands."""


class Intake(Protocol):
    """Who takes webhooks."""

    def admit(self, name: str, authorization: str) -> None:
        """Raise SecretWrong unless this secret is the server's."""
        ...

    def take(self, name: str, body: bytes) -> None:
        """Keep what a request says; raises BadPayload and DiskFull."""
        ...

    def refuse(self, name: str, error: SubtideError) -> None:
        """Count a refusal of ours."""
        ...


def webhook_routes(intake: Intake) -> APIRouter:
    """Make the route."""
    router = APIRouter()

    async def admitted_body(name: str, request: Request) -> bytes:
        """Read the body of a request that brought the secret, whatever type it says it has."""
        intake.admit(name, request.headers.get("Authorization", ""))
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                error = PayloadTooLarge(f"more than {LARGEST_BODY} bytes")
                intake.refuse(name, error)
                raise error
        return bytes(body)

    @router.post("/webhook/{name}", status_code=202)
    def webhook(name: str, body: Annotated[bytes, Depends(admitted_body)]) -> Response:
        """Take an event: 202 once it is safe, 400 for what is none, 401 without the secret."""
        intake.take(name, body)
        return Response(status_code=202)

    return router
