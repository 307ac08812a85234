"""Who opens a page: in which municipality and language, with which conversation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app_state import Core, core_of
from backend.conversation import Conversation, find_by_token
from backend.db import system
from backend.pages import Reader, known_theme
from backend.places import (
    Municipality,
    RouteKind,
    UnknownMunicipality,
    enter_by_slug,
    enter_by_token,
    in_language,
)
from backend.web_security import cookie_name, cookie_options, csrf_token
from content.directory import is_described
from content.languages import complete_languages, language
from content.texts import Domain

COOKIE = "landa"
COOKIE_SECONDS = 30 * 24 * 3600
FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True)
class Visitor:
    municipality: Municipality
    token: str
    conversation: Conversation | None
    language: str
    csrf: str

    @property
    def home(self) -> str:
        return f"/m/{self.municipality.slug}"

    @property
    def reader(self) -> Reader:
        return Reader(Domain.RESIDENT, self.language)

    def frame(self, person: str | None = None) -> dict[str, Any]:
        """What the frame of every page shows; `person` has taken over the conversation."""
        return {
            "home": self.home,
            "has_services": is_described(self.municipality.slug),
            "place": in_language(self.municipality.name, self.language),
            "theme": known_theme(self.municipality.theme),
            "own_name": language(self.language).own_name,
            "person": person,
            "is_in_conversation": self.conversation is not None,
        }


async def visit(request: Request, slug: str | None = None) -> Visitor:
    """The visitor of a municipality's page; without a slug of the conversation's municipality."""
    core = core_of(request)
    token = _token(request)
    try:
        async with core.database.outside_walls() as db:
            municipality = await _municipality(db, core, slug, token)
            conversation = await _conversation(db, token)
    except UnknownMunicipality:
        raise HTTPException(404) from None
    return _visitor(request, municipality, conversation)


async def visit_municipality(
    request: Request, municipality: Municipality, else_language: str | None = None
) -> Visitor:
    """`else_language` is that of the booking or ticket behind the page."""
    async with core_of(request).database.transaction(system(municipality.id)) as db:
        conversation = await _conversation(db, _token(request))
    return _visitor(request, municipality, conversation, else_language)


def form_token(core: Core, token: str) -> str:
    """Without a conversation there is nothing to protect yet; the origin is checked as well."""
    return csrf_token(core.settings.secret_key, token or "no conversation")


def preferred_language(request: Request) -> str | None:
    """The first complete language that the browser asks for."""
    offered = {entry.code for entry in complete_languages()}
    asked = accepted(request.headers.get("accept-language", ""))
    return next((code for code in asked if code in offered), None)


def accepted(header: str) -> Iterable[str]:
    """ "ar-SY,sv;q=0.5" -> ar, sv; what cannot be read counts last."""
    weighed = []
    for part in header[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        weighed.append((_weight(quality), tag.partition("-")[0].lower()))
    return [code for _, code in sorted(weighed, key=lambda pair: -pair[0])]


def remember(response: Response, core: Core, token: str) -> None:
    response.set_cookie(
        cookie_name(COOKIE, core.settings),
        token,
        max_age=COOKIE_SECONDS,
        **cookie_options(core.settings),
    )


def forget(response: Response, core: Core) -> None:
    response.delete_cookie(cookie_name(COOKIE, core.settings), **cookie_options(core.settings))


def _written(code: str) -> str:
    return code if code in {entry.code for entry in complete_languages()} else FALLBACK_LANGUAGE


def _weight(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


def _token(request: Request) -> str:
    return request.cookies.get(cookie_name(COOKIE, core_of(request).settings), "")


async def _municipality(db: AsyncSession, core: Core, slug: str | None, token: str) -> Municipality:
    if slug is None and token:
        found = await enter_by_token(db, token, RouteKind.CONVERSATION)
        if found:
            return found
    return await enter_by_slug(db, slug or core.settings.default_municipality)


async def _conversation(db: AsyncSession, token: str) -> Conversation | None:
    return await find_by_token(db, token) if token else None


def _visitor(
    request: Request,
    municipality: Municipality,
    conversation: Conversation | None,
    else_language: str | None = None,
) -> Visitor:
    token = _token(request) if conversation else ""
    chosen = conversation.language if conversation else else_language
    code = chosen or preferred_language(request) or _written(municipality.default_language)
    csrf = form_token(core_of(request), token)
    request.state.csrf = csrf
    request.state.language = code
    request.state.home = f"/m/{municipality.slug}"
    return Visitor(municipality, token, conversation, code, csrf)
