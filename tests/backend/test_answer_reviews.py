"""Reviews of texts and what sources said before, in the real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from backend import answer_reviews
from backend.app_state import Core
from backend.db import Database
from backend.live import Hints
from content.answer_file import Review
from content.answers import Answer, Answers
from tests.backend.console_app import SETTINGS, MovingClock, answers
from tests.conftest import NOW, Urls
from tests.people import Town, colleague, find_town


@pytest.fixture
async def lindby(database: Database) -> Town:
    return await find_town(database)


@pytest.fixture
def arabic() -> Answer:
    found = answers().find("se", "id_card", "ar")
    assert found is not None
    return found


async def mark(database: Database, town: Town, answer: Answer, name: str) -> UUID | None:
    reviewer = (await colleague(database, town, name)).staff_id
    async with database.transaction(town.staff()) as db:
        return await answer_reviews.mark_reviewed(db, answer, reviewer, NOW)


async def test_of_two_reviewers_at_once_one_mark_stays(
    database: Database, lindby: Town, arabic: Answer
) -> None:
    marks = await asyncio.gather(
        *(mark(database, lindby, arabic, name) for name in ("Petra", "Johan") * 5)
    )
    [first] = [found for found in marks if found]
    async with database.transaction(lindby.staff()) as db:
        found = await answer_reviews.find_review(db, arabic)
    assert found is not None
    assert (found.id, found.at) == (first, NOW)


async def test_a_mark_is_taken_back_once_and_never_the_next_one(
    database: Database, lindby: Town, arabic: Answer
) -> None:
    first = await mark(database, lindby, arabic, "Petra")
    assert first is not None
    async with database.transaction(lindby.staff()) as db:
        assert await answer_reviews.take_back_review(db, arabic, first)
    second = await mark(database, lindby, arabic, "Johan")
    async with database.transaction(lindby.staff()) as db:
        assert not await answer_reviews.take_back_review(db, arabic, first)
        found = await answer_reviews.find_review(db, arabic)
    assert found == answer_reviews.ReviewMark(second, "Johan Ek", NOW)  # type: ignore[arg-type]


async def test_a_mark_holds_in_its_municipality_and_for_its_text(
    database: Database, lindby: Town, arabic: Answer
) -> None:
    await mark(database, lindby, arabic, "Petra")
    resident = lindby.resident(UUID(int=1))
    other = await find_town(database, "strandby")
    async with database.transaction(resident) as db:
        assert await answer_reviews.is_reviewed(db, arabic)
        assert not await answer_reviews.is_reviewed(db, replace(arabic, title="Other"))
        assert await answer_reviews.reviewed_texts(db, "se") == {arabic.text_hash}
    async with database.transaction(other.system) as db:
        assert not await answer_reviews.is_reviewed(db, arabic)
        assert await answer_reviews.is_reviewed(db, replace(arabic, review=Review.NATIVE))


async def test_a_mark_goes_half_a_year_later_if_no_answer_says_its_text_any_more(
    database: Database, lindby: Town, arabic: Answer
) -> None:
    changed = replace(arabic, title="Other")
    for said in (arabic, changed):
        await mark(database, lindby, said, "Petra")
    left = []
    for days in (182, 184):
        async with database.transaction(lindby.system) as db:
            now = NOW + timedelta(days=days)
            await answer_reviews.forget_gone_texts(db, answers(), now)
            left.append(await answer_reviews.reviewed_texts(db, "se"))
    assert left == [{arabic.text_hash, changed.text_hash}, {arabic.text_hash}]


async def test_who_works_in_another_body_is_not_named(
    database: Database, lindby: Town, arabic: Answer
) -> None:
    first = await mark(database, lindby, arabic, "Petra")
    async with database.transaction(lindby.staff("benefits")) as db:
        found = await answer_reviews.find_review(db, arabic)
    assert found == answer_reviews.ReviewMark(first, "", NOW)  # type: ignore[arg-type]


async def test_what_a_source_said_is_remembered_when_it_says_something_else(
    database: Database, lindby: Town, urls: Urls
) -> None:
    source = answers().source("se", "id_card")
    assert source is not None
    changed = replace(source, sections=(replace(source.sections[0], written="Now.", hash="new"),))
    clock = MovingClock(NOW)
    for said in (source, changed, source):
        known = Answers({("se", "id_card", "sv"): said})
        await answer_reviews.remember_sources(
            Core(SETTINGS, database, Hints(urls.app), clock, known)
        )
        clock.now += timedelta(days=1)
    async with database.transaction(lindby.system) as db:
        texts = await answer_reviews.find_source_texts(db, "se", "id_card")
        days = await answer_reviews.source_days(db, "se")
        assert await db.scalar(text("select count(*) from source_text")) == len(texts)
    assert texts == {
        **{(part.id, part.hash): part.written for part in source.sections},
        ("what", "new"): "Now.",
    }
    assert days["id_card", "what", "new"] == NOW + timedelta(days=1)
    assert days["id_card", "what", source.sections[0].hash] == NOW


@pytest.mark.parametrize("deed", ["update source_text set text = ''", "delete from source_text"])
async def test_what_a_source_said_can_be_neither_changed_nor_deleted(
    database: Database, lindby: Town, deed: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.transaction(lindby.system) as db:
            await db.execute(text(deed))
