"""Staff accounts, what a role may do, and the log-in of a browser."""

import asyncio
import time
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from backend.db import Database
from backend.places import RouteKind, sha256
from backend.staff import (
    Permission,
    Role,
    SignIn,
    Staff,
    StaffRole,
    WrongPassword,
    add_staff,
    change_console_language,
    change_roles,
    check_password,
    find_colleague,
    hasher,
    is_signed_in,
    sign_in,
    sign_out,
    spoken_languages,
)
from tests.conftest import PASSWORD
from tests.people import Town, colleague, municipality_of

NADIA = "nadia@lindby.example"


@pytest.fixture
async def nadia(shared_database: Database, lindby: Town) -> Staff:
    """A caseworker who is new, so that tests may change her account."""
    account = Staff(
        municipality_id=lindby.id,
        body_id=lindby.bodies["integration"],
        name="Nadia Saleh",
        sign_in_name="Nadia@Lindby.example",
        languages=["sv", "ar"],
    )
    async with shared_database.transaction(lindby.system) as db:
        await db.execute(text("delete from staff where name = 'Nadia Saleh'"))
        await add_staff(db, lindby.id, account, roles=[Role.CASEWORKER], password=PASSWORD)
    return account


async def signs_in(database: Database, town: Town, account: Staff) -> str:
    async with database.transaction(town.system) as db:
        return await sign_in(db, account)


async def who(
    database: Database, town: Town, token: str, *, is_activity: bool = True
) -> frozenset[Permission] | None:
    """What the person behind the token may do; None when nobody is signed in."""
    async with database.transaction(town.system) as db:
        found = await find_colleague(db, token, is_activity=is_activity)
        return found.permissions if found else None


async def age(database: Database, town: Town, column: str, interval: str) -> None:
    async with database.transaction(town.system) as db:
        await db.execute(text(f"update sign_in set {column} = {column} - interval '{interval}'"))


CASEWORKER = frozenset(
    {Permission.SEE_DAY, Permission.CHANGE_SEATS, Permission.SEE_QUEUE, Permission.ANSWER}
)


