"""Telegram's Bot API on a loopback port, faithful enough that python-telegram-bot talks to it.

It stands in for api.telegram.org in tests and on a laptop: `python -m tests.fakes.botapi 8081`.
"""

import contextlib
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from tests.fakes.botapi_chat import Chat, User
from tests.fakes.botapi_faults import Fault
from tests.fakes.botapi_methods import Methods
from tests.fakes.botapi_server import BotApiServer, Call
from tests.fakes.botapi_updates import Clock
from tests.fakes.botapi_webhook import Delivery
from tests.fakes.botapi_world import World
from tests.fakes.loop_thread import LoopThread

TOKEN = "7000000001:AAE-loopback-emulator-token-0000001"


class BotApi:
    """`with BotApi() as api:` serves one bot; every method may be called from any thread.

    chat = api.user("Amina", language_code="ar").chat
    chat.command("/start")
    [question] = await chat.expect(1)
    chat.press(question.labels[0])
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "landa_test_bot",
        now: datetime | None = None,
        seed: int = 1,
        redelivery_unit: float = 1.0,
        port: int = 0,
    ) -> None:
        """`now` sets Telegram's clock; `redelivery_unit` shortens its pauses before a webhook."""
        self.token = token
        self.username = username
        self._port = port
        self._clock = Clock(now)
        bot = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Landa"}
        self._world = World(self._clock, bot | {"username": username}, seed)
        self._methods = Methods(self._world, redelivery_unit)
        self._server = BotApiServer(token, self._world, self._methods)

    def start(self) -> Self:
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        self._thread = LoopThread("telegram")
        self._thread.complete(self._server.listen(listener))
        return self

    def stop(self) -> None:
        self._thread.complete(self._server.hang_up())
        self._thread.do(self._methods.stop_webhook)
        self._thread.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/file/bot"

    def user(
        self, first_name: str, *, language_code: str = "en", last_name: str = "", username: str = ""
    ) -> User:
        """A person; the bot can write to them once they have written themselves."""
        others = {"last_name": last_name, "username": username, "language_code": language_code}
        known = {name: value for name, value in others.items() if value}
        record = self._thread.do(lambda: self._world.add_person(first_name, known))
        chat = Chat(self._world, self._thread, record)
        return User(record.chat_id, first_name, language_code, chat)

    def update(self, kind: str, chat: Chat, content: dict[str, Any]) -> int:
        """Any update as it is, for kinds and shapes nobody thought of."""
        return self._thread.do(lambda: self._world.queue.add(kind, chat.id, content))

    def replay(self, *update_ids: int) -> None:
        """Hands these updates out once more, in this order, whatever was confirmed before."""
        self._thread.do(lambda: self._world.queue.replay(update_ids))

    def hold(self) -> None:
        """Keeps new updates back until `release`."""
        self._thread.do(self._world.queue.hold)

    def release(self, order: Iterable[int] | None = None) -> None:
        """Hands out what was held: as it came, or exactly `order` (swapped, doubled, with gaps)."""
        self._thread.do(lambda: self._world.queue.release(order))

    @property
    def pending_update_count(self) -> int:
        return self._thread.do(lambda: self._world.queue.pending_count)

    def now(self) -> float:
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Moves Telegram's clock: retention, rate limits, presses, pauses before a webhook."""

        def move() -> None:
            self._clock.advance(seconds)
            self._world.queue.changed.fire()

        self._thread.do(move)

    def limit_rates(self, *, is_on: bool = True) -> None:
        """30 messages a second for the bot, one a second in a chat; off at first."""
        self._methods.limits.is_on = is_on

    def fail(
        self,
        method: str,
        fault: Fault,
        *,
        times: int | None = 1,
        after: int = 0,
        chat: Chat | None = None,
    ) -> None:
        """The next `times` calls fail (None: all from now on), once `after` calls went well."""
        chat_id = chat.id if chat else None
        self._thread.do(
            lambda: self._server.faults.add(
                method, fault, times=times, after=after, chat_id=chat_id
            )
        )

    def fail_by_chance(
        self, seed: int, rate: float, faults: Sequence[Fault], methods: Sequence[str]
    ) -> None:
        """Each call of these methods fails with this probability, the same way for a seed."""
        self._thread.do(lambda: self._server.faults.add_by_chance(seed, rate, faults, methods))

    def heal(self) -> None:
        self._thread.do(self._server.faults.clear)

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuses connections for a while; open ones are dropped, everything else is kept."""
        self._thread.complete(self._server.hang_up())
        try:
            yield
        finally:
            listener = socket.create_server(("127.0.0.1", self._port))
            self._thread.complete(self._server.listen(listener))

    def calls(self, method: str = "") -> list[Call]:
        """The calls in the order of their verdicts, all or those of one method."""
        wanted = method.lower()
        calls = self._thread.do(lambda: list(self._server.calls))
        return [call for call in calls if wanted in ("", call.method.lower())]

    def count(self, method: str) -> int:
        return len(self.calls(method))

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to hand an update to the webhook."""
        return self._thread.do(lambda: list(self._methods.deliveries))


def main(port: int) -> None:
    """Serves until end of input; each line is a message, and `>label` presses a button."""
    with BotApi(port=port) as api:
        print(f"base_url {api.base_url}\nbase_file_url {api.base_file_url}\ntoken {api.token}")
        chat = api.user("Amina").chat
        for line in map(str.strip, sys.stdin):
            _act(chat, line)


def _act(chat: Chat, line: str) -> None:
    if line.startswith(">"):
        try:
            chat.press(line[1:].strip())
        except LookupError as missing:
            print(missing)
    elif line:
        chat.send(line)
    print(chat.show())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8081)
