"""What every channel does with what people send, before it is stored."""

from datetime import timedelta

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from backend.plain_text import storable
from backend.rate_limit import count

MAX_CHARACTERS = 4_000
MAX_BYTES = 16 * 1024
# A whole school may come from one address.
STARTS_PER_HOUR = 600

clean = storable


def is_too_long(text: str) -> bool:
    return len(text) > MAX_CHARACTERS or len(text.encode()) > MAX_BYTES


async def count_start(db: AsyncSession, request: Request) -> None:
    """Raises TooMany when one address begins conversations without end."""
    address = request.client.host if request.client else "unknown"
    await count(db, f"start:{address}", limit=STARTS_PER_HOUR, window=timedelta(hours=1))
