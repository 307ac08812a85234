"""Static files from memory, compressed once; with the right hash in the address kept for ever."""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from backend.pages import STATIC, static_url

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
WORTH_COMPRESSING = ("text/", "image/svg+xml", "application/json")

mimetypes.add_type("application/manifest+json", ".webmanifest")
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class StaticFile:
    content: bytes
    compressed: bytes | None
    media_type: str
    version: str


@router.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    if name not in known_names():
        raise HTTPException(404)
    file = read_static(name)
    is_current = request.query_params.get("v") == file.version
    headers = {
        "Cache-Control": FOR_EVER if is_current else ASK_AGAIN,
        "ETag": f'"{file.version}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if file.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, headers=headers, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)


@cache
def known_names() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.iterdir() if path.suffix != ".md")


@cache
def read_static(name: str) -> StaticFile:
    content = (STATIC / name).read_bytes()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    is_worth = media_type.startswith(WORTH_COMPRESSING)
    compressed = gzip.compress(content, 9, mtime=0) if is_worth else None
    return StaticFile(content, compressed, media_type, static_url(name).partition("?v=")[2])
