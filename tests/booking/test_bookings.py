"""A booking's code and link, and finding it again."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from backend.db import Database
from booking.bookings import (
    CODE_ALPHABET,
    BookingGone,
    coming_bookings,
    find_booking,
    link_token,
    linked_id,
    lock_booking,
    new_code,
    spaced,
)
from booking.cancel_booking import cancel_booking
from booking.sessions import Slot
from tests.conftest import NOW
from tests.people import Town, arrive, book_time, hold_time, open_slots

KEY = "a-secret-key-for-tests-with-enough-length"
BOOKING = UUID("0f9f5e1c-3b53-4f0e-9d51-6f4f6a3c2b11")


def test_codes_have_six_letters_and_digits_that_nobody_mixes_up() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert {len(code) for code in codes} == {6}
    assert set("".join(codes)) <= set(CODE_ALPHABET)
    assert not set("IO01") & set(CODE_ALPHABET)


def test_a_code_is_read_in_two_groups() -> None:
    assert spaced("K7M4QX") == "K7M 4QX"


def test_a_link_leads_back_to_its_booking() -> None:
    assert linked_id(KEY, "booking", link_token(KEY, "booking", BOOKING)) == BOOKING


def test_a_link_is_of_one_kind() -> None:
    assert linked_id(KEY, "ticket", link_token(KEY, "booking", BOOKING)) is None


def test_a_link_of_another_key_is_not_ours() -> None:
    other = "another-secret-key-with-enough-length-for-it"
    assert linked_id(KEY, "booking", link_token(other, "booking", BOOKING)) is None


def test_a_link_with_another_id_under_the_same_seal_is_not_ours() -> None:
    sealed = urlsafe_b64decode(link_token(KEY, "booking", BOOKING))
    forged = urlsafe_b64encode(uuid4().bytes + sealed[16:]).decode()
    assert linked_id(KEY, "booking", forged) is None


@pytest.mark.parametrize("position", [0, 15, 16, 47])
def test_a_link_with_one_changed_byte_is_not_ours(position: int) -> None:
    content = bytearray(urlsafe_b64decode(link_token(KEY, "booking", BOOKING)))
    content[position] ^= 1
    assert linked_id(KEY, "booking", urlsafe_b64encode(content).decode()) is None


@pytest.mark.parametrize("token", ["", "a", "abcd", "räka", "\x00", "ل" * 64, "A" * 64, "A" * 9999])
def test_what_is_no_link_is_not_ours(token: str) -> None:
    assert linked_id(KEY, "booking", token) is None


def test_a_link_stands_in_an_address_without_escapes() -> None:
    token = link_token(KEY, "booking", BOOKING)
    assert len(token) == 64
    assert token.replace("-", "").replace("_", "").isalnum()


async def test_a_booking_is_found_by_its_own_resident_only(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        assert (await find_booking(db, booking.id)).code == booking.code
        assert (await lock_booking(db, booking.id)).code == booking.code
    async with shared_database.transaction(lindby.resident(yusuf)) as db:
        with pytest.raises(BookingGone):
            await find_booking(db, booking.id)
        with pytest.raises(BookingGone):
            await lock_booking(db, booking.id)


async def test_coming_bookings_are_the_confirmed_ones_that_are_not_over(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    hers, his, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, hers)
    await hold_time(shared_database, lindby, yusuf, his)
    async with shared_database.transaction(lindby.system) as db:
        slot = (await db.scalars(select(Slot).where(Slot.id == hers))).one()
        found = await coming_bookings(db, amina.id, NOW)
        assert [(row.id, its.id) for row, its in found] == [(booking.id, hers)]
        assert len(await coming_bookings(db, amina.id, slot.starts)) == 1
        assert await coming_bookings(db, amina.id, slot.ends) == []
        assert await coming_bookings(db, yusuf.id, NOW) == []


async def test_a_cancelled_booking_is_no_longer_coming(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await cancel_booking(db, booking.id, NOW)
        assert await coming_bookings(db, amina.id, NOW) == []
