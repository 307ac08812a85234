"""Signing in to the console, and what it takes to stay signed in."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.db import Database, system
from backend.places import find_municipality, sha256
from backend.staff import Role, SignIn, change_roles, sign_out
from tests.backend.console_app import Browser, audit_of, browser_of, make_console
from tests.conftest import PASSWORD, Urls

MARIA = "maria@lindby.example"
LEYLA = "leyla@lindby.example"
EVA = "eva@lindby.example"
PETRA = "petra@lindby.example"


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


async def test_caseworker_signs_in_and_lands_in_the_inbox(app: FastAPI) -> None:
    browser = Browser(app)
    answer = await browser.sign_in(MARIA)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
    assert (await browser.get("/staff")).headers["location"] == "/staff/inbox"
    assert (await browser.get("/staff/inbox")).status_code == 200


async def test_sign_in_is_audited_and_only_the_hash_of_its_token_is_stored(
    app: FastAPI, database: Database
) -> None:
    browser = Browser(app)
    await browser.sign_in(MARIA)
    token = browser.http.cookies["landa_staff"]
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        stored = await db.scalar(text("select token_sha256 from sign_in"))
    assert stored == sha256(token)
    assert await audit_of(database) == [("sign_in", "staff")]


async def test_cookie_is_closed_to_script_and_other_sites(app: FastAPI) -> None:
    browser = Browser(app)
    answer = await browser.sign_in(MARIA)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("name", [MARIA, "nobody@lindby.example"])
async def test_wrong_password_and_unknown_name_get_the_same_answer(
    app: FastAPI, database: Database, name: str
) -> None:
    browser = Browser(app)
    answer = await browser.sign_in(name, "not the right password")
    assert answer.status_code == 401
    assert "Wrong e-mail or password." in answer.text
    assert "landa_staff" not in browser.http.cookies
    assert await audit_of(database) == [("sign_in_refused", "sign_in_name")]


async def test_the_audit_of_a_refusal_does_not_hold_what_was_typed(
    app: FastAPI, database: Database
) -> None:
    await Browser(app).sign_in("my secret password", "x")
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        subject = await db.scalar(text("select subject_id from audit"))
    assert subject == sha256("my secret password").hex()[:16]


async def test_sixth_try_within_a_minute_has_to_wait(app: FastAPI) -> None:
    browser = Browser(app)
    answers = [(await browser.sign_in(MARIA, "wrong")).status_code for _ in range(6)]
    last = await browser.sign_in(MARIA, PASSWORD)
    # The counter's minute may have begun anew between two tries.
    assert answers.count(401) >= 5
    assert last.status_code in (303, 429)
    if last.status_code == 429:
        assert "Wait 1 minute and try again." in last.text
        assert 1 <= int(last.headers["retry-after"]) <= 61


@pytest.mark.parametrize("name", ["", "a\x00b", "x" * 5000, "<script>alert(1)</script>"])
async def test_strange_names_are_refused_kindly(app: FastAPI, name: str) -> None:
    answer = await Browser(app).sign_in(name, "whatever")
    assert answer.status_code in (401, 422)
    assert "<script>alert" not in answer.text


async def test_sign_in_form_of_another_page_is_refused(app: FastAPI) -> None:
    browser = Browser(app)
    await browser.get("/staff/sign-in")
    browser.csrf = "0" * 64
    answer = await browser.post("/staff/sign-in", name=MARIA, password=PASSWORD)
    assert answer.status_code == 403
    assert "Please sign in again." in answer.text


async def test_post_from_another_site_is_refused(app: FastAPI) -> None:
    async with browser_of(app, MARIA) as browser:
        answer = await browser.http.post(
            "/staff/sign-out", data={"csrf": browser.csrf}, headers={"sec-fetch-site": "cross-site"}
        )
        assert answer.status_code == 403
        assert (await browser.get("/staff/inbox")).status_code == 200


async def test_the_form_token_of_one_log_in_does_not_open_another(app: FastAPI) -> None:
    async with browser_of(app, MARIA) as maria, browser_of(app, LEYLA) as leyla:
        leyla.csrf = maria.csrf
        assert (await leyla.post("/staff/sign-out")).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "/staff",
        "/staff/inbox",
        "/staff/day",
        "/staff/drop-in",
        "/staff/unanswered",
        "/staff/answers",
        "/staff/answers/id_card/ar",
        "/staff/translations",
        "/staff/translations/file?language=ar",
        "/staff/me",
    ],
)
async def test_without_log_in_every_page_leads_to_the_door(app: FastAPI, url: str) -> None:
    answer = await Browser(app).get(url)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/sign-in")


async def test_script_and_stream_without_log_in_get_401(app: FastAPI) -> None:
    browser = Browser(app)
    part = await browser.get("/staff/inbox/queue", **{"hx-request": "true"})
    stream = await browser.get("/staff/events?topics=queue", accept="text/event-stream")
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/staff/sign-in")
    assert stream.status_code == 401


async def test_signing_out_ends_the_log_in_for_good(app: FastAPI, database: Database) -> None:
    async with browser_of(app, MARIA) as browser:
        token = browser.http.cookies["landa_staff"]
        await browser.post("/staff/sign-out")
        browser.http.cookies.set("landa_staff", token)
        assert (await browser.get("/staff/inbox")).status_code == 303
        assert await audit_of(database) == [("sign_in", "staff"), ("sign_out", "staff")]


async def test_signing_in_again_ends_the_former_log_in(app: FastAPI) -> None:
    async with browser_of(app, MARIA) as browser:
        former = browser.http.cookies["landa_staff"]
        await browser.sign_in(MARIA)
        other = Browser(app)
        other.http.cookies.set("landa_staff", former)
        assert (await other.get("/staff/inbox")).status_code == 303


@pytest.mark.parametrize(
    ("column", "age"), [("seen_at", timedelta(minutes=31)), ("created_at", timedelta(hours=13))]
)
async def test_idle_and_old_log_ins_end(
    app: FastAPI, database: Database, column: str, age: timedelta
) -> None:
    async with browser_of(app, MARIA) as browser:
        place = await find_municipality(database, "lindby")
        async with database.transaction(system(place.id)) as db:
            await db.execute(text(f"update sign_in set {column} = now() - :age"), {"age": age})
        assert (await browser.get("/staff/inbox")).status_code == 303


async def test_a_page_that_refreshes_itself_does_not_keep_the_log_in_alive(
    app: FastAPI, database: Database
) -> None:
    place = await find_municipality(database, "lindby")
    age = {"age": timedelta(minutes=10)}
    async with browser_of(app, MARIA) as browser:
        async with database.transaction(system(place.id)) as db:
            await db.execute(text("update sign_in set seen_at = now() - :age"), age)
        await browser.get("/staff/inbox/queue", **{"hx-request": "true"})
        async with database.transaction(system(place.id)) as db:
            is_old = await db.scalar(text("select seen_at < now() - interval '9 min' from sign_in"))
        assert is_old is True


async def test_a_deactivated_account_is_out_at_the_next_click(
    app: FastAPI, database: Database
) -> None:
    async with browser_of(app, MARIA) as browser:
        place = await find_municipality(database, "lindby")
        async with database.transaction(system(place.id)) as db:
            await db.execute(text("update staff set is_active = false"))
        assert (await browser.get("/staff/inbox")).status_code == 303


async def test_new_roles_end_the_log_ins_of_the_person(app: FastAPI, database: Database) -> None:
    async with browser_of(app, MARIA) as browser:
        place = await find_municipality(database, "lindby")
        async with database.transaction(system(place.id)) as db:
            maria = await db.scalar(
                text("select id from staff where sign_in_name = :name"), {"name": MARIA}
            )
            await change_roles(db, maria, {Role.RECEPTIONIST})
        assert (await browser.get("/staff/inbox")).status_code == 303


# Deny by default: what each role may open.
@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        (
            MARIA,
            {
                "/staff/inbox": 200,
                "/staff/day": 200,
                "/staff/drop-in": 403,
                "/staff/unanswered": 403,
                "/staff/answers": 403,
                "/staff/answers/id_card/ar": 403,
                "/staff/translations": 403,
                "/staff/translations/file?language=ar": 403,
            },
        ),
        (
            LEYLA,
            {
                "/staff/inbox": 403,
                "/staff/day": 200,
                "/staff/drop-in": 200,
                "/staff/unanswered": 403,
                "/staff/answers": 403,
                "/staff/answers/id_card/ar": 403,
                "/staff/translations": 403,
                "/staff/translations/file?language=ar": 403,
            },
        ),
        (
            EVA,
            {
                "/staff/inbox": 403,
                "/staff/day": 200,
                "/staff/drop-in": 403,
                "/staff/unanswered": 403,
                "/staff/answers": 403,
                "/staff/answers/id_card/ar": 403,
                "/staff/translations": 403,
                "/staff/translations/file?language=ar": 403,
            },
        ),
        (
            PETRA,
            {
                "/staff/inbox": 403,
                "/staff/day": 403,
                "/staff/drop-in": 403,
                "/staff/unanswered": 200,
                "/staff/answers": 200,
                "/staff/answers/id_card/ar": 200,
                "/staff/translations": 200,
                "/staff/translations/file?language=ar": 200,
            },
        ),
    ],
)
async def test_each_role_opens_only_its_pages(
    app: FastAPI, name: str, statuses: dict[str, int]
) -> None:
    async with browser_of(app, name) as browser:
        found = {url: (await browser.get(url)).status_code for url in statuses}
    assert found == statuses


async def test_the_rail_shows_only_what_the_role_may_open(app: FastAPI) -> None:
    async with browser_of(app, LEYLA) as browser:
        page = (await browser.get("/staff/me")).text
    assert 'href="/staff/day"' in page
    assert 'href="/staff/inbox"' not in page


async def test_language_of_the_console_can_be_changed(app: FastAPI) -> None:
    async with browser_of(app, MARIA) as browser:
        await browser.post("/staff/language", language="en")
        assert '<html lang="en"' in (await browser.get("/staff/inbox")).text
        refused = await browser.post("/staff/language", language="xx")
        assert refused.status_code == 422


async def test_pages_are_not_stored_and_carry_no_inline_script(app: FastAPI) -> None:
    async with browser_of(app, MARIA) as browser:
        answer = await browser.get("/staff/inbox")
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert " onclick" not in answer.text


async def test_a_colleague_of_another_municipality_signs_in_with_the_same_form(
    app: FastAPI,
) -> None:
    async with browser_of(app, "mette@strandby.example") as browser:
        assert "Strandby" in (await browser.get("/staff/inbox")).text


async def test_revoking_ends_only_the_named_persons_log_ins(
    app: FastAPI, database: Database
) -> None:
    place = await find_municipality(database, "lindby")
    async with browser_of(app, MARIA) as maria, browser_of(app, LEYLA) as leyla:
        async with database.transaction(system(place.id)) as db:
            account = await db.scalar(
                text("select id from staff where sign_in_name = :name"), {"name": MARIA}
            )
            await sign_out(db, SignIn.staff_id == account)
        assert (await maria.get("/staff/day")).status_code == 303
        assert (await leyla.get("/staff/day")).status_code == 200


async def test_a_look_at_the_inbox_leaves_one_trace_and_its_refreshing_none(
    app: FastAPI, database: Database
) -> None:
    async with browser_of(app, MARIA) as maria:
        await maria.get("/staff/inbox")
        await maria.get("/staff/inbox/queue", **{"hx-request": "true"})
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        read = text(
            "select name, action, subject, subject_id = audit.body_id::text from audit"
            " join staff on staff.id = staff_id where action = 'read'"
        )
        rows = [tuple(row) for row in await db.execute(read)]
    assert rows == [("Maria Lindqvist", "read", "queue", True)]
