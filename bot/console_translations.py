"""Texts for translators in the editors' console: download a file, and see what a translated one
would change. The console changes no content: it is files, which `landa content import` writes."""

import asyncio
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from backend import answer_reviews
from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.console_lines import language_label
from backend.places import in_language
from backend.plain_text import storable
from backend.staff import Permission
from content.answer_state import State, is_reviewed
from content.answers import CONTENT_FOLDER
from content.entry import ContentError
from content.import_translations import Plan, plan_import
from content.languages import RESIDENT_LANGUAGES, language_name
from content.locale_format import local_day
from content.translation_units import PHRASES, find_scopes, find_units, source_language
from content.translators_file import write_sheet

router = APIRouter(prefix="/staff/translations", route_class=ConsoleRoute, include_in_schema=False)

ReviewDesk = Annotated[Desk, Depends(signed_in(Permission.REVIEW))]
TO_DO = (State.MISSING, State.STALE)
CODES = frozenset(entry.code for entry in RESIDENT_LANGUAGES)
NAME_LENGTH = 80


@router.get("")
async def translations(
    desk: ReviewDesk, language: Annotated[str, Query(max_length=2)] = ""
) -> Response:
    return await _page(desk, chosen=language)


@router.get("/file")
async def download(
    desk: ReviewDesk,
    language: Annotated[str, Query(max_length=2)],
    texts: Annotated[str, Query(max_length=64)] = "",
    only: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """All texts of the scope `texts`; `only=todo` leaves out those that need nothing."""
    scope = texts or desk.municipality.country
    if language not in CODES or scope not in _scopes(desk):
        raise HTTPException(404)
    if language == source_language(CONTENT_FOLDER, scope):
        name = language_name(language, desk.texts.language)
        problem = desk.texts.gettext(
            "These texts are written in this language: {language}. Choose another one.",
            language=name,
        )
        return await _page(desk, chosen=language, problem=problem)
    text = await _sheet(desk, scope, language, TO_DO if only == "todo" else tuple(State))
    return Response(
        text,
        media_type="text/x-gettext-translation",
        headers={"Content-Disposition": f'attachment; filename="landa-{scope}-{language}.po"'},
    )


@router.post("/check")
async def check(desk: ReviewDesk) -> Response:
    try:
        return await _checked(desk, await desk.form())
    except HTTPException as refusal:
        if refusal.status_code != 413:
            raise
        # The general words speak of typing.
        return await _page(desk, problem=desk.texts.gettext("The file is too large: at most 1 MB."))
    finally:
        await desk.request.close()


async def _checked(desk: Desk, form: FormData) -> Response:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await _page(desk, problem=desk.texts.gettext("Choose a file first."))
    name = storable(PurePath(file.filename).name)[:NAME_LENGTH]
    data = await file.read()
    try:
        plan = await asyncio.to_thread(plan_import, CONTENT_FOLDER, name, data)
    except ContentError as error:
        return await _page(desk, refusal=str(error))
    if plan.sheet.scope not in _scopes(desk):
        other = desk.texts.gettext("This file is for another country or municipality.")
        return await _page(desk, problem=other)
    return await _page(desk, chosen=plan.sheet.language, plan=plan, name=name)


def _scopes(desk: Desk) -> tuple[str, ...]:
    """The municipality's own; its texts may have been loaded from a file elsewhere."""
    own = (desk.municipality.country, PHRASES, desk.municipality.slug)
    known = find_scopes(CONTENT_FOLDER)
    return tuple(scope for scope in own if scope in known)


def _scope_name(desk: Desk, scope: str) -> str:
    names = {
        desk.municipality.country: desk.texts.gettext("Answers"),
        PHRASES: desk.texts.gettext("Phrases"),
    }
    return names.get(scope) or in_language(desk.municipality.name, desk.texts.language)


async def _sheet(desk: Desk, scope: str, language: str, states: tuple[State, ...]) -> str:
    country, today = desk.municipality.country, local_day(desk.now(), desk.zone)
    async with desk.transaction() as db:
        marks = await answer_reviews.reviewed_texts(db, country)
        earlier = await answer_reviews.earlier_texts(db, country)
    reviewed = {
        answer.topic
        for answer in desk.core.answers
        if (answer.country, answer.language) == (country, language) and is_reviewed(answer, marks)
    }

    def write() -> str:
        units = find_units(
            CONTENT_FOLDER, scope, language, today, reviewed=reviewed, earlier=earlier
        )
        chosen = [unit for unit in units if unit.state in states]
        return write_sheet(scope, language, chosen, desk.now())

    return await asyncio.to_thread(write)


async def _page(
    desk: Desk,
    *,
    chosen: str = "",
    problem: str = "",
    refusal: str = "",
    plan: Plan | None = None,
    name: str = "",
) -> Response:
    """`problem` is in the reader's language; `refusal` is the check's own English."""
    scopes = _scopes(desk)
    sources = {source_language(CONTENT_FOLDER, scope) for scope in scopes}
    async with desk.transaction() as db:
        return await desk.page(
            db,
            "console/translations.html",
            status=422 if problem or refusal or (plan and plan.refusals) else 200,
            place="answers",
            chosen=chosen,
            scopes=[(scope, _scope_name(desk, scope)) for scope in scopes],
            languages=[
                (entry.code, language_label(desk, entry.code))
                for entry in RESIDENT_LANGUAGES
                if {entry.code} != sources  # else everything is written in it already
            ],
            problem=problem,
            refusal=refusal,
            plan=plan,
            name=name,
        )
