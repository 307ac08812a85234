"""What every channel does with what people send, before it is stored."""

from datetime import timedelta
from uuid import UUID

from backend.db import Database, system
from backend.inbox import Received
from backend.plain_text import storable
from backend.rate_limit import count

MAX_CHARACTERS = 4_000
MAX_BYTES = 16 * 1024
PER_MINUTE = 20
PER_DAY = 200

clean = storable


def is_too_long(text: str) -> bool:
    return len(text) > MAX_CHARACTERS or len(text.encode()) > MAX_BYTES


async def count_message(database: Database, municipality_id: UUID, received: Received) -> None:
    """Raises TooMany beyond 20 messages a minute or 200 a day in one conversation."""
    async with database.transaction(system(municipality_id)) as db:
        key = f"message:{received.conversation_id}"
        await count(db, key, limit=PER_MINUTE, window=timedelta(minutes=1))
        await count(db, f"{key}:day", limit=PER_DAY, window=timedelta(days=1))
