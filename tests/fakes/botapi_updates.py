"""The queue of updates Telegram keeps for a bot for a day, and the long poll that empties it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from tests.fakes.botapi_text import Refused

Json = dict[str, Any]

RETENTION = 24 * 3600.0
# What a bot gets that never said `allowed_updates`; the other kinds must be asked for by name.
DEFAULT_UPDATES = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_join_request",
    }
)


class Signal:
    """Wakes everybody who waits for a change; each of them looks for itself what has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether the condition came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if (left := deadline - time.monotonic()) <= 0:
                return False
            await self.wait(left)
        return True


class Clock:
    """Telegram's clock. It runs with real time and can be moved."""

    def __init__(self, now: datetime | None) -> None:
        self._ahead = (now.timestamp() if now else time.time()) - time.monotonic()
        self.moved = Signal()

    def now(self) -> float:
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds
        self.moved.fire()

    async def sleep(self, seconds: float) -> None:
        moment = self.now() + seconds
        while (left := moment - self.now()) > 0:
            await self.moved.wait(left)


@dataclass
class Pending:
    """One update on its way. A forced one is handed out once more, whatever the offset says."""

    ticket: int
    update_id: int
    chat_id: int
    body: Json
    expires_at: float
    is_forced: bool = False
    was_handed_out: bool = False


class Sender(Protocol):
    """Whoever takes updates away on its own: the webhook."""

    def offer(self, updates: Iterable[Pending]) -> None: ...

    def close(self) -> None: ...


class UpdateQueue:
    def __init__(self, clock: Clock, first_update_id: int) -> None:
        self.clock = clock
        self.changed = Signal()
        self.allowed = DEFAULT_UPDATES
        self.sender: Sender | None = None
        self.history: dict[int, Pending] = {}
        self._pending: dict[int, Pending] = {}
        self._next_update_id = first_update_id
        self._next_ticket = 0
        self._poll = 0
        self._is_held = False

    @property
    def pending_count(self) -> int:
        self._expire()
        return len(self._pending)

    def add(self, kind: str, chat_id: int, content: Json) -> int:
        """Returns the update id, or 0 when the bot has not asked for this kind."""
        if kind not in self.allowed:
            return 0
        update_id = self._next_update_id
        self._next_update_id += 1
        body = {"update_id": update_id, kind: content}
        update = Pending(0, update_id, chat_id, body, self.clock.now() + RETENTION)
        self.history[update_id] = update
        self._push(update)
        return update_id

    def replay(self, update_ids: Iterable[int]) -> None:
        for update_id in update_ids:
            expires_at = self.clock.now() + RETENTION
            self._push(replace(self.history[update_id], is_forced=True, expires_at=expires_at))

    def hold(self) -> None:
        self._is_held = True

    def release(self, order: Iterable[int] | None) -> None:
        """Hands out what was held; a given order may swap, repeat and leave out updates."""
        self._is_held = False
        if order is not None:
            self._pending.clear()
            self.replay(order)
        elif self.sender is not None:
            self.sender.offer(self._pending.values())
        self.changed.fire()

    def drop_pending(self) -> None:
        self._pending.clear()

    def forget(self, update: Pending) -> None:
        self._pending.pop(update.ticket, None)

    def is_pending(self, update: Pending) -> bool:
        self._expire()
        return update.ticket in self._pending

    def use_webhook(self, sender: Sender | None) -> None:
        if self.sender is not None:
            self.sender.close()
        self.sender = sender
        if sender is not None and not self._is_held:
            sender.offer(self._pending.values())
        self.changed.fire()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """One getUpdates call; a later long poll ends an earlier one, as on Telegram."""
        if self.sender is not None:
            advice = "use deleteWebhook to delete the webhook first"
            why = "can't use getUpdates method while webhook is active"
            raise Refused(409, f"Conflict: {why}; {advice}")
        updates = self._take(offset, limit)
        deadline = self.clock.now() + seconds
        if updates or seconds <= 0:
            return updates
        self._poll += 1
        mine = self._poll
        self.changed.fire()
        while not updates and (left := deadline - self.clock.now()) > 0:
            await self.changed.wait(left)
            self._check_still_polling(mine)
            updates = self._take(max(offset, 0), limit)
        return updates

    def _check_still_polling(self, poll: int) -> None:
        if self.sender is not None:
            raise Refused(409, "Conflict: terminated by setWebhook request")
        if poll != self._poll:
            advice = "make sure that only one bot instance is running"
            raise Refused(409, f"Conflict: terminated by other getUpdates request; {advice}")

    def _push(self, update: Pending) -> None:
        self._next_ticket += 1
        queued = replace(update, ticket=self._next_ticket, was_handed_out=False)
        self._pending[queued.ticket] = queued
        if self._is_held:
            return
        if self.sender is not None:
            self.sender.offer([queued])
        self.changed.fire()

    def _take(self, offset: int, limit: int) -> list[Json]:
        self._expire()
        self._confirm(offset)
        if self._is_held:
            return []
        batch = list(self._pending.values())[:limit]
        for update in batch:
            update.was_handed_out = True
        return [update.body for update in batch]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            kept = list(self._pending)[offset:]
            self._pending = {ticket: self._pending[ticket] for ticket in kept}
            return
        confirmed = [
            update
            for update in self._pending.values()
            if update.update_id < offset and (update.was_handed_out or not update.is_forced)
        ]
        for update in confirmed:
            self.forget(update)

    def _expire(self) -> None:
        # Updates wait in the order of their expiry, so only the head has to be looked at.
        while self._pending:
            oldest = next(iter(self._pending.values()))
            if oldest.expires_at > self.clock.now():
                return
            self.forget(oldest)
