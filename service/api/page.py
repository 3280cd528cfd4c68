"""Routes of the page: its one document and what it is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

routes = APIRouter(include_in_schema=False)
_WEB = Path(__file__).parents[1] / "web"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FRESH = {"Cache-Control": "no-cache"}  # asked for again each time, and sent only if changed


@routes.get("/")
def page() -> FileResponse:
    """The page."""
    return FileResponse(_WEB / "index.html", media_type="text/html; charset=utf-8", headers=_FRESH)


@routes.get("/static/{name}")
def part(name: str) -> FileResponse:
    """A part of the page; only files that are there under exactly that name."""
    path = next((path for path in _WEB.iterdir() if path.name == name and path.suffix in _TYPES), None)
    if path is None:
        raise HTTPException(404, f"no file {name[:100]!r}")
    return FileResponse(path, media_type=f"{_TYPES[path.suffix]}; charset=utf-8", headers=_FRESH)
