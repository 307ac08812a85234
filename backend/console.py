"""The way in and out of the console: sign-in, sign-out, the own account and the live stream."""

import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from backend.app_state import core_of
from backend.console_desk import (
    COOKIE,
    ConsoleRoute,
    Desk,
    NotSignedIn,
    preferred_language,
    signed_in,
    theme_file,
)
from backend.console_password import MAX_PASSWORD, TooManyTries, check_sign_in
from backend.conversation import find_conversation
from backend.db import staff, system
from backend.live import topic_news
from backend.pages import Reader, page
from backend.places import find_municipality
from backend.staff import (
    Permission,
    SignIn,
    WrongPassword,
    change_console_language,
    is_signed_in,
    sign_out,
)
from backend.web_security import (
    check_form,
    check_own_page,
    cookie_name,
    cookie_options,
    csrf_token,
)
from content.languages import complete_staff_languages
from content.texts import Domain

router = APIRouter(prefix="/staff", route_class=ConsoleRoute, include_in_schema=False)

# Before anybody is signed in, the form's token belongs to this cookie.
DOOR_COOKIE = "landa_staff_door"
AnyDesk = Annotated[Desk, Depends(signed_in(None))]


@router.get("")
async def first_page(desk: AnyDesk) -> Response:
    url = desk.places[0].url if desk.places else "/staff/me"
    return RedirectResponse(url, status_code=303)


@router.get("/sign-in")
async def show_sign_in(request: Request) -> Response:
    return await _door(request)


@router.post("/sign-in")
async def enter(request: Request) -> Response:
    core = core_of(request)
    form = await request.form()
    name, password = str(form.get("name") or ""), str(form.get("password") or "")
    door = request.cookies.get(cookie_name(DOOR_COOKIE, core.settings), "")
    try:
        check_form(request, form, csrf_token(core.settings.secret_key, door))
    except HTTPException:
        return await _door(request, status=403, name=name, problem="old")
    if not name.strip() or not password or len(password) > MAX_PASSWORD:
        return await _door(request, status=422, name=name, problem="empty")
    try:
        token = await check_sign_in(core, name.strip(), password, _address(request))
    except WrongPassword:
        return await _door(request, status=401, name=name, problem="wrong")
    except TooManyTries as refusal:
        answer = await _door(
            request, status=429, name=name, problem="too_many", minutes=refusal.minutes
        )
        answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    await _end_former(request)
    answer = RedirectResponse("/staff", status_code=303)
    answer.set_cookie(cookie_name(COOKIE, core.settings), token, **cookie_options(core.settings))
    return answer


@router.post("/sign-out")
async def leave(desk: AnyDesk) -> Response:
    await desk.form()
    async with desk.transaction() as db:
        await sign_out(db, SignIn.id == desk.colleague.sign_in_id)
        await desk.record(db, "sign_out", "staff", desk.colleague.staff_id)
    answer = RedirectResponse("/staff/sign-in", status_code=303)
    settings = desk.core.settings
    answer.delete_cookie(cookie_name(COOKIE, settings), **cookie_options(settings))
    return answer


@router.get("/me")
async def show_account(desk: AnyDesk) -> Response:
    async with desk.transaction() as db:
        languages = complete_staff_languages()
        return await desk.page(db, "console/me.html", place="me", languages=languages)


@router.post("/language")
async def change_language(desk: AnyDesk) -> Response:
    form = await desk.form()
    chosen = str(form.get("language") or "")
    if chosen not in [language.code for language in complete_staff_languages()]:
        raise HTTPException(422)
    async with desk.transaction() as db:
        await change_console_language(db, desk.colleague.staff_id, chosen)
    return RedirectResponse("/staff/me", status_code=303)


@router.get("/events")
async def events(
    desk: AnyDesk,
    topics: Annotated[str, Query(max_length=200)],
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Says which topics have something new; the page then loads its parts again."""
    check_own_page(desk.request)
    wanted = tuple(topics.split(","))
    await _check_topics(desk, wanted)
    last = desk.request.headers.get("last-event-id", "")
    start = int(last) if last.isdecimal() and len(last) < 19 else after
    return EventSourceResponse(_stream(desk, wanted, start), ping=15)


async def _check_topics(desk: Desk, topics: tuple[str, ...]) -> None:
    allowed = {place.topic for place in desk.places}
    for topic in topics:
        kind, _, reference = topic.partition(":")
        if kind == "conversation" and desk.may(Permission.SEE_QUEUE):
            await _check_conversation(desk, reference)
        elif topic not in allowed:
            raise HTTPException(404)


async def _check_conversation(desk: Desk, reference: str) -> None:
    try:
        conversation_id = UUID(reference)
    except ValueError:
        raise HTTPException(404) from None
    async with desk.transaction() as db:
        if await find_conversation(db, conversation_id) is None:
            raise HTTPException(404)


async def _stream(
    desk: Desk, topics: tuple[str, ...], after: int
) -> AsyncIterator[ServerSentEvent]:
    """Ends with the log-in, at the latest one polling interval after it."""
    core, colleague = desk.core, desk.colleague
    scope = staff(colleague.municipality_id, colleague.body_id)
    async with aclosing(topic_news(core.database, core.hints, scope, topics, after)) as rounds:
        async for event_id, changed in rounds:
            async with core.database.transaction(system(colleague.municipality_id)) as db:
                may_go_on = await is_signed_in(db, colleague.sign_in_id)
            if not may_go_on:
                yield ServerSentEvent(data="1", event="signed_out")
                return
            for kind in sorted({topic.partition(":")[0] for topic in changed}):
                yield ServerSentEvent(data="1", event=kind, id=str(event_id))


async def _end_former(request: Request) -> None:
    """Another log-in of the same browser ends; its token is not left behind."""
    try:
        former = await signed_in(None)(request)
    except NotSignedIn:
        return
    async with former.transaction() as db:
        await sign_out(db, SignIn.id == former.colleague.sign_in_id)


async def _door(
    request: Request, *, status: int = 200, name: str = "", problem: str = "", minutes: int = 0
) -> Response:
    settings = core_of(request).settings
    municipality = await find_municipality(core_of(request).database, settings.default_municipality)
    cookie = cookie_name(DOOR_COOKIE, settings)
    door = request.cookies.get(cookie) or secrets.token_urlsafe(32)
    request.state.csrf = csrf_token(settings.secret_key, door)
    answer = page(
        request,
        "console/sign_in.html",
        Reader(Domain.STAFF, preferred_language(request)),
        status=status,
        theme=theme_file(municipality.theme),
        name=name[:200],
        problem=problem,
        minutes=minutes,
        languages=complete_staff_languages(),
    )
    answer.set_cookie(cookie, door, **cookie_options(settings))
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
