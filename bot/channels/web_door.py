"""Coming in and going out: choosing the language, and leaving at once."""

from uuid import uuid4

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from backend.app_state import core_of
from backend.conversation import Author, Channel, append, start_conversation
from backend.db import system
from backend.inbox import Received
from backend.resident_pages import visitor_page
from backend.visitor import Visitor, forget, preferred_language, remember, visit
from backend.web_security import check_form, check_own_page
from bot.channels.incoming import count_start
from bot.delivery import Delivery
from bot.first_words import first_words
from content.languages import complete_languages
from content.texts import Domain, load_texts

router = APIRouter(include_in_schema=False)


@router.get("/m/{slug}/language")
async def choose(request: Request, slug: str) -> HTMLResponse:
    return picker(request, await visit(request, slug))


@router.post("/m/{slug}/language")
async def set_language(request: Request, slug: str) -> Response:
    """Starts a conversation in this language, or goes on with the running one in it."""
    visitor = await visit(request, slug)
    form = await request.form(max_files=0, max_fields=20)
    check_form(request, form, visitor.csrf)
    code = str(form.get("language"))
    if code not in {entry.code for entry in complete_languages()}:
        raise HTTPException(422)
    if visitor.conversation is None:
        return await _start(request, visitor, code)
    await _change(request, visitor, code, str(form.get("client_msg_id"))[:64])
    return RedirectResponse(f"{visitor.home}#latest", status_code=303)


@router.get("/m/{slug}/leave")
async def about_leaving(request: Request, slug: str) -> HTMLResponse:
    return visitor_page(request, "leave", await visit(request, slug))


@router.post("/m/{slug}/leave")
async def leave(request: Request, slug: str) -> Response:
    """Forgets the conversation on this phone. Works with an old page as well: who has to leave
    must not read an error."""
    visitor = await visit(request, slug)
    check_own_page(request)
    response = RedirectResponse("/left", status_code=303)
    forget(response, core_of(request))
    response.headers["Clear-Site-Data"] = '"cache"'
    request.state.language = visitor.language
    return response


def picker(request: Request, visitor: Visitor) -> HTMLResponse:
    """Complete languages only, each in its own script; the phone's language is marked."""
    languages = [
        {
            "code": entry.code,
            "direction": entry.direction,
            "own_name": entry.own_name,
            "greeting": entry.greeting,
            "choose": load_texts(Domain.RESIDENT, entry.code).gettext("Choose your language."),
        }
        for entry in complete_languages()
    ]
    running = visitor.conversation.language if visitor.conversation else None
    marked = running or preferred_language(request)
    return visitor_page(
        request, "picker", visitor, languages=languages, marked=marked, client_msg_id=uuid4().hex
    )


async def _start(request: Request, visitor: Visitor, code: str) -> Response:
    core = core_of(request)
    municipality = visitor.municipality
    async with core.database.transaction(system(municipality.id)) as db:
        await count_start(db, request)
        conversation, token = await start_conversation(db, municipality.id, Channel.WEB, code)
        conversation.language_chosen = True
        for reply in first_words(municipality, code):
            await append(db, conversation, Author.BOT, reply)
    response = RedirectResponse(visitor.home, status_code=303)
    remember(response, core, token)
    return response


async def _change(request: Request, visitor: Visitor, code: str, message_id: str) -> None:
    """The conversation itself says that it goes on in the other language."""
    assert visitor.conversation is not None  # noqa: S101 -- the caller starts one otherwise
    delivery: Delivery = request.app.state.delivery
    received = Received(
        channel=Channel.WEB,
        bot_id=str(visitor.conversation.id),
        external_id=f"{message_id}-{code}",
        conversation_id=visitor.conversation.id,
        action=f"language:{code}",
    )
    await delivery.accept(visitor.municipality, received)
