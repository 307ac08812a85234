"""The editor's page: what nobody answered becomes training lines, or goes."""

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend import unanswered
from backend.db import Database
from backend.unanswered import Reason, Unanswered
from tests.backend.console_app import Browser, audit_of, browser_of, make_console
from tests.conftest import Urls
from tests.people import Town, find_town

PETRA, MARIA = "petra@lindby.example", "maria@lindby.example"
PAGE = "/staff/unanswered"
PARKING = Unanswered("where can i park my car", "en", Reason.MISSED, ("transport", "tax_card"))
PARKING_TOO = Unanswered("where can i park my car here", "en", Reason.MISSED, ("transport",))
CARD = Unanswered("bank says no …", "en", Reason.CORRECTED, ("bank_account", "id_card"), "id_card")
ARABIC = Unanswered("كيف افتح حساب", "ar", Reason.FEEDBACK, ("bank_account",))


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


@pytest.fixture
async def lindby(database: Database) -> Town:
    town = await find_town(database)
    async with database.transaction(town.system) as db:
        for line in (PARKING, PARKING, PARKING_TOO, CARD, ARABIC):
            await unanswered.keep(db, line)
    return town


async def lines(database: Database, town: Town) -> dict[str, str | None]:
    """The id that each line is approved for."""
    async with database.transaction(town.system) as db:
        return dict((await db.execute(text("select text, intent from unanswered_line"))).all())  # type: ignore[arg-type]


async def decide(browser: Browser, *said: str, **fields: str) -> str:
    """Sends the form with the boxes of these lines ticked; where it leads to."""
    page = (await browser.get(f"{PAGE}?language=en")).text
    ids = dict(re.findall(r'value="([0-9a-f-]{36})" checked><bdi[^>]*>([^<]*)<', page))
    ticked = [number for number, words in ids.items() if words in said]
    assert len(ticked) == len(said)
    data = {"csrf": browser.csrf, "language": "en", "line": ticked, **fields}
    answer = await browser.http.post(PAGE, data=data)
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.mark.usefixtures("lindby")
async def test_similar_lines_stand_together_the_most_frequent_first(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        page = (await petra.get(PAGE)).text
    assert re.findall(r"<legend><b>(.*?)</b>", page) == ["2 lines", "1 line"]
    assert re.findall(r"checked><bdi[^>]*>(.*?)</bdi>", page) == [
        PARKING.text,
        PARKING_TOO.text,
        CARD.text,
    ]
    assert "Nearest: Travel and transport, Tax" in page
    assert "Nearest: ID card, Bank account" in page
    assert "2 times" in page
    assert "Meant: ID card" in page


@pytest.mark.usefixtures("lindby")
async def test_each_language_has_its_own_groups(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        page = (await petra.get(f"{PAGE}?language=ar")).text
    assert re.findall(r"checked><bdi[^>]*>(.*?)</bdi>", page) == [ARABIC.text]
    assert 'dir="auto" lang="ar"' in page
    assert "The resident commented on the answer" in page


async def test_approved_lines_are_downloaded_and_can_be_taken_back(
    app: FastAPI, database: Database, lindby: Town
) -> None:
    async with browser_of(app, PETRA) as petra:
        where = await decide(
            petra, PARKING.text, PARKING_TOO.text, intent="transport", do="approve"
        )
        assert where == f"{PAGE}?language=en"
        file = await petra.post(f"{PAGE}/export")
        page = (await petra.get(PAGE)).text
        line = re.findall(r'name="line" value="([^"]+)"><button', page)[0]
        await petra.post(f"{PAGE}/take-back", line=line, language="en")
    assert (
        file.headers["content-disposition"]
        == 'attachment; filename="learned-lindby-2026-11-25.yml"'
    )
    assert file.text == (
        'version: "3.1"\nnlu:\n- intent: transport\n  metadata:\n    language: en\n'
        f"  examples: |\n    - {PARKING.text}\n    - {PARKING_TOO.text}\n"
    )
    assert await lines(database, lindby) == {
        PARKING.text: None,
        PARKING_TOO.text: "transport",
        CARD.text: None,
        ARABIC.text: None,
    }


async def test_dismissed_lines_are_gone(app: FastAPI, database: Database, lindby: Town) -> None:
    async with browser_of(app, PETRA) as petra:
        await decide(petra, PARKING.text, intent="transport", do="dismiss")
    assert set(await lines(database, lindby)) == {PARKING_TOO.text, CARD.text, ARABIC.text}


async def test_who_decided_what_is_audited(app: FastAPI, database: Database, lindby: Town) -> None:
    async with browser_of(app, PETRA) as petra:
        await decide(petra, PARKING.text, PARKING_TOO.text, intent="transport", do="approve")
        await decide(petra, CARD.text, do="dismiss")
        await petra.post(f"{PAGE}/export")
    deeds = [action for action, subject in await audit_of(database) if subject == "unanswered_line"]
    assert deeds == ["read", "approve", "approve", "read", "dismiss", "export"]
    by = (
        "select distinct name from audit join staff on staff.id = staff_id where action = 'approve'"
    )
    async with database.transaction(lindby.system) as db:
        assert (await db.scalars(text(by))).all() == ["Petra Nyman"]


@pytest.mark.parametrize(
    ("said", "fields", "problem"),
    [
        ((), {"intent": "transport", "do": "approve"}, "tick at least one line"),
        ((PARKING.text,), {"intent": "nonsense", "do": "approve"}, "choose what the lines"),
    ],
)
async def test_an_incomplete_form_changes_nothing_and_says_why(
    app: FastAPI,
    database: Database,
    lindby: Town,
    said: tuple[str, ...],
    fields: dict[str, str],
    problem: str,
) -> None:
    async with browser_of(app, PETRA) as petra:
        where = await decide(petra, *said, **fields)
        assert problem in (await petra.get(where)).text
    assert set((await lines(database, lindby)).values()) == {None}


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/take-back", f"{PAGE}/export"])
async def test_other_roles_can_neither_read_nor_decide(app: FastAPI, path: str) -> None:
    async with browser_of(app, MARIA) as maria:
        assert (await maria.get(PAGE)).status_code == 403
        assert (await maria.post(path)).status_code == 403


@pytest.mark.usefixtures("lindby")
async def test_a_line_that_is_no_id_is_refused(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        answer = await petra.post(PAGE, line="x", do="dismiss")
    assert answer.status_code == 422


async def test_where_it_is_off_the_page_says_so(app: FastAPI, database: Database) -> None:
    async with database.outside_walls() as db:
        await db.execute(text("update municipality set keeps_unanswered = false"))
    async with browser_of(app, PETRA) as petra:
        page = (await petra.get(PAGE)).text
    assert "Nothing is kept here" in page
    assert "keeps_unanswered = true" in page


async def test_without_lines_the_page_is_calm_and_tells_what_is_kept(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        page = (await petra.get(PAGE)).text
    assert "No line is waiting" in page
    assert "What is kept here, and why" in page
    assert "Download" not in page
