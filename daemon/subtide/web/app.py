"""The HTTP app: is it alive, is it ready. The API, the events and the pages join it here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from subtide.errors import SubtideError
from subtide.web.manifest import manifest
from subtide.web.problem import problem
from subtide.web.webhook import Intake, webhook_routes


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether work can be taken on, and what stands in the way of each part."""

    ready: bool
    parts: Mapping[str, str]
    """``ok``, or what is wrong, for the database, the threads and each server."""


def make_app(readiness: Callable[[], Readiness], intake: Intake) -> FastAPI:
    """Make the app.

    ``readiness`` is asked at each call of /health/ready and must be quick; ``intake`` takes
    webhooks.
    """
    app = FastAPI(title="Subtide", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(SubtideError, problem)
    app.include_router(webhook_routes(intake))

    @app.get("/ping")
    def ping() -> PlainTextResponse:
        """Answer, whatever else is going on."""
        return PlainTextResponse("pong")

    @app.get("/health/live")
    def live() -> JSONResponse:
        """Say that the process serves requests: restart it when this fails."""
        return JSONResponse({"status": "live"})

    @app.get("/health/ready")
    def ready() -> JSONResponse:
        """Say whether it can work: 200, or 503 with what stands in the way."""
        state = readiness()
        body = {"status": "ready" if state.ready else "not ready", "parts": dict(state.parts)}
        return JSONResponse(body, status_code=200 if state.ready else 503)

    @app.get("/plugin/manifest.json")
    def plugins() -> Response:
        """List our plugins as a repository of Jellyfin's does."""
        return Response(manifest(), media_type="application/json")

    return app