async def test_a_sign_in_name_is_found_in_small_letters(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    assert nadia.sign_in_name == NADIA
    assert await municipality_of(shared_database, NADIA, RouteKind.STAFF) == lindby.id
    async with shared_database.transaction(lindby.system) as db:
        found = await check_password(db, "NADIA@lindby.example", PASSWORD)
    assert found.id == nadia.id


async def test_a_password_is_kept_as_a_slow_hash(nadia: Staff) -> None:
    assert nadia.password_hash is not None
    assert nadia.password_hash.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert PASSWORD not in nadia.password_hash


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (NADIA, PASSWORD + " "),
        (NADIA, PASSWORD.upper()),
        (NADIA, ""),
        ("nobody@lindby.example", PASSWORD),
        ("", PASSWORD),
    ],
)
async def test_a_wrong_name_and_a_wrong_password_are_refused_alike(
    shared_database: Database, lindby: Town, nadia: Staff, name: str, password: str
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        with pytest.raises(WrongPassword):
            await check_password(db, name, password)


async def test_who_has_left_cannot_sign_in(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    async with shared_database.transaction(lindby.system) as db:
        leave = text("update staff set is_active = false where id = :id")
        await db.execute(leave, {"id": nadia.id})
        with pytest.raises(WrongPassword):
            await check_password(db, NADIA, PASSWORD)
    assert await who(shared_database, lindby, token) is None


async def test_an_interpreter_without_an_account_cannot_sign_in(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        samira = (await db.scalars(select(Staff).where(Staff.name == "Samira Haddad"))).one()
        assert (samira.sign_in_name, samira.password_hash) == (None, None)
        with pytest.raises(WrongPassword):
            await check_password(db, "", "")


async def test_an_unknown_name_takes_the_time_of_a_check(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    async def seconds(name: str) -> float:
        started = time.perf_counter()
        async with shared_database.transaction(lindby.system) as db:
            with pytest.raises(WrongPassword):
                await check_password(db, name, "wrong")
        return time.perf_counter() - started

    one_hash = min([await seconds(NADIA) for _ in range(3)])
    assert min([await seconds("nobody") for _ in range(3)]) > one_hash / 4


async def test_an_old_hash_is_made_anew_at_the_next_log_in(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    async with shared_database.transaction(lindby.system) as db:
        weaken = text("update staff set password_hash = :old where id = :id")
        await db.execute(weaken, {"old": old, "id": nadia.id})
    async with shared_database.transaction(lindby.system) as db:
        await check_password(db, NADIA, PASSWORD)
    async with shared_database.transaction(lindby.system) as db:
        kept = await db.scalar(select(Staff.password_hash).where(Staff.id == nadia.id))
    assert kept is not None
    assert kept != old
    assert not hasher.check_needs_rehash(kept)
    assert hasher.verify(kept, PASSWORD)


async def test_a_log_in_is_known_by_its_token_of_which_only_the_hash_is_kept(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    assert await municipality_of(shared_database, token, RouteKind.SIGN_IN) == lindby.id
    async with shared_database.transaction(lindby.system) as db:
        found = await find_colleague(db, token)
        assert found is not None
        kept = await db.scalars(select(SignIn.token_sha256).where(SignIn.id == found.sign_in_id))
        assert kept.all() == [sha256(token)]
    assert (found.municipality_id, found.body_id) == (lindby.id, lindby.bodies["integration"])
    assert (found.staff_id, found.name, found.language) == (nadia.id, "Nadia Saleh", "sv")
    assert found.permissions == CASEWORKER


async def test_an_unknown_token_is_nobody(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    for other in ("", token[:-1], token + "x"):
        assert await who(shared_database, lindby, other) is None


async def test_half_an_hour_without_a_click_ends_the_log_in(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    await age(shared_database, lindby, "seen_at", "29 minutes")
    assert await who(shared_database, lindby, token) == CASEWORKER
    await age(shared_database, lindby, "seen_at", "31 minutes")
    assert await who(shared_database, lindby, token) is None


async def test_a_click_keeps_the_log_in_and_a_page_that_refreshes_itself_does_not(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    await age(shared_database, lindby, "seen_at", "20 minutes")
    assert await who(shared_database, lindby, token, is_activity=False) == CASEWORKER
    await age(shared_database, lindby, "seen_at", "20 minutes")
    assert await who(shared_database, lindby, token, is_activity=False) is None


async def test_twelve_hours_end_the_log_in_however_busy(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    await age(shared_database, lindby, "created_at", "11 hours 59 minutes")
    assert await who(shared_database, lindby, token) == CASEWORKER
    await age(shared_database, lindby, "created_at", "1 minute")
    assert await who(shared_database, lindby, token) is None


async def test_signing_out_ends_this_log_in_only(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    phone = await signs_in(shared_database, lindby, nadia)
    desk = await signs_in(shared_database, lindby, nadia)
    async with shared_database.transaction(lindby.system) as db:
        at_phone = await find_colleague(db, phone)
        at_desk = await find_colleague(db, desk)
        assert at_phone is not None
        assert at_desk is not None
        await sign_out(db, SignIn.id == at_phone.sign_in_id)
        assert await is_signed_in(db, at_phone.sign_in_id) is False
        assert await is_signed_in(db, at_desk.sign_in_id) is True
    assert await who(shared_database, lindby, phone) is None
    assert await who(shared_database, lindby, desk) == CASEWORKER


async def test_a_stream_learns_that_the_log_in_is_over(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    async with shared_database.transaction(lindby.system) as db:
        found = await find_colleague(db, token)
        assert found is not None
    await age(shared_database, lindby, "seen_at", "31 minutes")
    async with shared_database.transaction(lindby.staff()) as db:
        assert await is_signed_in(db, found.sign_in_id) is False


async def test_new_roles_hold_from_the_next_log_in_and_end_the_old_ones(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    async with shared_database.transaction(lindby.system) as db:
        await change_roles(db, nadia.id, {Role.RECEPTIONIST, Role.ADMIN})
    assert await who(shared_database, lindby, token) is None
    token = await signs_in(shared_database, lindby, nadia)
    assert await who(shared_database, lindby, token) == frozenset(
        {
            Permission.SEE_DAY,
            Permission.CHANGE_SEATS,
            Permission.SERVE_DROP_IN,
            Permission.SEE_AUDIT,
            Permission.MANAGE_STAFF,
        }
    )


async def test_without_a_role_nothing_is_allowed(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        await change_roles(db, nadia.id, set())
    token = await signs_in(shared_database, lindby, nadia)
    assert await who(shared_database, lindby, token) == frozenset()


async def test_each_role_may_do_its_own_work(shared_database: Database, lindby: Town) -> None:
    allowed = {}
    for name in ("Leyla", "Maria", "Eva"):
        account_id = (await colleague(shared_database, lindby, name)).staff_id
        allowed[name] = await permissions_of(shared_database, lindby, account_id)
    assert allowed == {
        "Leyla": {"see_day", "change_seats", "serve_drop_in"},
        "Maria": {"see_day", "change_seats", "see_queue", "answer"},
        "Eva": {"see_day", "see_audit", "manage_staff"},
    }


async def permissions_of(database: Database, town: Town, staff_id: UUID) -> set[str]:
    async with database.transaction(town.system) as db:
        account = (await db.scalars(select(Staff).where(Staff.id == staff_id))).one()
        token = await sign_in(db, account)
    found = await who(database, town, token)
    return {str(permission) for permission in found or ()}


async def test_the_console_speaks_the_language_that_was_chosen(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    token = await signs_in(shared_database, lindby, nadia)
    async with shared_database.transaction(lindby.staff()) as db:
        await change_console_language(db, nadia.id, "en")
    async with shared_database.transaction(lindby.system) as db:
        found = await find_colleague(db, token)
        assert found is not None
        assert found.language == "en"


async def test_the_languages_a_colleague_speaks_are_known(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    async with shared_database.transaction(lindby.staff()) as db:
        assert await spoken_languages(db, nadia.id) == ["sv", "ar"]
    async with shared_database.transaction(lindby.staff("benefits")) as db:
        assert await spoken_languages(db, nadia.id) == []


async def test_roles_belong_to_the_body_of_the_account(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    async with shared_database.transaction(lindby.staff()) as db:
        roles = await db.scalars(select(StaffRole.role).where(StaffRole.staff_id == nadia.id))
        assert roles.all() == ["caseworker"]
    async with shared_database.transaction(lindby.staff("benefits")) as db:
        roles = await db.scalars(select(StaffRole.role).where(StaffRole.staff_id == nadia.id))
        assert roles.all() == []


async def test_many_log_ins_at_once_do_not_stop_the_loop(
    shared_database: Database, lindby: Town, nadia: Staff
) -> None:
    """Hashing happens in threads: the loop turns many times meanwhile."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    turning = asyncio.create_task(turn())

    async def guess() -> None:
        async with shared_database.transaction(lindby.system) as db:
            await check_password(db, "nobody", "wrong")

    ended = await asyncio.gather(*(guess() for _ in range(6)), return_exceptions=True)
    turning.cancel()
    assert [type(end) for end in ended] == [WrongPassword] * 6
    assert turns > 6
