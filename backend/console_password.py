"""Checks a name and password without telling which names exist, and slows down guessing."""

import math
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend import audit
from backend.app_state import Core
from backend.places import RouteKind, enter_by_slug, enter_by_token, sha256
from backend.rate_limit import TooMany, count
from backend.staff import WrongPassword, check_password, sign_in

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
    async with core.database.outside_walls() as db:
        if await enter_by_token(db, name.lower(), RouteKind.STAFF) is None:
            # No municipality has this name: refused in the same time, recorded in the default one.
            await enter_by_slug(db, core.settings.default_municipality)
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
    by_name = f"sign_in:name:{sha256(name.lower()).hex()}"
    by_address = f"sign_in:address:{address}"
    try:
        async with core.database.outside_walls() as db:
            await enter_by_slug(db, core.settings.default_municipality)
            for limit, window in TRIES_PER_ADDRESS:
                await count(db, f"{by_address}:{window}", limit=limit, window=window)
            for limit, window in TRIES_PER_NAME:
                await count(db, f"{by_name}:{window}", limit=limit, window=window)
    except TooMany as refusal:
        raise TooManyTries(refusal.retry_after) from refusal


async def _record_refusal(db: AsyncSession, name: str) -> None:
    """Only a hash: people type passwords into the wrong field."""
    await audit.record(db, "sign_in_refused", "sign_in_name", sha256(name.lower()).hex()[:16])
