"""What a resident reads when a caseworker acts, in the language of the conversation.

`reference` tells the console which notice it is, so that staff read it in their own language."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Author, Conversation, append
from backend.reply import Kind, Reply
from content.texts import Domain, Texts, load_texts


class Notice(StrEnum):
    JOINED = "joined"
    CLOSED = "closed"
    PUT_BACK = "put_back"
    TRANSFERRED = "transferred"


async def tell(
    db: AsyncSession,
    conversation: Conversation,
    notice: Notice,
    *,
    staff_id: UUID,
    name: str,
    now: datetime,
    receiver: str = "",
) -> None:
    """The name of a receiver is kept as the title."""
    texts = load_texts(Domain.RESIDENT, conversation.language)
    text = _text(texts, notice, name, receiver)
    reply = Reply(text, kind=Kind.EVENT, reference=notice, title=receiver)
    await append(db, conversation, Author.EVENT, reply, staff_id=staff_id, at=now)


def _text(texts: Texts, notice: Notice, name: str, receiver: str) -> str:
    _ = texts.gettext
    match notice:
        case Notice.JOINED:
            return _("{name} is here now and reads what you write. The bot is silent.", name=name)
        case Notice.CLOSED:
            return _(
                "{name} has closed the conversation. The bot answers again. You can always ask"
                " for a person.",
                name=name,
            )
        case Notice.PUT_BACK:
            return _(
                "{name} has put your question back in the queue. Somebody else will answer you."
                " You keep your place.",
                name=name,
            )
        case Notice.TRANSFERRED:
            return _(
                "{name} has handed the conversation to {receiver}, who can read the same messages"
                " and will answer you.",
                name=name,
                receiver=receiver,
            )
