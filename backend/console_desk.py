"""What every page for staff stands on: who is signed in, what they may do, the frame of the page,
and one kind answer for each refusal. Deny by default: a route names the permission it needs."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from backend import audit
from backend.app_state import Core, core_of
from backend.db import staff
from backend.handover import count_waiting
from backend.live import latest_event
from backend.pages import STATIC, Reader, page
from backend.places import Municipality, RouteKind, enter_by_token, in_language
from backend.staff import Colleague, Permission, find_colleague
from backend.web_security import check_form, cookie_name, csrf_token
from content.languages import complete_staff_languages
from content.texts import N_, Domain, Texts, load_texts

COOKIE = "landa_staff"


@dataclass(frozen=True)
class Place:
    """A word in the rail; `topic` is the live event that changes the page."""

    key: str
    url: str
    icon: str
    label: str
    permission: Permission | None  # None: for every role
    topic: str


PLACES = (
    Place("inbox", "/staff/inbox", "inbox", N_("Inbox"), Permission.SEE_QUEUE, "queue"),
    Place("day", "/staff/day", "list", N_("Day"), Permission.SEE_DAY, "day"),
    Place(
        "drop_in", "/staff/drop-in", "ticket", N_("Drop-in"), Permission.SERVE_DROP_IN, "drop_in"
    ),
    Place(
        "unanswered",
        "/staff/unanswered",
        "phrase",
        N_("Unanswered"),
        Permission.TEACH,
        "unanswered",
    ),
    Place("answers", "/staff/answers", "page", N_("Content"), Permission.REVIEW, "answers"),
    Place("services", "/staff/services", "info", N_("Services"), None, "services"),
)


class NotSignedIn(Exception):
    """No log-in, or one that has ended."""


class MissingPermission(Exception):
    """Signed in, but the role does not allow this."""


@dataclass(frozen=True)
class Desk:
    """One request of a signed-in colleague."""

    request: Request
    core: Core
    colleague: Colleague
    municipality: Municipality

    @property
    def texts(self) -> Texts:
        return load_texts(Domain.STAFF, self.colleague.language)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.municipality.time_zone)

    @property
    def places(self) -> list[Place]:
        return [place for place in PLACES if place.permission is None or self.may(place.permission)]

    def may(self, permission: Permission) -> bool:
        return permission in self.colleague.permissions

    def now(self) -> datetime:
        return self.core.clock()

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Inside the walls of the colleague's own body."""
        return self.core.database.transaction(staff(self.municipality.id, self.colleague.body_id))

    async def form(self) -> FormData:
        """What was sent, if our own page of this log-in sent it."""
        form = await self.request.form()
        check_form(self.request, form, self.request.state.csrf)
        return form

    @property
    def is_refresh(self) -> bool:
        return _is_refresh(self.request)

    async def record(
        self, db: AsyncSession, action: str, subject: str, subject_id: UUID | str
    ) -> None:
        await audit.record(
            db,
            action,
            subject,
            subject_id,
            body_id=self.colleague.body_id,
            staff_id=self.colleague.staff_id,
        )

    async def latest_event(self) -> int:
        """Taken before a page is read, so that its stream misses nothing."""
        return await latest_event(self.core.database, self.municipality.id)

    async def page(
        self, db: AsyncSession, template: str, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A whole page with the rail around it; `place` names the current word there."""
        waiting = await count_waiting(db) if self.may(Permission.SEE_QUEUE) else 0
        return self.fragment(template, status=status, **{"waiting": waiting, **values})

    def fragment(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        frame = {
            "desk": self,
            "colleague": self.colleague,
            "municipality": in_language(self.municipality.name, self.colleague.language),
            "theme": theme_file(self.municipality.theme),
            "may": self.may,
            "Permission": Permission,
        }
        reader = Reader(Domain.STAFF, self.colleague.language)
        return page(self.request, template, reader, status=status, **{**frame, **values})


def signed_in(permission: Permission | None) -> Callable[[Request], Awaitable[Desk]]:
    """The dependency of a route; None is for pages that every role may open."""

    async def desk_of(request: Request) -> Desk:
        core = core_of(request)
        token = request.cookies.get(cookie_name(COOKIE, core.settings), "")
        async with core.database.outside_walls() as db:
            municipality = await enter_by_token(db, token, RouteKind.SIGN_IN)
            if municipality is None:
                raise NotSignedIn
            colleague = await find_colleague(db, token, is_activity=not _is_refresh(request))
        if colleague is None:
            raise NotSignedIn
        request.state.csrf = csrf_token(core.settings.secret_key, token)
        desk = Desk(request, core, colleague, municipality)
        request.state.desk = desk
        if permission is not None and not desk.may(permission):
            raise MissingPermission
        return desk

    return desk_of


class ConsoleRoute(APIRoute):
    """Turns every refusal into a page that says what to do next."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except NotSignedIn:
                return to_sign_in(request)
            except MissingPermission:
                return refusal_page(request, 403)
            except RequestValidationError:
                return refusal_page(request, 404)
            except HTTPException as refusal:
                # The only 403 from below is a form whose page is too old.
                return refusal_page(
                    request, 419 if refusal.status_code == 403 else refusal.status_code
                )

        return answer


def to_sign_in(request: Request) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/staff/sign-in"})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=401)
    return RedirectResponse("/staff/sign-in", status_code=303)


REFUSALS = {
    403: (N_("This page is not for your role"), N_("Ask an administrator if you need it.")),
    404: (
        N_("This is not here"),
        N_("It may have been moved or given to somebody else, or the address is wrong."),
    ),
    413: (N_("That was too much text"), N_("Write at most 4,000 characters at a time.")),
    419: (
        N_("The page was open too long"),
        N_("Nothing was saved. Go back, load the page again and repeat what you did."),
    ),
    422: (N_("Something is missing"), N_("Go back and look at the form once more.")),
}


def refusal_page(request: Request, status: int) -> Response:
    heading, advice = REFUSALS.get(status, REFUSALS[404])
    code = 403 if status == 419 else status
    desk: Desk | None = getattr(request.state, "desk", None)
    if desk is not None:
        return desk.fragment(
            "console/refusal.html",
            status=code,
            waiting=0,
            place="",
            heading=heading,
            advice=advice,
        )
    reader = Reader(Domain.STAFF, preferred_language(request))
    return page(
        request,
        "console/refusal_door.html",
        reader,
        status=code,
        theme=None,
        heading=heading,
        advice=advice,
    )


def preferred_language(request: Request) -> str:
    """Before anybody is signed in: chosen in the address, else what the browser asks for."""
    offered = [language.code for language in complete_staff_languages()]
    asked = [request.query_params.get("language", "")]
    asked += [
        part.split(";")[0].strip()[:2].lower()
        for part in request.headers.get("accept-language", "").split(",")
    ]
    return next((code for code in asked if code in offered), "en")


def theme_file(theme: str) -> str | None:
    name = f"theme-{theme}.css"
    return name if (STATIC / name).exists() else None


def _is_refresh(request: Request) -> bool:
    """A part of a page that script loads again after a live event; nobody did anything."""
    return "hx-request" in request.headers and "hx-boosted" not in request.headers
