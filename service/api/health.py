"""Routes for those who run the service: is it alive, is it ready, and what does it count."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from typing_extensions import TypedDict

from service.api.problems import described, problem
from service.api.state import Service

routes = APIRouter(tags=["running"])


class Health(TypedDict):
    """That the process answers."""

    status: str


class Readiness(TypedDict):
    """What was tried, and what came of it: "ok", or why not."""

    status: str
    checks: dict[str, str]


@routes.get("/healthz")
async def alive() -> Health:
    """The process answers: nothing else is asked."""
    return {"status": "ok"}


@routes.get("/readyz", response_model=Readiness, responses={503: described(503)})
async def ready(service: Service) -> Response | Readiness:
    """A passage can be searched for now, and additions are run: the store, the model and the indexes work."""
    checks = await service.probe.checks()
    if set(checks.values()) == {"ok"}:
        return {"status": "ready", "checks": checks}
    failed = "; ".join(f"{name}: {found}" for name, found in checks.items() if found != "ok")
    return problem(503, f"not ready: {failed}")


@routes.get("/metrics", response_class=PlainTextResponse)
def metrics(service: Service) -> PlainTextResponse:
    """Counts and times, for Prometheus."""
    text = service.metrics.text(service.engine)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")
