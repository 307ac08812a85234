"""What the bot did not understand is kept for learning, where the municipality turned that on:
redacted, without who wrote it. Nothing about danger, violence or a troubled mind is ever kept."""

import asyncio

from sqlalchemy import select

from backend import unanswered
from backend.conversation import Author, Message
from backend.reply import Kind
from backend.unanswered import Reason, Unanswered
from bot.emergency import is_emergency
from bot.turn import Turn
from nlu.redact import redact

NEVER = frozenset({"urgent_danger", "violence_help", "mental_health"})
CANDIDATES = 5  # among so many of the ranking, one of NEVER is enough to keep nothing


async def missed(turn: Turn) -> None:
    """The line of this turn, to which the bot had nothing to say."""
    seen = turn.understanding
    if seen is None or not turn.text or not turn.municipality.keeps_unanswered:
        return
    if NEVER.intersection(candidate.id for candidate in seen.ranking[:CANDIDATES]):
        return
    language = seen.language if seen.language and seen.is_language_sure else turn.language
    await _keep(turn, turn.text, language, Reason.MISSED, seen.offers)


async def corrected(turn: Turn, meant: str) -> None:
    """The line before "did you mean", with what the resident chose of it."""
    found = await _line_before(turn)
    if found is None:
        return
    line, replies = found
    offered = tuple(
        button["action"].removeprefix("mean:")
        for reply in replies
        for button in reply.payload.get("buttons", ())
        if button["action"].startswith("mean:")
    )
    if meant in offered and not NEVER.intersection(offered):
        await _keep(turn, line.text, line.language, Reason.CORRECTED, offered, meant)


async def commented(turn: Turn) -> None:
    """The line whose answer this turn is about, and nothing else of the conversation."""
    found = await _line_before(turn)
    if found is None or turn.topic is None or turn.topic in NEVER:
        return
    line, replies = found
    if any(reply.payload.get("kind") == Kind.ANSWER for reply in replies):
        await _keep(turn, line.text, line.language, Reason.FEEDBACK, (turn.topic,))


async def _line_before(turn: Turn) -> tuple[Message, list[Message]] | None:
    """What the resident wrote just before this turn, and what the bot alone said to it."""
    if not turn.municipality.keeps_unanswered:
        return None
    own = Message.conversation_id == turn.conversation.id
    said = select(Message).where(own, Message.author == Author.RESIDENT)
    rows = (await turn.db.scalars(said.order_by(Message.seq.desc()).limit(2))).all()
    if len(rows) < 2 or rows[1].payload.get("kind") == Kind.TAP:
        return None
    now, line = rows
    between = select(Message).where(own, Message.seq > line.seq, Message.seq < now.seq)
    replies = list(await turn.db.scalars(between.order_by(Message.seq)))
    return (line, replies) if all(reply.author == Author.BOT for reply in replies) else None


async def _keep(
    turn: Turn,
    text: str,
    language: str,
    reason: Reason,
    nearest: tuple[str, ...],
    meant: str | None = None,
) -> None:
    if is_emergency(text):
        return
    # The words to compare with are read from files the first time.
    words = await asyncio.to_thread(redact, text)
    if words:
        line = Unanswered(words, language, reason, nearest, meant)
        await unanswered.keep(turn.db, line)
