"""Lines without an answer, in groups: an editor makes them training lines or dismisses them, and
takes the approved ones away as a file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from backend import unanswered
from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.console_lines import language_label
from backend.console_topics import topic_name
from backend.staff import Permission
from backend.unanswered import Reason, UnansweredLine
from content.languages import RESIDENT_LANGUAGES
from content.locale_format import local_day
from content.taxonomy import load_taxonomy
from nlu.learned import add_vectors, export, groups

router = APIRouter(prefix="/staff/unanswered", route_class=ConsoleRoute, include_in_schema=False)

TeachingDesk = Annotated[Desk, Depends(signed_in(Permission.TEACH))]
LINES = 200  # of one language at a time; deciding brings up the next
GROUPS = 20
LINES_TO_ENCODE = 30  # a second's work at most; the hourly upkeep does the others
NEAREST = 3


@dataclass(frozen=True)
class Choice:
    """An id of the taxonomy in the editor's language."""

    id: str
    label: str


@dataclass(frozen=True)
class Shown:
    """A line on the page; `note` says what the resident did about it."""

    id: UUID
    text: str
    times: int
    note: str
    intent: str
    language: str
    language_code: str


@dataclass(frozen=True)
class Group:
    nearest: list[Choice]
    lines: list[Shown]


@router.get("")
async def show(
    desk: TeachingDesk,
    language: Annotated[str, Query(max_length=2)] = "",
    problem: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    if desk.municipality.keeps_unanswered:
        await add_vectors(desk.core.database, desk.municipality, LINES_TO_ENCODE)
    async with desk.transaction() as db:
        numbers = await unanswered.count_open(db)
        chosen = language if language in numbers else _first(numbers)
        found = groups(await unanswered.list_open(db, chosen, LINES)) if chosen else []
        approved = await unanswered.list_approved(db)
        await desk.record(db, "read", "unanswered_line", desk.municipality.id)
        return await desk.page(
            db,
            "console/unanswered.html",
            place="unanswered",
            is_on=desk.municipality.keeps_unanswered,
            languages=[
                (entry.code, language_label(desk, entry.code), numbers[entry.code])
                for entry in RESIDENT_LANGUAGES
                if entry.code in numbers
            ],
            chosen=chosen,
            total=sum(numbers.values()),
            groups=[_group(desk, lines) for lines in found[:GROUPS]],
            more=max(0, len(found) - GROUPS),
            approved=[_shown(desk, line) for line in approved],
            all_topics=_choices(desk, load_taxonomy().topics),
            all_acts=_choices(desk, load_taxonomy().acts),
            problem=problem,
        )


@router.post("")
async def decide(desk: TeachingDesk) -> Response:
    """Approves or dismisses the ticked lines of one group."""
    form = await desk.form()
    lines, intent = _ticked(form), str(form.get("intent") or "")
    is_approval = form.get("do") == "approve"
    if not lines:
        return _back(form, problem="nothing")
    if is_approval and intent not in (*load_taxonomy().topics, *load_taxonomy().acts):
        return _back(form, problem="no_topic")
    async with desk.transaction() as db:
        if is_approval:
            await _record_each(desk, db, "approve", await unanswered.approve(db, lines, intent))
        else:
            await _record_each(desk, db, "dismiss", await unanswered.dismiss(db, lines))
    return _back(form)


@router.post("/take-back")
async def take_back(desk: TeachingDesk) -> Response:
    form = await desk.form()
    async with desk.transaction() as db:
        done = await unanswered.take_back(db, _ticked(form))
        await _record_each(desk, db, "take_back", done)
    return _back(form)


@router.post("/export")
async def download(desk: TeachingDesk) -> Response:
    """The file is put into nlu/data as it is."""
    await desk.form()
    async with desk.transaction() as db:
        training = await export(db)
        await desk.record(db, "export", "unanswered_line", desk.municipality.id)
    # A name for each day: earlier files stay, because their lines are no longer kept here.
    name = f"learned-{desk.municipality.slug}-{local_day(desk.now(), desk.zone)}.yml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(training, media_type="application/yaml", headers=headers)


def _first(numbers: dict[str, int]) -> str:
    """The language in which most is waiting."""
    order = [language.code for language in RESIDENT_LANGUAGES if language.code in numbers]
    return max(order, key=lambda code: numbers[code], default="")


def _group(desk: Desk, lines: list[UnansweredLine]) -> Group:
    """What residents chose counts most, then what the recogniser put first."""
    votes: Counter[str] = Counter()
    for line in lines:
        for place, candidate in enumerate(line.nearest[:NEAREST]):
            votes[candidate] += line.times * (NEAREST - place)
        if line.meant:
            votes[line.meant] += line.times * NEAREST * 2
    nearest = [name for name, _ in votes.most_common(NEAREST)]
    return Group(
        nearest=[Choice(name, topic_name(desk.texts, name)) for name in nearest],
        lines=[_shown(desk, line) for line in lines],
    )


def _shown(desk: Desk, line: UnansweredLine) -> Shown:
    _ = desk.texts.gettext
    note = ""
    if line.meant:
        note = _("Meant: {topic}", topic=topic_name(desk.texts, line.meant))
    elif line.reason == Reason.FEEDBACK:
        note = _("The resident commented on the answer")
    return Shown(
        id=line.id,
        text=line.text,
        times=line.times,
        note=note,
        intent=topic_name(desk.texts, line.intent) if line.intent else "",
        language=language_label(desk, line.language),
        language_code=line.language,
    )


def _choices(desk: Desk, ids: Iterable[str]) -> list[Choice]:
    return [Choice(name, topic_name(desk.texts, name)) for name in ids]


def _ticked(form: FormData) -> list[UUID]:
    try:
        return [UUID(str(value)) for value in form.getlist("line")]
    except ValueError:
        raise HTTPException(422) from None


def _back(form: FormData, problem: str = "") -> Response:
    code = str(form.get("language") or "")
    known = code if code in {language.code for language in RESIDENT_LANGUAGES} else ""
    query = f"?language={known}" + (f"&problem={problem}" if problem else "")
    return RedirectResponse(f"/staff/unanswered{query}", status_code=303)


async def _record_each(desk: Desk, db: AsyncSession, action: str, ids: Sequence[UUID]) -> None:
    for line in ids:
        await desk.record(db, action, "unanswered_line", line)
