"""Lines without an answer: counted where the municipality keeps them, and gone in time."""

from uuid import UUID

import pytest
from sqlalchemy import text

from backend import unanswered
from backend.db import Database, resident
from backend.tidy import tidy
from backend.unanswered import Reason, Unanswered
from tests.people import Town, find_town

MARKET = Unanswered("where is the market", "en", Reason.MISSED, ("transport", "library_leisure"))
BANK = Unanswered("bank no", "en", Reason.CORRECTED, ("id_card", "bank_account"), "bank_account")


@pytest.fixture
async def lindby(database: Database) -> Town:
    return await find_town(database)


async def kept(database: Database, town: Town, what: str) -> list[tuple[object, ...]]:
    query = text(f"select {what} from unanswered_line order by text")
    async with database.transaction(town.system) as db:
        return [tuple(row) for row in await db.execute(query)]


async def keep(database: Database, town: Town, *lines: Unanswered) -> None:
    for line in lines:
        async with database.transaction(resident(town.id)) as db:
            await unanswered.keep(db, line)


async def ids(database: Database, town: Town) -> list[UUID]:
    return [row[0] for row in await kept(database, town, "id")]  # type: ignore[misc]


async def test_equal_lines_are_counted_and_the_last_choice_stays(
    database: Database, lindby: Town
) -> None:
    again = Unanswered(MARKET.text, "en", Reason.CORRECTED, ("find_work",), "find_work")
    await keep(database, lindby, MARKET, again, MARKET)
    columns = "text, language, reason, nearest, meant, times, seen_on = current_date, intent"
    assert await kept(database, lindby, columns) == [
        (MARKET.text, "en", "missed", list(MARKET.nearest), "find_work", 3, True, None)
    ]


async def test_nothing_is_kept_where_the_municipality_has_not_turned_it_on(
    database: Database,
) -> None:
    strandby = await find_town(database, "strandby")
    await keep(database, strandby, MARKET)
    assert await kept(database, strandby, "text") == []


async def test_turning_it_off_removes_all(database: Database, lindby: Town) -> None:
    await keep(database, lindby, MARKET)
    async with database.outside_walls() as db:
        await db.execute(text("update municipality set keeps_unanswered = false"))
    await keep(database, lindby, BANK)
    async with database.transaction(lindby.system) as db:
        await tidy(db)
    assert await kept(database, lindby, "text") == []


async def test_a_line_leads_to_nobody(database: Database, lindby: Town) -> None:
    query = text(
        "select column_name, data_type from information_schema.columns"
        " where table_name = 'unanswered_line' and (column_name ~ 'conversation|resident|staff'"
        " or data_type like 'timestamp%')"
    )
    async with database.transaction(lindby.system) as db:
        assert (await db.execute(query)).all() == []


@pytest.mark.parametrize(
    ("age", "left"),
    [
        ("seen_on = current_date - interval '5 months'", [(BANK.text,), (MARKET.text,)]),
        ("seen_on = current_date - interval '7 months'", [(BANK.text,)]),
        ("intent = 'transport', exported_on = current_date - 29", [(BANK.text,), (MARKET.text,)]),
        ("intent = 'transport', exported_on = current_date - 31", [(BANK.text,)]),
    ],
)
async def test_lines_go_after_six_months_and_a_month_after_their_export(
    database: Database, lindby: Town, age: str, left: list[tuple[object, ...]]
) -> None:
    await keep(database, lindby, MARKET, BANK)
    async with database.transaction(lindby.system) as db:
        await db.execute(text(f"update unanswered_line set {age} where text = '{MARKET.text}'"))
        await tidy(db)
    assert await kept(database, lindby, "text") == left


async def test_a_decision_is_made_once_and_can_be_taken_back(
    database: Database, lindby: Town
) -> None:
    await keep(database, lindby, BANK, MARKET)
    bank, market = await ids(database, lindby)
    async with database.transaction(lindby.staff()) as db:
        assert await unanswered.approve(db, [bank], "bank_account") == [bank]
        assert await unanswered.approve(db, [bank, market], "transport") == [market]
        assert await unanswered.dismiss(db, [bank]) == []
        assert await unanswered.take_back(db, [market]) == [market]
        assert await unanswered.dismiss(db, [market]) == [market]
        assert await unanswered.count_open(db) == {}
        assert [(line.text, line.intent) for line in await unanswered.list_approved(db)] == [
            (BANK.text, "bank_account")
        ]
