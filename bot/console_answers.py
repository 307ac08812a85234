"""The editors' pages: how every answer stands in every language, what is to be done, and one
answer as residents see it, to be marked as reviewed."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from backend import answer_reviews
from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.console_lines import language_label
from backend.console_topics import topic_name
from backend.places import Body, in_language
from backend.staff import Permission
from bot.answer_table import States, Task, all_states, find_tasks
from bot.whole_answer import answer_values, section_labels
from content.answer_state import State, answer_state, is_reviewed
from content.answers import SOURCE_LANGUAGES, Answer, Section
from content.languages import RESIDENT_LANGUAGES, language, language_name
from content.locale_format import date_text, local_day
from content.taxonomy import load_taxonomy
from content.text_diff import Sentence, compare_sentences
from content.texts import N_, Domain, load_texts

router = APIRouter(prefix="/staff/answers", route_class=ConsoleRoute, include_in_schema=False)

ReviewDesk = Annotated[Desk, Depends(signed_in(Permission.REVIEW))]
TASKS = 8  # before the others fold away
WORDS = {
    State.MISSING: N_("Missing"),
    State.EXPIRED: N_("Expired, not shown"),
    State.STALE: N_("The source has changed"),
    State.EXPIRING: N_("Expires soon"),
    State.UNREVIEWED: N_("Not reviewed by a person"),
    State.REVIEWED: N_("Reviewed"),
}


@dataclass(frozen=True)
class Row:
    """`cells` are code of the language and state; None is filtered out."""

    topic: str
    label: str
    until: str
    cells: list[tuple[str, State | None]]


@dataclass(frozen=True)
class Shown:
    """A task on the page: links lead to the languages that it concerns."""

    state: State
    topic: str
    label: str
    when: str
    owner: str
    languages: list[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """A section as editors have to know it: what the source says `now`, what has changed there if
    it is known from which text a stale one was made, and what residents do not get."""

    id: str
    state: State | None
    now: str
    changes: tuple[Sentence, ...]
    unseen: str


@router.get("")
async def table(
    desk: ReviewDesk,
    state: Annotated[str, Query(max_length=12)] = "",
    language: Annotated[str, Query(max_length=2)] = "",
) -> Response:
    wanted = State(state) if state in set(State) else None
    known = [entry.code for entry in RESIDENT_LANGUAGES]
    codes = [language] if language in known else known
    async with desk.transaction() as db:
        country = desk.municipality.country
        reviewed = await answer_reviews.reviewed_texts(db, country)
        states = all_states(desk.core.answers, country, _today(desk), reviewed)
        counted = [found for (_, code), found in states.items() if code in codes]
        return await desk.page(
            db,
            "console/answers.html",
            place="answers",
            words=WORDS,
            chosen=wanted,
            language=language if language in known else "",
            languages=[
                (entry.code, language_label(desk, entry.code)) for entry in RESIDENT_LANGUAGES
            ],
            codes=codes,
            counts={each: counted.count(each) for each in State},
            rows=_rows(desk, states, codes, wanted),
            number=len(load_taxonomy().topics),
            tasks=await _tasks(desk, db, codes),
            first_tasks=TASKS,
            source=SOURCE_LANGUAGES[country],
        )


@router.get("/{topic}/{code}")
async def preview(
    desk: ReviewDesk,
    topic: str,
    code: str,
    problem: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    _check_place(topic, code)
    answers, country = desk.core.answers, desk.municipality.country
    answer, source = answers.find(country, topic, code), answers.source(country, topic)
    async with desk.transaction() as db:
        mark = await answer_reviews.find_review(db, answer) if answer else None
        reviewed = {answer.text_hash} if answer and mark else frozenset()
        before = await answer_reviews.find_source_texts(db, country, topic)
        return await desk.page(
            db,
            "console/answer.html",
            place="answers",
            words=WORDS,
            topic=topic,
            code=code,
            direction=language(code).direction,
            label=topic_name(desk.texts, topic),
            language=language_label(desk, code),
            state=answer_state(answer, _today(desk), reviewed),
            answer=answer,
            parts=_parts(answer, source, before),
            labels=section_labels(desk.texts.language),
            mark=mark,
            marked_on=_day(desk, local_day(mark.at, desk.zone)) if mark else "",
            address=f"/m/{desk.municipality.slug}/answers/{topic}/{code}",
            problem=problem,
            seen=_seen(desk, answer, source, code, reviewed),
            about=await _about(desk, db, answer, source),
        )


@router.post("/{topic}/{code}/review")
async def review(desk: ReviewDesk, topic: str, code: str) -> Response:
    """Marks the text that the form was made for, and nothing that took its place since."""
    form, answer = await desk.form(), _answer(desk, topic, code)
    if form.get("text") != answer.text_hash:
        return _back(topic, code, "changed")
    if answer.stale_sections:
        return _back(topic, code, "stale")
    async with desk.transaction() as db:
        staff_id = desk.colleague.staff_id
        if await answer_reviews.mark_reviewed(db, answer, staff_id, desk.now()):
            await desk.record(db, "review", "answer", _subject(answer))
    return _back(topic, code)


@router.post("/{topic}/{code}/take-back")
async def take_back(desk: ReviewDesk, topic: str, code: str) -> Response:
    form, answer = await desk.form(), _answer(desk, topic, code)
    try:
        review_id = UUID(str(form.get("review")))
    except ValueError:
        raise HTTPException(422) from None
    async with desk.transaction() as db:
        if await answer_reviews.take_back_review(db, answer, review_id):
            await desk.record(db, "take_back", "answer", _subject(answer))
    return _back(topic, code)


def _rows(desk: Desk, states: States, codes: list[str], wanted: State | None) -> list[Row]:
    rows = []
    for topic in load_taxonomy().topics:
        found = [(code, states[topic, code]) for code in codes]
        cells = [(code, state if wanted in (None, state) else None) for code, state in found]
        if any(state for _, state in cells):
            label = topic_name(desk.texts, topic)
            rows.append(Row(topic, label, _until(desk, topic), cells))
    return rows


def _until(desk: Desk, topic: str) -> str:
    source = desk.core.answers.source(desk.municipality.country, topic)
    return _day(desk, source.valid_until) if source else ""


async def _tasks(desk: Desk, db: AsyncSession, codes: Container[str]) -> list[Shown]:
    """Those that concern one of the languages."""
    country = desk.municipality.country
    seen = await answer_reviews.source_days(db, country)
    changed_on = {key: local_day(at, desk.zone) for key, at in seen.items()}
    tasks = find_tasks(desk.core.answers, country, _today(desk), changed_on)
    owners = await _owners(desk, db)
    shown = [_shown(desk, task, owners.get(task.owner, task.owner), codes) for task in tasks]
    return [task for task in shown if task.languages]


def _shown(desk: Desk, task: Task, owner: str, codes: Container[str]) -> Shown:
    return Shown(
        state=task.state,
        topic=task.topic,
        label=topic_name(desk.texts, task.topic),
        when=_day(desk, task.day) if task.day else "",
        owner=owner,
        languages=[(code, language_label(desk, code)) for code in task.languages if code in codes],
    )


def _parts(
    answer: Answer | None, source: Answer | None, before: dict[tuple[str, str], str]
) -> list[Part]:
    """Those of the answer, then what only the source has."""
    if answer is None:
        return []
    parts = [_part(answer, section, source, before) for section in answer.sections]
    others = source.sections if source and answer.translated_from else ()
    return parts + [
        Part(section.id, State.MISSING, section.written, (), "")
        for section in others
        if answer.section(section.id) is None
    ]


def _part(
    answer: Answer, section: Section, source: Answer | None, before: dict[tuple[str, str], str]
) -> Part:
    if section.id not in answer.stale_sections:
        return Part(section.id, None, "", (), "")
    current = source.section(section.id) if source else None
    now = current.written if current else ""
    then = before.get((section.id, answer.source_hashes.get(section.id, "")))
    changes = compare_sentences(then, now) if then is not None else ()
    return Part(section.id, State.STALE, now, changes, section.text)


def _seen(
    desk: Desk,
    answer: Answer | None,
    source: Answer | None,
    code: str,
    reviewed: Container[str],
) -> dict[str, Any] | None:
    """What the resident's own template shows, in the resident's own words; None if nothing is
    written."""
    shown, texts = answer or source, load_texts(Domain.RESIDENT, code)
    if shown is None:
        return None
    values = answer_values(
        shown, source, texts, _today(desk), is_reviewed=is_reviewed(shown, reviewed)
    )
    return values | {"texts": texts}


async def _about(
    desk: Desk, db: AsyncSession, answer: Answer | None, source: Answer | None
) -> dict[str, str]:
    code = source.language if source else ""
    return {
        "source_language": code,
        "source_name": language_name(code, desk.texts.language) if code else "",
        "owner": (await _owners(desk, db)).get(answer.owner, answer.owner) if answer else "",
        "until": _day(desk, answer.valid_until) if answer else "",
        "checked_on": _day(desk, answer.checked_on) if answer else "",
    }


async def _owners(desk: Desk, db: AsyncSession) -> dict[str, str]:
    """Names of the municipality's bodies; an answer's owner need not be one of them."""
    rows = await db.execute(select(Body.key, Body.name))
    return {row.key: in_language(row.name, desk.texts.language) for row in rows}


def _answer(desk: Desk, topic: str, code: str) -> Answer:
    _check_place(topic, code)
    answer = desk.core.answers.find(desk.municipality.country, topic, code)
    if answer is None:
        raise HTTPException(404)
    return answer


def _check_place(topic: str, code: str) -> None:
    if topic not in load_taxonomy().topics:
        raise HTTPException(404)
    if code not in {entry.code for entry in RESIDENT_LANGUAGES}:
        raise HTTPException(404)


def _day(desk: Desk, day: date) -> str:
    return date_text(day, desk.texts.language)


def _today(desk: Desk) -> date:
    return local_day(desk.now(), desk.zone)


def _subject(answer: Answer) -> str:
    return f"{answer.country}/{answer.topic}/{answer.language} {answer.text_hash}"


def _back(topic: str, code: str, problem: str = "") -> Response:
    query = f"?problem={problem}" if problem else ""
    return RedirectResponse(f"/staff/answers/{topic}/{code}{query}", status_code=303)
