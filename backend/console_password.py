"""Checks a name and password without telling which names exist, and slows down guessing."""

import math
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend import audit
from backend.app_state import Core
from backend.db import system
from backend.places import RouteKind, find_municipality, find_route, sha256
from backend.rate_limit import TooMany, count
from backend.staff import WrongPassword, check_password, refuse_unknown, sign_in

MAX_PASSWORD = 1000
# The longer somebody goes on, the longer the wait; nobody is locked out for good.
TRIES_PER_NAME = (
    (5, timedelta(minutes=1)),
    (15, timedelta(minutes=15)),
    (30, timedelta(hours=2)),
    (60, timedelta(days=1)),
)
# A whole office comes from one address and signs in at eight o'clock.
TRIES_PER_ADDRESS = (
    (40, timedelta(minutes=1)),
    (120, timedelta(minutes=15)),
    (300, timedelta(hours=2)),
)


class TooManyTries(Exception):
    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after
        self.minutes = math.ceil(retry_after / 60)


async def check_sign_in(core: Core, name: str, password: str, address: str) -> str:
    """The token of a new log-in. Raises WrongPassword or TooManyTries."""
    await _slow_down(core, name, address)
    municipality_id = await find_route(core.database, name.lower(), RouteKind.STAFF)
    if municipality_id is None:
        return await _refuse(core, name, password)
    async with core.database.transaction(system(municipality_id)) as db:
        try:
            account = await check_password(db, name, password)
        except WrongPassword:
            await _record_refusal(db, name)
        else:
            await audit.record(
                db, "sign_in", "staff", account.id, body_id=account.body_id, staff_id=account.id
            )
            return await sign_in(db, account)
    raise WrongPassword


async def _slow_down(core: Core, name: str, address: str) -> None:
    """Counted in the default municipality, because an unknown name has none."""
    home = await find_municipality(core.database, core.settings.default_municipality)
    by_name = f"sign_in:name:{sha256(name.lower()).hex()}"
    by_address = f"sign_in:address:{address}"
    try:
        async with core.database.transaction(system(home.id)) as db:
            for limit, window in TRIES_PER_ADDRESS:
                await count(db, f"{by_address}:{window}", limit=limit, window=window)
            for limit, window in TRIES_PER_NAME:
                await count(db, f"{by_name}:{window}", limit=limit, window=window)
    except TooMany as refusal:
        raise TooManyTries(refusal.retry_after) from refusal


async def _refuse(core: Core, name: str, password: str) -> str:
    home = await find_municipality(core.database, core.settings.default_municipality)
    async with core.database.transaction(system(home.id)) as db:
        try:
            await refuse_unknown(password)
        except WrongPassword:
            await _record_refusal(db, name)
    raise WrongPassword


async def _record_refusal(db: AsyncSession, name: str) -> None:
    """Only a hash: people type passwords into the wrong field."""
    await audit.record(db, "sign_in_refused", "sign_in_name", sha256(name.lower()).hex()[:16])
