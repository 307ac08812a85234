"""One worker at a time in a conversation. Time is the database's; every later write is fenced."""

from uuid import UUID, uuid4

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Conversation

LEASE_SECONDS = 20

TAKE = text(
    f"""
    update conversation set lease_token = :token,
        lease_until = clock_timestamp() + interval '{LEASE_SECONDS} seconds'
    where id = (
        select id from conversation where id = :id
            and (lease_until is null or lease_until < clock_timestamp() or lease_token = :own)
        for update skip locked)
    returning lease_token
    """  # noqa: S608 -- the only value inside is a constant of this file
)


class LeaseLost(Exception):
    """Another worker took over; this one must not write any more."""


async def take_lease(
    db: AsyncSession, conversation_id: UUID, own: UUID | None = None
) -> UUID | None:
    """The token of the lease, or None while somebody else has it. `own` is a lease that a failure
    left behind: whoever knows it need not wait for its end."""
    values = {"token": uuid4(), "id": conversation_id, "own": own}
    token: UUID | None = await db.scalar(TAKE, values)
    return token


async def lock_leased(db: AsyncSession, conversation_id: UUID, token: UUID) -> Conversation:
    """The conversation's row, locked for this transaction while the lease is still ours."""
    conversation = await db.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_token == token)
        .values(
            lease_until=text(f"clock_timestamp() + interval '{LEASE_SECONDS} seconds'"),
            version=Conversation.version + 1,
        )
        .returning(Conversation)
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        raise LeaseLost(conversation_id)
    return conversation


async def release_lease(db: AsyncSession, conversation_id: UUID, token: UUID) -> None:
    await db.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_token == token)
        .values(lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
