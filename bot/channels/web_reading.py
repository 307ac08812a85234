"""Pages to read and print without a conversation: the chain of steps, and one whole answer."""

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import segno
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from backend.app_state import core_of
from backend.resident_pages import visitor_page
from backend.visitor import Visitor, visit
from bot.flows.answer import SECTION_LABELS, notes
from bot.topic_titles import TITLES
from bot.way import whose_turn
from content.answers import Answer, Answers
from content.authorities import Authority, find_authority
from content.chain import Step, load_chain
from content.languages import complete_languages, language
from content.locale_format import date_text, local_day
from content.texts import Domain, Texts, load_texts

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


@dataclass(frozen=True)
class SectionView:
    label: str
    text: str


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
    answer = core.answers.find(country, topic, code)
    answer = answer or core.answers.source(country, topic)
    if answer is None:
        raise HTTPException(404)
    visitor = replace(visitor, language=code)
    request.state.language = code
    today = local_day(core.clock(), ZoneInfo(visitor.municipality.time_zone))
    address = f"{request.state.own_origin}{request.url.path}"
    values = _answer_values(answer, load_texts(Domain.RESIDENT, code), address)
    return visitor_page(
        request, "whole_answer", visitor, is_expired=answer.is_expired(today), **values
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


def _answer_values(answer: Answer, texts: Texts, address: str) -> dict[str, Any]:
    """Headings in the language of the text; the first section needs none."""
    headings = load_texts(Domain.RESIDENT, answer.language)
    return {
        "answer": answer,
        "text_direction": language(answer.language).direction,
        "sections": [
            SectionView(headings.gettext(SECTION_LABELS[part.id]) if number else "", part.text)
            for number, part in enumerate(answer.sections)
        ],
        "notes": notes(texts, answer),
        "checked_on": date_text(answer.checked_on, texts.language),
        "authority": find_authority(answer.country, answer.topic),
        "title": texts.gettext(TITLES[answer.topic]),
        "square": square(address),
        "address": address,
    }
