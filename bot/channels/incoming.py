"""What every channel does with what people send, before it is stored."""

import re
from datetime import timedelta
from uuid import UUID

from backend.db import Database, system
from backend.inbox import Received
from backend.rate_limit import count

MAX_CHARACTERS = 4_000
MAX_BYTES = 16 * 1024
PER_MINUTE = 20
PER_DAY = 200

# C0 and C1 without line feed and tab; NUL cannot be stored at all. Lone surrogates are halves of
# characters that some phones cut; tag characters are invisible.
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\U000e0000-\U000e007f]")


def clean(text: str) -> str:
    """The text without what cannot be stored or would hide; ZWNJ and ZWJ carry meaning and stay."""
    return UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_too_long(text: str) -> bool:
    return len(text) > MAX_CHARACTERS or len(text.encode()) > MAX_BYTES


async def count_message(database: Database, municipality_id: UUID, received: Received) -> None:
    """Raises TooMany beyond 20 messages a minute or 200 a day in one conversation."""
    async with database.transaction(system(municipality_id)) as db:
        key = f"message:{received.conversation_id}"
        await count(db, key, limit=PER_MINUTE, window=timedelta(minutes=1))
        await count(db, f"{key}:day", limit=PER_DAY, window=timedelta(days=1))
