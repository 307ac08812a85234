"""Pages that belong to no single conversation: privacy, accessibility, errors, installing."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from backend import static_files
from backend.pages import STATIC, Reader, page, static_url
from backend.places import in_language
from backend.visitor import FALLBACK_LANGUAGE, Visitor, accepted, preferred_language, visit
from content.languages import complete_languages
from content.texts import Domain, load_texts

router = APIRouter(include_in_schema=False)
router.include_router(static_files.router)


@router.get("/privacy")
async def privacy(request: Request) -> HTMLResponse:
    visitor = await visit(request)
    keeps_unanswered = visitor.municipality.keeps_unanswered
    return visitor_page(request, "privacy", visitor, keeps_unanswered=keeps_unanswered)


@router.get("/accessibility")
async def accessibility(request: Request) -> HTMLResponse:
    return visitor_page(request, "accessibility", await visit(request))


@router.get("/left")
async def left(request: Request) -> HTMLResponse:
    """Where leaving leads: nothing on it tells where the reader has been."""
    return page(request, "resident/left.html", _reader(request))


@router.get("/offline")
async def offline(request: Request) -> HTMLResponse:
    """Kept by the service worker, in all languages, because nobody can be asked then."""
    asked = list(accepted(request.headers.get("accept-language", "")))
    known = sorted(
        complete_languages(),
        key=lambda entry: asked.index(entry.code) if entry.code in asked else len(asked),
    )
    languages = [(entry, load_texts(Domain.RESIDENT, entry.code).gettext) for entry in known]
    return page(request, "resident/offline.html", _reader(request), languages=languages)


@router.get("/sw.js")
async def service_worker() -> FileResponse:
    """At the root, because a worker only reaches below its own address."""
    headers = {"Cache-Control": "no-cache"}
    return FileResponse(STATIC / "sw.js", media_type="text/javascript", headers=headers)


@router.get("/m/{slug}/manifest.webmanifest")
async def manifest(request: Request, slug: str) -> JSONResponse:
    """Lets a phone install the chat. The name under the icon says nothing about its owner."""
    visitor = await visit(request, slug)
    content = {
        "name": f"Landa {in_language(visitor.municipality.name, visitor.language)}",
        "short_name": "Landa",
        "id": visitor.home,
        "start_url": visitor.home,
        "scope": "/",
        "display": "standalone",
        "background_color": "#f2f5f4",
        "theme_color": "#16211f",
        "icons": [
            {"src": static_url("icon.svg"), "type": "image/svg+xml", "sizes": "any"},
            {"src": static_url("icon-192.png"), "type": "image/png", "sizes": "192x192"},
            {
                "src": static_url("icon-512.png"),
                "type": "image/png",
                "sizes": "512x512",
                "purpose": "any maskable",
            },
        ],
    }
    return JSONResponse(content, media_type="application/manifest+json")


def visitor_page(
    request: Request, template: str, visitor: Visitor, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A resident's page inside the common frame."""
    values = visitor.frame() | values
    name = f"resident/{template}.html"
    return page(request, name, visitor.reader, status=status, **values)


def problem_page(request: Request, status: int, retry_after: int = 0) -> HTMLResponse:
    """A kind page with ways on, for everything that a resident's page refuses. What was written
    and not stored (`state.unsent`) can be sent from it once more."""
    return page(
        request,
        "resident/problem.html",
        _reader(request),
        status=status,
        kind=_problem(status),
        minutes=max(1, -(-retry_after // 60)),
        home=_home(request, status),
        unsent=getattr(request.state, "unsent", None) if status >= 500 else None,
        address=request.url.path,
    )


def _problem(status: int) -> str:
    match status:
        case 404 | 405 | 410:
            return "missing"
        case 403:
            return "stale"
        case 413:
            return "long"
        case 429:
            return "many"
    return "unclear" if status < 500 else "broken"


def _home(request: Request, status: int) -> str:
    """Back to the municipality's chat, unless it is what was not found."""
    known: str | None = getattr(request.state, "home", None)
    slug = request.path_params.get("slug")
    return known or (f"/m/{slug}" if slug and status != 404 else "/")


def _reader(request: Request) -> Reader:
    """The language that the page has found out before it failed, else the browser's."""
    code = getattr(request.state, "language", None) or preferred_language(request)
    return Reader(Domain.RESIDENT, code or FALLBACK_LANGUAGE)
