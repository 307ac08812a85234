"""The chat on the web: plain forms that work without script, with live turns where there is one."""

import hashlib
import re
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from backend.app_state import core_of
from backend.conversation import Channel
from backend.inbox import KeyReused, Received
from backend.pages import page
from backend.rate_limit import TooMany
from backend.resident_pages import visitor_page
from backend.visitor import Visitor, forget, remember, visit
from backend.web_security import check_form
from bot.channels import web_door, web_events, web_reading, web_services
from bot.channels.incoming import clean, is_too_long
from bot.channels.web_chat import Chat, ConversationGone, load_chat
from bot.channels.web_door import picker
from bot.delivery import Delivery
from bot.stored_turn import Outcome
from content.languages import complete_languages

router = APIRouter(include_in_schema=False)
router.include_router(web_door.router)
router.include_router(web_events.router)
router.include_router(web_reading.router)
router.include_router(web_services.router)

ACTION = re.compile(r"[a-z0-9_]+(:[A-Za-z0-9_.-]+)*")
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
MAX_ACTION = 200
MAX_SEQ = 2**31 - 1


class Unreadable(ValueError):
    """What was sent cannot become a message; `note` names the sentence that says why."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


@router.get("/")
@router.get("/m/{slug}")
async def chat(request: Request, slug: str | None = None) -> Response:
    """The conversation, or the choice of a language that starts one."""
    visitor = await visit(request, slug)
    if visitor.conversation is None:
        return picker(request, visitor)
    return await _chat_page(request, visitor)


@router.post("/m/{slug}/messages")
async def send(request: Request, slug: str) -> Response:
    """A text or a pressed button: stored and committed first, then answered for up to 3 s."""
    try:
        form = await request.form(max_files=0, max_fields=20)
    except HTTPException as refusal:
        visitor = await visit(request, slug)  # finds out in which language to refuse
        if refusal.status_code == 413 and _is_swapped(request):
            return _note(request, visitor, "long", 413)
        raise
    _keep(request, form)
    visitor = await visit(request, slug)
    if visitor.conversation is None:
        return _to(request, visitor.home)
    check_form(request, form, visitor.csrf)
    delivery: Delivery = request.app.state.delivery
    try:
        received = read_form(form, visitor)
        outcome = await delivery.accept(visitor.municipality, received)
    except Unreadable as unreadable:
        return await _refused(request, visitor, form, unreadable.note)
    except KeyReused:
        return await _refused(request, visitor, form, "reused")
    except TooMany as too_many:
        response = await _refused(request, visitor, form, "many", status=429)
        response.headers["Retry-After"] = str(too_many.retry_after)
        return response
    return await _sent(request, visitor, form, outcome)


def read_form(form: FormData, visitor: Visitor) -> Received:
    """Raises Unreadable."""
    assert visitor.conversation is not None  # noqa: S101 -- the caller sends others to the picker
    action = form.get("action")
    pressed = isinstance(action, str) and bool(action)
    if pressed and (len(str(action)) > MAX_ACTION or not ACTION.fullmatch(str(action))):
        raise Unreadable("unclear")
    return Received(
        channel=Channel.WEB,
        bot_id=str(visitor.conversation.id),
        external_id=_press_id(form, str(action)) if pressed else _message_id(form, "client_msg_id"),
        conversation_id=visitor.conversation.id,
        text=None if pressed else _read_text(form),
        action=str(action) if pressed else None,
    )


def _read_text(form: FormData) -> str:
    text = clean(str(form.get("text") or ""))
    if not text:
        raise Unreadable("empty")
    if is_too_long(text):
        raise Unreadable("long")
    return text


def _message_id(form: FormData, field: str) -> str:
    """The id that the page came with: the same when it is sent twice."""
    given = str(form.get(field) or "")
    return given if MESSAGE_ID.fullmatch(given) else str(uuid4())


def _press_id(form: FormData, action: str) -> str:
    """One id for all buttons of a page; pressing the same twice is one press."""
    digest = hashlib.sha256(action.encode()).hexdigest()[:16]
    return f"{_message_id(form, 'press')}-{digest}"


def _keep(request: Request, form: FormData) -> None:
    """Whatever happens before it is stored: the page that says so gives the text back, and speaks
    the language of the page it came from."""
    names = ("csrf", "page_language", "client_msg_id", "text")
    fields = {name: clean(str(form.get(name) or "")) for name in names}
    if fields["page_language"] in {entry.code for entry in complete_languages()}:
        request.state.language = fields["page_language"]
    if fields["text"]:
        request.state.unsent = fields


async def _sent(request: Request, visitor: Visitor, form: FormData, outcome: Outcome) -> Response:
    if outcome.is_erased:
        response = _to(request, "/left")
        forget(response, core_of(request))
        return response
    if not _is_swapped(request):
        return _to(request, f"{visitor.home}#latest")
    try:
        return await _fragment(request, visitor, _after(form), str(form.get("page_language")))
    except ConversationGone:
        return _to(request, visitor.home)


async def _fragment(request: Request, visitor: Visitor, after: int, page_language: str) -> Response:
    """The new turns for htmx. In another language than the page's, the whole page comes anew."""
    core = core_of(request)
    chat = await load_chat(core.database, visitor, core.clock(), after, is_whole=True)
    if chat.language != page_language:
        return Response(headers={"HX-Refresh": "true"})
    return _page(request, "fragment", visitor, chat)


async def _refused(
    request: Request, visitor: Visitor, form: FormData, note: str, *, status: int = 422
) -> Response:
    """Nothing is stored; the text stays in the box and a sentence says why."""
    if _is_swapped(request):
        return _note(request, visitor, note, status)
    kept = clean(str(form.get("text") or ""))
    return await _chat_page(request, visitor, status=status, note=note, kept_text=kept)


def _note(request: Request, visitor: Visitor, note: str, status: int) -> HTMLResponse:
    values = {"note": note, "is_fragment": True, **_fresh_ids()}
    return page(request, "resident/refused.html", visitor.reader, status=status, **values)


async def _chat_page(
    request: Request,
    visitor: Visitor,
    *,
    status: int = 200,
    note: str = "",
    kept_text: str = "",
) -> Response:
    core = core_of(request)
    is_whole = "all" in request.query_params
    try:
        chat = await load_chat(core.database, visitor, core.clock(), is_whole=is_whole)
    except ConversationGone:
        return _to(request, visitor.home)
    response = _page(request, "chat", visitor, chat, status=status, note=note, kept_text=kept_text)
    remember(response, core, visitor.token)
    return response


def _page(
    request: Request,
    template: str,
    visitor: Visitor,
    chat: Chat,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """`values` override what a fresh page has: no note, an empty box, new ids."""
    fresh: dict[str, Any] = {
        "note": "",
        "kept_text": "",
        "is_fragment": template == "fragment",
        "is_page": template == "chat",
        **_fresh_ids(),
        "turns": chat.turns,
        "pending": chat.pending,
        "last_seq": chat.last_seq,
        "has_earlier": chat.has_earlier,
        "person": chat.person,
    }
    return visitor_page(request, template, visitor, status=status, **(fresh | values))


def _fresh_ids() -> dict[str, str]:
    """Sending a page twice is sending it once; a fresh page sends anew."""
    return {"press": uuid4().hex, "client_msg_id": uuid4().hex}


def _after(form: FormData) -> int:
    given = str(form.get("after") or "")
    return min(int(given), MAX_SEQ) if given.isdecimal() else 0


def _is_swapped(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _to(request: Request, address: str) -> Response:
    if _is_swapped(request):
        return Response(headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)
