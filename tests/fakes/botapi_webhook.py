"""Delivery of updates to the bot's webhook, with the order, pauses and patience of Telegram."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import h11

from tests.fakes.botapi_updates import Json, Pending, UpdateQueue

MAX_RESEND_PAUSE = 60.0
MAX_RETRY_AFTER = 3600.0
READ_TIMEOUT = 60.0


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


@dataclass(frozen=True)
class Reply:
    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


class ConnectionFailed(Exception):
    """No reply came; the message is the one Telegram shows in getWebhookInfo."""


class Connection:
    """One kept connection to the webhook. A pooled client costs five times as much here."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._is_secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_secure else 80)
        self._netloc = parts.netloc.rpartition("@")[2]
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, headers: dict[str, str], body: bytes) -> Reply:
        fields = [("Host", self._netloc), ("Content-Length", str(len(body))), *headers.items()]
        protocol = h11.Connection(h11.CLIENT)
        request = protocol.send(h11.Request(method="POST", target=self._target, headers=fields))
        reader, writer = await self._open()
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                writer.write((request or b"") + body)
                protocol.send(h11.Data(data=body))
                protocol.send(h11.EndOfMessage())
                return await self._read(protocol, reader)
        except TimeoutError:
            self.close()
            raise ConnectionFailed("Read timeout expired") from None
        except (OSError, h11.RemoteProtocolError):
            self.close()
            raise ConnectionFailed("Webhook connection closed") from None

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and not self._streams[0].at_eof():
            return self._streams
        self.close()
        secure = True if self._is_secure else None
        try:
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=secure)
        except TimeoutError:
            raise ConnectionFailed("Connection timed out") from None
        except OSError:
            raise ConnectionFailed("Connection refused") from None
        return self._streams

    async def _read(self, protocol: h11.Connection, reader: asyncio.StreamReader) -> Reply:
        head: h11.Response | None = None
        body = b""
        while True:
            match protocol.next_event():
                case h11.NEED_DATA:
                    protocol.receive_data(await reader.read(65536))
                case h11.Response() as head:
                    pass
                case h11.Data() as piece:
                    body += bytes(piece.data)
                case h11.EndOfMessage() | h11.ConnectionClosed() | h11.PAUSED:
                    break
        if protocol.our_state is not h11.DONE:
            self.close()
        if head is None:
            raise ConnectionFailed("Webhook connection closed")
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        return Reply(head.status_code, bytes(head.reason).decode("latin-1"), headers, body)


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
        self._free = asyncio.Semaphore(webhook.max_connections)
        self._idle: list[Connection] = []
        self._is_closed = False
        self._headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            self._headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token

    def offer(self, updates: Iterable[Pending]) -> None:
        for update in updates:
            if update.chat_id in self._lines:
                self._lines[update.chat_id].append(update)
                continue
            self._lines[update.chat_id] = deque([update])
            self._start(self._work_off(update.chat_id))

    def close(self) -> None:
        self._is_closed = True
        for worker in self._workers:
            worker.cancel()
        for connection in self._idle:
            connection.close()

    def _give_back(self, connection: Connection) -> None:
        if self._is_closed:
            connection.close()
        else:
            self._idle.append(connection)

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
        async with self._free:
            connection = self._idle.pop() if self._idle else Connection(self.webhook.url)
            try:
                reply = await connection.post(self._headers, json.dumps(update.body).encode())
            except ConnectionFailed as failure:
                self._record(update, 0, str(failure))
                return 0.0
            finally:
                self._give_back(connection)
        if 200 <= reply.status < 300:
            self._record(update, reply.status, "")
            await self._obey(reply)
            return None
        why = f"Wrong response from the webhook: {reply.status} {reply.reason}"
        self._record(update, reply.status, why)
        wanted = reply.headers.get("retry-after", "")
        return min(float(wanted), MAX_RETRY_AFTER) if wanted.isdecimal() else 0.0

    async def _obey(self, reply: Reply) -> None:
        """A webhook may answer with a call to make; its result goes nowhere."""
        if not reply.headers.get("content-type", "").startswith("application/json"):
            return
        with contextlib.suppress(ValueError):
            wanted = json.loads(reply.body)
            if isinstance(wanted, dict) and isinstance(method := wanted.pop("method", None), str):
                await self._call(method, wanted)

    def _record(self, update: Pending, status: int, error: str) -> None:
        at = self._queue.clock.now()
        delivery = Delivery(update.update_id, update.chat_id, status, error, at)
        self._deliveries.append(delivery)
        if error:
            self.last_error = delivery
