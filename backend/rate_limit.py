"""Counters shared by all processes: a refusal says when to come back."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

COUNT = text(
    """
    insert into rate_counter (key, window_start, count)
    values (:key, to_timestamp(floor(extract(epoch from now()) / :seconds) * :seconds), 1)
    on conflict (municipality_id, key, window_start) do update set count = rate_counter.count + 1
    returning count, window_start
    """
)


class TooMany(Exception):
    """More than allowed in this window."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


async def count(db: AsyncSession, key: str, *, limit: int, window: timedelta) -> None:
    """Counts one event under `key`; raises TooMany beyond `limit` in the running window."""
    seconds = window.total_seconds()
    number, window_start = (await db.execute(COUNT, {"key": key, "seconds": seconds})).one()
    if number > limit:
        left = window_start + window - datetime.now(UTC)
        raise TooMany(max(1, int(left.total_seconds()) + 1))
