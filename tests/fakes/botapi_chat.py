"""The hands of a test: a person who writes, presses and reads in a chat with the bot."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.fakes.botapi_text import Button
from tests.fakes.botapi_world import CallbackAnswer, ChatRecord, Message, World
from tests.fakes.loop_thread import LoopThread

Transcript = tuple[Message, ...]


class Chat:
    """A private chat with the bot. What sends an update returns its update id.

    The id is 0 when the bot did not ask for this kind of update.
    """

    def __init__(self, world: World, thread: LoopThread, record: ChatRecord) -> None:
        self.id = record.chat_id
        self._world = world
        self._thread = thread
        self._record = record
        self._expected = 0

    def send(self, text: str) -> int:
        """Writes `text` exactly as given, even what a Telegram app would split or trim."""
        return self._thread.do(lambda: self._world.user_sends(self._record, text, {}))

    def command(self, text: str) -> int:
        """`chat.command("/start lindby")`: pressing Start under a link, or a menu entry."""
        return self.send(text if text.startswith("/") else f"/{text}")

    def attach(self, **content: Any) -> int:
        """A message of another sort: `chat.attach(voice={"file_id": ..., "duration": 3, ...})`."""
        return self._thread.do(lambda: self._world.user_sends(self._record, "", content))

    def edit(self, message_id: int, text: str) -> int:
        def change() -> int:
            message = self._record.messages[message_id]
            edited = replace(message, text=text, edit_date=self._world.today())
            return self._world.user_edits(self._record, edited)

        return self._thread.do(change)

    def press(self, name: str, *, message_id: int | None = None) -> int:
        """Presses the newest button with this label or callback data, else the reply key."""
        return self._thread.do(lambda: self._press(name, message_id))

    def press_stale(self, callback_data: str, message_id: int) -> int:
        """A press that no longer, or never, had its button: taps race edits, and data is forged."""
        return self._thread.do(
            lambda: self._world.user_presses(self._record, message_id, callback_data)
        )

    def block(self) -> None:
        self._thread.do(lambda: self._world.set_blocked(self._record, is_blocked=True))

    def unblock(self) -> None:
        self._thread.do(lambda: self._world.set_blocked(self._record, is_blocked=False))

    @property
    def transcript(self) -> Transcript:
        """What both sides see now, oldest first; edited in place, deleted messages gone."""
        return self._thread.do(self._transcript)

    @property
    def replies(self) -> Transcript:
        """The bot's part of the transcript."""
        return tuple(message for message in self.transcript if message.is_from_bot)

    @property
    def deleted(self) -> Transcript:
        return self._thread.do(lambda: tuple(self._record.deleted))

    @property
    def answers(self) -> list[CallbackAnswer]:
        """What the bot answered to presses."""
        return self._thread.do(lambda: list(self._record.answers))

    @property
    def actions(self) -> list[str]:
        """The chat actions shown so far, such as "typing"."""
        return self._thread.do(lambda: list(self._record.actions))

    @property
    def keyboard(self) -> tuple[tuple[str, ...], ...]:
        """The reply keyboard in place of the person's keys, if any."""
        return self._thread.do(lambda: self._record.keyboard)

    async def expect(self, count: int = 1, *, within: float = 5.0) -> list[Message]:
        """Waits for `count` more messages of the bot and returns them as they stand now."""
        wanted = self._expected + count
        await self._until(lambda: len(self._record.sent) >= wanted, within, f"{count} more")
        self._expected = wanted
        new = self._thread.do(lambda: self._record.sent[wanted - count : wanted])
        return [message for message in self.transcript if message.message_id in new]

    async def until(
        self, condition: Callable[[Transcript], bool], *, within: float = 5.0
    ) -> Transcript:
        """Waits for a state of the transcript, such as an edit that moves a queue position."""
        await self._until(lambda: condition(self._transcript()), within, "another transcript")
        return self.transcript

    async def expect_answer(self, count: int = 1, *, within: float = 5.0) -> CallbackAnswer:
        """Waits until `count` presses in all were answered and returns the last answer."""
        await self._until(lambda: len(self._record.answers) >= count, within, "an answer")
        return self.answers[count - 1]

    async def quiet(self, seconds: float = 0.3) -> None:
        """Fails when the bot says more than was expected within this time."""
        said = await self._holds(lambda: len(self._record.sent) > self._expected, seconds)
        assert not said, f"{self._expected} messages of the bot expected, got more:\n{self.show()}"

    def show(self) -> str:
        """The transcript for people: one line per message, buttons in brackets."""
        return "\n".join(_line(message) for message in self.transcript) or "(nothing)"

    def _transcript(self) -> Transcript:
        return tuple(self._record.messages[number] for number in sorted(self._record.messages))

    def _press(self, name: str, message_id: int | None) -> int:
        if message_id is None and any(name in row for row in self._record.keyboard):
            return self._world.user_sends(self._record, name, {})
        for message in reversed(self._transcript()):
            button = message.button(name)
            if button is not None and message_id in (None, message.message_id):
                return self._world.user_presses(
                    self._record, message.message_id, _callback_data(button)
                )
        shown = [message.labels for message in self._transcript() if message.buttons]
        raise LookupError(f"no button {name!r}; shown are {shown}")

    async def _until(self, condition: Callable[[], bool], within: float, wanted: str) -> None:
        if not await self._holds(condition, within):
            raise AssertionError(f"waited {within} s for {wanted}, the chat is:\n{self.show()}")

    async def _holds(self, condition: Callable[[], bool], within: float) -> bool:
        return await self._thread.join(self._record.changed.until(condition, within))


@dataclass(frozen=True)
class User:
    id: int
    first_name: str
    language_code: str
    chat: Chat


def _callback_data(button: Button) -> str:
    if button.url:
        raise LookupError(f"{button.text!r} opens {button.url} and tells the bot nothing")
    return button.callback_data


def _line(message: Message) -> str:
    author = "bot" if message.is_from_bot else "person"
    document = f" <{message.document.file_name}>" if message.document else ""
    rows = "".join(f"\n    [{'] ['.join(b.text for b in row)}]" for row in message.buttons)
    return f"{message.message_id} {author}: {message.text}{document}{rows}"
