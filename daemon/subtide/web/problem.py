"""Errors as RFC 9457 problem documents: what happened, the fix, and the stable code."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse

from subtide.errors import BadPayload, PayloadTooLarge, RetryLater, SecretWrong, SubtideError

MEDIA_TYPE = "application/problem+json"
STATUSES: dict[type[SubtideError], HTTPStatus] = {
    SecretWrong: HTTPStatus.UNAUTHORIZED,
    PayloadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BadPayload: HTTPStatus.BAD_REQUEST,
    RetryLater: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each kind of error, the narrower kinds first; all others are 500."""


def problem(_: Request, error: Exception) -> JSONResponse:
    """Answer a request that one of our errors ended."""
    assert isinstance(error, SubtideError)  # noqa: S101 - registered for nothing else
    kinds = (status for kind, status in STATUSES.items() if isinstance(error, kind))
    status = next(kinds, HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {}
    if isinstance(error, RetryLater):
        headers["Retry-After"] = str(round(error.after))
    body = {
        "title": error.what,
        "detail": error.fix,
        "status": int(status),
        "code": error.code,
    }
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)
