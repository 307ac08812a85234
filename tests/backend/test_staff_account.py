"""What an account may be called, its passwords, and its end."""

import pytest
from sqlalchemy import select

from backend.db import Database
from backend.places import RouteKind
from backend.staff import (
    AccountRefused,
    NameTaken,
    Role,
    ShortPassword,
    SignIn,
    SignInNameTaken,
    Staff,
    WrongPassword,
    add_staff,
    change_password,
    check_password,
    deactivate,
    first_console_language,
    random_password,
    sign_in,
)
from content.person_name import ConfusableName
from tests.conftest import PASSWORD
from tests.people import Town, find_town, municipality_of

NADIA = "nadia@lindby.example"


async def adds(
    database: Database,
    town: Town,
    name: str = "Nadia Saleh",
    sign_in_name: str | None = NADIA,
    password: str | None = PASSWORD,
    body: str = "integration",
) -> Staff:
    account = Staff(
        municipality_id=town.id,
        body_id=town.bodies[body],
        name=name,
        sign_in_name=sign_in_name,
        languages=["sv"],
    )
    async with database.transaction(town.system) as db:
        await add_staff(db, town.id, account, roles=[Role.CASEWORKER], password=password)
    return account


async def open_sign_ins(database: Database, town: Town, account: Staff) -> int:
    async with database.transaction(town.system) as db:
        query = select(SignIn.id).where(SignIn.staff_id == account.id, SignIn.ended_at.is_(None))
        return len((await db.scalars(query)).all())


async def test_a_short_password_makes_no_account(database: Database) -> None:
    lindby = await find_town(database)
    with pytest.raises(ShortPassword, match="at least 15 characters"):
        await adds(database, lindby, password="fourteen chars")
    assert await municipality_of(database, NADIA, RouteKind.STAFF) is None
    assert (await adds(database, lindby, password="fifteen chars ok")).sign_in_name == NADIA


@pytest.mark.parametrize(
    ("name", "sign_in_name", "body", "refusal"),
    [
        ("Maria Lindqvist", NADIA, "integration", NameTaken),
        ("maria LINDQVIST", NADIA, "integration", NameTaken),
        ("Nadia Saleh", "Maria@lindby.example", "integration", SignInNameTaken),
        ("Nadia Saleh", "aino@saarela.example", "benefits", SignInNameTaken),
        ("N\u0430dia Saleh", NADIA, "integration", ConfusableName),
        ("Nadia Saleh", "n\u0430dia@lindby.example", "integration", ConfusableName),
        ("Nadia\u200b Saleh", None, "integration", ConfusableName),
    ],
)
async def test_names_that_others_have_or_could_be_taken_for_are_refused(
    shared_database: Database,
    lindby: Town,
    name: str,
    sign_in_name: str | None,
    body: str,
    refusal: type[AccountRefused | ConfusableName],
) -> None:
    with pytest.raises(refusal):
        await adds(shared_database, lindby, name, sign_in_name, body=body)


async def test_a_name_is_free_again_in_another_body_and_after_its_owner_left(
    database: Database,
) -> None:
    lindby = await find_town(database)
    first = await adds(database, lindby)
    await adds(database, lindby, sign_in_name="nadia.benefits@lindby.example", body="benefits")
    async with database.transaction(lindby.system) as db:
        await deactivate(db, first.id)
    second = await adds(database, lindby, sign_in_name="nadia2@lindby.example")
    assert second.name == first.name


async def test_a_name_without_a_password_is_kept_for_its_owner(database: Database) -> None:
    lindby, strandby = await find_town(database), await find_town(database, "strandby")
    account = await adds(database, lindby, sign_in_name=NADIA.upper(), password=None)
    assert (account.sign_in_name, account.password_hash) == (NADIA, None)
    with pytest.raises(SignInNameTaken):
        await adds(database, strandby)
    async with database.transaction(lindby.system) as db:
        await change_password(db, account.id, PASSWORD)
        assert (await check_password(db, NADIA, PASSWORD)).id == account.id


async def test_a_new_password_ends_what_the_old_one_opened(database: Database) -> None:
    lindby = await find_town(database)
    account = await adds(database, lindby)
    async with database.transaction(lindby.system) as db:
        await sign_in(db, account)
    async with database.transaction(lindby.system) as db:
        with pytest.raises(ShortPassword):
            await change_password(db, account.id, "short")
    assert await open_sign_ins(database, lindby, account) == 1
    async with database.transaction(lindby.system) as db:
        await change_password(db, account.id, "a quite different sentence")
    assert await open_sign_ins(database, lindby, account) == 0
    async with database.transaction(lindby.system) as db:
        with pytest.raises(WrongPassword):
            await check_password(db, NADIA, PASSWORD)
        assert (await check_password(db, NADIA, "a quite different sentence")).id == account.id


async def test_who_is_deactivated_is_signed_out_and_cannot_come_back(database: Database) -> None:
    lindby = await find_town(database)
    account = await adds(database, lindby)
    async with database.transaction(lindby.system) as db:
        await sign_in(db, account)
        await deactivate(db, account.id)
        with pytest.raises(WrongPassword):
            await check_password(db, NADIA, PASSWORD)
    assert await open_sign_ins(database, lindby, account) == 0


def test_random_passwords_are_long_enough_and_never_the_same() -> None:
    passwords = {random_password() for _ in range(100)}
    assert len(passwords) == 100
    assert {len(password) for password in passwords} == {19}


def test_the_console_begins_in_swedish_or_english() -> None:
    assert [first_console_language(code) for code in ("sv", "fi", "da")] == ["sv", "en", "en"]
