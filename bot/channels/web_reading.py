"""Pages to read and print without a conversation: the chain of steps, and one whole answer."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import segno
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from backend import answer_reviews
from backend.app_state import core_of
from backend.db import resident
from backend.resident_pages import visitor_page
from backend.visitor import Visitor, visit
from bot.topic_titles import TITLES
from bot.way import whose_turn
from bot.whole_answer import answer_values
from content.answers import Answers
from content.authorities import Authority, find_authority
from content.chain import Step, load_chain
from content.languages import complete_languages
from content.locale_format import local_day
from content.texts import Domain, load_texts

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class StepView:
    """`first` are ids and titles; `answer` is the address of the whole answer, if there is one."""

    topic: str
    title: str
    first: tuple[tuple[str, str], ...]
    turn: str
    caution: bool
    authority: Authority
    answer: str


@router.get("/chain")
@router.get("/m/{slug}/chain")
async def chain(request: Request, slug: str | None = None) -> HTMLResponse:
    """Every step of the country with what comes before it and whose turn it is."""
    visitor = await visit(request, slug)
    steps = load_chain(visitor.municipality.country).steps
    if not steps:
        raise HTTPException(404)
    answers = core_of(request).answers
    views = [_step_view(step, visitor, answers) for step in steps]
    return visitor_page(request, "chain", visitor, steps=views)


@router.get("/m/{slug}/answers/{topic}/{code}")
async def whole_answer(request: Request, slug: str, topic: str, code: str) -> HTMLResponse:
    """All sections in large print. The address names the language, because it is printed as a
    square that another phone opens."""
    visitor = await visit(request, slug)
    core = core_of(request)
    country = visitor.municipality.country
    if code not in {entry.code for entry in complete_languages()}:
        raise HTTPException(404)
    source = core.answers.source(country, topic)
    answer = core.answers.find(country, topic, code) or source
    if answer is None:
        raise HTTPException(404)
    visitor = replace(visitor, language=code)
    request.state.language = code
    today = local_day(core.clock(), ZoneInfo(visitor.municipality.time_zone))
    address = f"{request.state.own_origin}{request.url.path}"
    async with core.database.transaction(resident(visitor.municipality.id)) as db:
        is_reviewed = await answer_reviews.is_reviewed(db, answer)
    values = answer_values(
        answer, source, load_texts(Domain.RESIDENT, code), today, is_reviewed=is_reviewed
    )
    return visitor_page(
        request, "whole_answer", visitor, square=square(address), address=address, **values
    )


def square(address: str) -> str:
    """A QR code as the address of an SVG picture, which the pages' policy allows as `data:`."""
    return segno.make_qr(address, error="m").svg_data_uri(omitsize=True, light="#fff")


def _step_view(step: Step, visitor: Visitor, answers: Answers) -> StepView:
    texts = load_texts(Domain.RESIDENT, visitor.language)
    country = visitor.municipality.country
    is_written = answers.source(country, step.topic) is not None
    return StepView(
        topic=step.topic,
        title=texts.gettext(TITLES[step.topic]),
        first=tuple((need, texts.gettext(TITLES[need])) for need in step.needs),
        turn=whose_turn(texts, country, step),
        caution=step.caution,
        authority=find_authority(country, step.topic),
        answer=f"{visitor.home}/answers/{step.topic}/{visitor.language}" if is_written else "",
    )
