"""What is kept no longer than it is needed, and what should never be found at all."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Telegram repeats an update for a day at most, other messengers for a week. The longest window of
# a counter is a week as well. Messages that failed stay visible for a month.
OUTDATED = {
    "inbox": "state = 'done' and done_at < now() - interval '7 days'"
    " or state = 'dead' and done_at < now() - interval '30 days'",
    "outbox": "state = 'sent' and done_at < now() - interval '7 days'",
    "event": "created_at < now() - interval '1 day'",
    "idempotency": "created_at < now() - interval '7 days'",
    "rate_counter": "window_start < now() - interval '8 days'",
    "sign_in": "coalesce(ended_at, seen_at) < now() - interval '30 days'",
    "unanswered_line": "seen_on < current_date - interval '6 months'"
    " or exported_on < current_date - interval '30 days'"
    " or not (select keeps_unanswered from municipality where id = tenant())",
}
ROUTES = """
    delete from route using sign_in where route.token_sha256 = sign_in.token_sha256
        and coalesce(ended_at, seen_at) < now() - interval '30 days'
"""
BREAKS = {
    "message_stuck": "select count(*) from inbox where state = 'ready'"
    " and greatest(next_at, received_at) < now() - interval '5 minutes'",
    "sending_stuck": "select count(*) from outbox where state = 'leased'"
    " and next_at < now() - interval '5 minutes'",
    "owner_without_handover": "select count(*) from conversation c where owner <> 'bot'"
    " and not exists (select from handover h where h.conversation_id = c.id"
    " and h.state in ('waiting', 'claimed'))",
}


async def tidy(db: AsyncSession) -> None:
    """In one municipality; the scope of `db` is the system's."""
    await db.execute(text(ROUTES))
    for table, condition in OUTDATED.items():
        await db.execute(text(f"delete from {table} where {condition}"))  # noqa: S608 -- constants


async def find_breaks(db: AsyncSession, queries: dict[str, str]) -> dict[str, int]:
    """How often each promise is broken; all of it should be zero."""
    return {kind: int(await db.scalar(text(query)) or 0) for kind, query in queries.items()}
