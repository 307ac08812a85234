"""The queue of updates Telegram keeps for a bot, and both ways it hands them over."""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx

from tests.fakes.botapi_text import Refused

Json = dict[str, Any]

RETENTION = 24 * 3600.0
MAX_RESEND_PAUSE = 60.0
MAX_RETRY_AFTER = 3600.0
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


@dataclass(frozen=True)
class Webhook:
    url: str
    secret_token: str
    max_connections: int


@dataclass(frozen=True)
class Delivery:
    """One attempt at a webhook: the HTTP status, or 0 and what went wrong."""

    update_id: int
    chat_id: int
    status: int
    error: str
    at: float


class UpdateQueue:
    def __init__(self, clock: Clock, first_update_id: int) -> None:
        self.clock = clock
        self.changed = Signal()
        self.allowed = DEFAULT_UPDATES
        self.sender: WebhookSender | None = None
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

    def use_webhook(self, sender: "WebhookSender | None") -> None:
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


class WebhookSender:
    """Posts updates: one at a time within a chat, chats side by side, again until accepted.

    The pauses are those of Telegram's own server: at once after the first failure, then doubling
    from 2 s to a minute, or what Retry-After asks for.
    """

    def __init__(
        self,
        webhook: Webhook,
        queue: UpdateQueue,
        deliveries: list[Delivery],
        call: Callable[[str, Json], Awaitable[None]],
        pause_unit: float,
    ) -> None:
        self.webhook = webhook
        self.last_error: Delivery | None = None
        self._queue = queue
        self._deliveries = deliveries
        self._call = call
        self._pause_unit = pause_unit
        self._lines: dict[int, deque[Pending]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._connections = asyncio.Semaphore(webhook.max_connections)
        limits = httpx.Limits(max_connections=webhook.max_connections)
        self._client = httpx.AsyncClient(trust_env=False, limits=limits, timeout=60)

    def offer(self, updates: Iterable[Pending]) -> None:
        for update in updates:
            if update.chat_id in self._lines:
                self._lines[update.chat_id].append(update)
                continue
            self._lines[update.chat_id] = deque([update])
            self._start(self._work_off(update.chat_id))

    def close(self) -> None:
        workers, self._workers = self._workers, set()
        for worker in workers:
            worker.cancel()
        self._start(self._client.aclose())

    async def closed(self) -> None:
        await asyncio.gather(*self._workers)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        worker = asyncio.get_running_loop().create_task(work)
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work_off(self, chat_id: int) -> None:
        line = self._lines[chat_id]
        while line:
            await self._deliver(line[0])
            line.popleft()
        del self._lines[chat_id]

    async def _deliver(self, update: Pending) -> None:
        pause = 1.0
        failures = 0
        while self._queue.is_pending(update):
            retry_after = await self._post(update)
            if retry_after is None:
                self._queue.forget(update)
                return
            if not retry_after and failures:
                retry_after = pause = min(MAX_RESEND_PAUSE, pause * 2)
            failures += 1
            await self._queue.clock.sleep(retry_after * self._pause_unit)

    async def _post(self, update: Pending) -> float | None:
        """None when the webhook took it, otherwise the pause it asked for."""
        headers = {"Content-Type": "application/json"}
        if self.webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.secret_token
        try:
            async with self._connections:
                # Telegram escapes everything beyond ASCII, which also lets lone surrogates pass.
                body = json.dumps(update.body)
                answer = await self._client.post(self.webhook.url, content=body, headers=headers)
        except httpx.HTTPError as error:
            self._record(update, 0, _described(error))
            return 0.0
        if answer.is_success:
            self._record(update, answer.status_code, "")
            await self._obey(answer)
            return None
        reason = f"{answer.status_code} {answer.reason_phrase}"
        self._record(update, answer.status_code, f"Wrong response from the webhook: {reason}")
        wanted = answer.headers.get("retry-after", "")
        return min(float(wanted), MAX_RETRY_AFTER) if wanted.isdecimal() else 0.0

    async def _obey(self, answer: httpx.Response) -> None:
        """A webhook may answer with a call to make; its result goes nowhere."""
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return
        with contextlib.suppress(ValueError):
            wanted = answer.json()
            if isinstance(wanted, dict) and isinstance(method := wanted.pop("method", None), str):
                await self._call(method, wanted)

    def _record(self, update: Pending, status: int, error: str) -> None:
        at = self._queue.clock.now()
        delivery = Delivery(update.update_id, update.chat_id, status, error, at)
        self._deliveries.append(delivery)
        if error:
            self.last_error = delivery


def _described(error: httpx.HTTPError) -> str:
    match error:
        case httpx.ConnectTimeout():
            return "Connection timed out"
        case httpx.ConnectError():
            return "Connection refused"
        case httpx.TimeoutException():
            return "Read timeout expired"
        case _:
            return "Webhook connection closed"
