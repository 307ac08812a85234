"""Server-rendered pages: one Jinja environment, autoescaped, in the reader's language."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.resident_text import shown_text, unbroken
from content.languages import language
from content.markup import blocks, pieces
from content.texts import Domain, load_texts

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)


@cache
def static_url(name: str) -> str:
    """The address of a static file carries its content's hash, so it may be cached for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def known_theme(theme: str) -> str | None:
    """The stylesheet of a municipality's colours; the default ones need none."""
    name = f"theme-{theme}.css"
    return name if (STATIC / name).exists() else None


environment.globals["static"] = static_url
environment.filters["blocks"] = blocks
environment.filters["pieces"] = pieces
environment.filters["shown"] = shown_text
environment.filters["unbroken"] = unbroken


@dataclass(frozen=True)
class Reader:
    """In which words a page is written."""

    domain: Domain
    language: str


def render(template: str, reader: Reader, **values: Any) -> str:
    texts = load_texts(reader.domain, reader.language)
    direction = language(reader.language).direction
    return environment.get_template(template).render(
        _=texts.gettext,
        ngettext=texts.ngettext,
        pgettext=texts.pgettext,
        lang=reader.language,
        dir=direction,
        **values,
    )


def page(
    request: Request, template: str, reader: Reader, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A personal page: never stored by caches on the way. `nonce` lets its own scripts run."""
    html = render(template, reader, nonce=request.state.nonce, csrf=csrf_of(request), **values)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


def csrf_of(request: Request) -> str:
    return str(getattr(request.state, "csrf", ""))
