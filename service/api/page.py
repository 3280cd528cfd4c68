"""Routes of the page: its one document and what it is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import NotModifiedResponse

routes = APIRouter(include_in_schema=False)
_WEB = Path(__file__).parents[1] / "web"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FRESH = {"Cache-Control": "no-cache"}  # asked for again each time, and sent only if changed


@routes.api_route("/", methods=["GET", "HEAD"])
def page(request: Request) -> Response:
    """The page."""
    return _file(_WEB / "index.html", "text/html", request)


@routes.api_route("/static/{name}", methods=["GET", "HEAD"])
def part(name: str, request: Request) -> Response:
    """A part of the page; only files that are there under exactly that name."""
    path = next((path for path in _WEB.iterdir() if path.name == name and path.suffix in _TYPES), None)
    if path is None:
        raise HTTPException(404, f"no file {name[:100]!r}")
    return _file(path, _TYPES[path.suffix], request)


def _file(path: Path, kind: str, request: Request) -> Response:
    file = FileResponse(path, media_type=f"{kind}; charset=utf-8", headers=_FRESH, stat_result=path.stat())
    is_known = request.headers.get("if-none-match") == file.headers["etag"]
    return NotModifiedResponse(file.headers) if is_known else file
