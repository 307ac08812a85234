"""People, chats, messages and files as Telegram remembers them, and the JSON a bot sees of them."""

from dataclasses import dataclass, field
from itertools import count
from random import Random

from tests.fakes.botapi_text import Button, Entity, utf16_length
from tests.fakes.botapi_updates import Clock, Json, Signal, UpdateQueue

# The age after which a press can no longer be answered; Telegram names no figure.
CALLBACK_QUERY_LIFE = 60.0


@dataclass(frozen=True)
class Document:
    file_id: str
    file_unique_id: str
    file_name: str
    mime_type: str
    path: str
    content: bytes = field(repr=False)

    def seen_by_bot(self) -> Json:
        return {
            "file_name": self.file_name,
            "mime_type": self.mime_type,
            "file_id": self.file_id,
            "file_unique_id": self.file_unique_id,
            "file_size": len(self.content),
        }


@dataclass(frozen=True)
class Message:
    """One line of a transcript. A document's caption is its text."""

    message_id: int
    is_from_bot: bool
    date: int
    text: str = ""
    entities: tuple[Entity, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    document: Document | None = None
    edit_date: int = 0
    reply_to: int = 0
    other: Json = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        return [button.text for row in self.buttons for button in row]

    def button(self, name: str) -> Button | None:
        """The button with this label or this callback data."""
        for button in (button for row in self.buttons for button in row):
            if name in (button.text, button.callback_data):
                return button
        return None


@dataclass(frozen=True)
class CallbackAnswer:
    """What the bot answered to a press: a passing note or an alert."""

    text: str
    is_alert: bool


@dataclass
class ChatRecord:
    """A private chat; its id is the person's id, as on Telegram."""

    person: Json
    chat_instance: str
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: list[Message] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    keyboard: tuple[tuple[str, ...], ...] = ()
    actions: list[str] = field(default_factory=list)
    answers: list[CallbackAnswer] = field(default_factory=list)
    is_known: bool = False
    is_blocked: bool = False
    changed: Signal = field(default_factory=Signal)

    @property
    def chat_id(self) -> int:
        return int(self.person["id"])


class World:
    def __init__(self, clock: Clock, bot: Json, seed: int) -> None:
        self.clock = clock
        self.bot = bot
        self.chats: dict[int, ChatRecord] = {}
        self.files: dict[str, Document] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.queries: dict[str, tuple[ChatRecord, float]] = {}
        self.random = Random(seed)
        self.queue = UpdateQueue(clock, self.random.randrange(10**8, 9 * 10**8))
        # Ids beyond 32 bits, as new accounts have them.
        self._person_ids = count(self.random.randrange(5 * 10**9, 7 * 10**9), 7)
        self._message_ids = count(self.random.randrange(100, 10_000))

    def today(self) -> int:
        return int(self.clock.now())

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def add_person(self, first_name: str, others: dict[str, str]) -> ChatRecord:
        person: Json = {"id": next(self._person_ids), "is_bot": False, "first_name": first_name}
        record = ChatRecord(person | others, str(self.random.getrandbits(63)))
        self.chats[record.chat_id] = record
        return record

    def store_file(self, file_name: str, mime_type: str, content: bytes) -> Document:
        number = len(self.files)
        extension = file_name.rpartition(".")[2] if "." in file_name else "bin"
        document = Document(
            file_id=f"BQACAgIAAxk{self.random.getrandbits(256):064x}",
            file_unique_id=f"AgAD{self.random.getrandbits(48):012x}",
            file_name=file_name,
            mime_type=mime_type,
            path=f"documents/file_{number}.{extension}",
            content=content,
        )
        self.files[document.file_id] = document
        return document

    def user_sends(self, record: ChatRecord, text: str, other: Json) -> int:
        self.set_blocked(record, is_blocked=False)
        record.is_known = True
        message = Message(self.next_message_id(), False, self.today(), text, other=other)
        self.store(record, message)
        return self.queue.add("message", record.chat_id, self.seen_by_bot(record, message))

    def user_edits(self, record: ChatRecord, message: Message) -> int:
        self.store(record, message)
        return self.queue.add("edited_message", record.chat_id, self.seen_by_bot(record, message))

    def user_presses(self, record: ChatRecord, message_id: int, data: str) -> int:
        query_id = str(self.random.getrandbits(63))
        self.queries[query_id] = (record, self.clock.now() + CALLBACK_QUERY_LIFE)
        query: Json = {
            "id": query_id,
            "from": record.person,
            "message": self._message_or_trace(record, message_id),
            "chat_instance": record.chat_instance,
            "data": data,
        }
        return self.queue.add("callback_query", record.chat_id, query)

    def set_blocked(self, record: ChatRecord, *, is_blocked: bool) -> None:
        if record.is_blocked == is_blocked:
            return
        record.is_blocked = is_blocked
        states = ["member", "kicked"] if is_blocked else ["kicked", "member"]
        old, new = ({"user": self.bot, "status": state, "until_date": 0} for state in states)
        change = {
            "chat": self.chat_seen_by_bot(record),
            "from": record.person,
            "date": self.today(),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.queue.add("my_chat_member", record.chat_id, change)

    def store(self, record: ChatRecord, message: Message) -> None:
        if message.is_from_bot and message.message_id not in record.messages:
            record.sent.append(message.message_id)
        record.messages[message.message_id] = message
        record.changed.fire()

    def delete(self, record: ChatRecord, message: Message) -> None:
        record.deleted.append(record.messages.pop(message.message_id))
        record.changed.fire()

    def chat_seen_by_bot(self, record: ChatRecord) -> Json:
        names = ("id", "first_name", "last_name", "username")
        known = {name: record.person[name] for name in names if name in record.person}
        return known | {"type": "private"}

    def seen_by_bot(self, record: ChatRecord, message: Message) -> Json:
        seen: Json = {
            "message_id": message.message_id,
            "from": self.bot if message.is_from_bot else record.person,
            "chat": self.chat_seen_by_bot(record),
            "date": message.date,
        }
        if message.edit_date:
            seen["edit_date"] = message.edit_date
        if original := record.messages.get(message.reply_to):
            seen["reply_to_message"] = self.seen_by_bot(record, original)
        if message.buttons:
            seen["reply_markup"] = {"inline_keyboard": _rows_seen_by_bot(message)}
        return seen | _content_seen_by_bot(message) | message.other

    def _message_or_trace(self, record: ChatRecord, message_id: int) -> Json:
        """A message that is gone leaves its id and the date 0, the "inaccessible message"."""
        if message := record.messages.get(message_id):
            return self.seen_by_bot(record, message)
        return {"chat": self.chat_seen_by_bot(record), "message_id": message_id, "date": 0}


def _content_seen_by_bot(message: Message) -> Json:
    entities = [_entity_seen_by_bot(entity) for entity in message.entities or _command(message)]
    if message.document is not None:
        seen: Json = {"document": message.document.seen_by_bot()}
        if message.text:
            seen |= {"caption": message.text, "caption_entities": entities}
        return seen
    if not message.text:
        return {}
    return {"text": message.text} | ({"entities": entities} if entities else {})


def _command(message: Message) -> tuple[Entity, ...]:
    """Telegram marks a leading /command in what a person writes."""
    if message.is_from_bot or not message.text.startswith("/") or not message.text[1:2].isalnum():
        return ()
    return (Entity("bot_command", 0, utf16_length(message.text.split()[0])),)


def _entity_seen_by_bot(entity: Entity) -> Json:
    seen: Json = {"type": entity.type, "offset": entity.offset, "length": entity.length}
    return seen | ({"url": entity.url} if entity.url else {})


def _rows_seen_by_bot(message: Message) -> list[list[Json]]:
    return [[_button_seen_by_bot(button) for button in row] for row in message.buttons]


def _button_seen_by_bot(button: Button) -> Json:
    if button.url:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.callback_data}
