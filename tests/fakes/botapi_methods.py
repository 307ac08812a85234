"""The methods of the Bot API that the service uses, with Telegram's checks and refusals."""

import json
import mimetypes
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.botapi_calls import Answer, Arguments, RateLimits, Upload, as_text
from tests.fakes.botapi_text import Refused, bad, parse_caption, parse_markup, parse_text
from tests.fakes.botapi_updates import DEFAULT_UPDATES, Json
from tests.fakes.botapi_webhook import Delivery, Webhook, WebhookSender
from tests.fakes.botapi_world import CallbackAnswer, ChatRecord, Document, Message, World

MAX_UPLOAD = 50 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
DELETABLE_FOR = 48 * 3600
EXTRA_UPDATES = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


class Methods:
    def __init__(self, world: World, pause_unit: float) -> None:
        self.limits = RateLimits()
        self.deliveries: list[Delivery] = []
        self._world = world
        self._pause_unit = pause_unit
        self._sender: WebhookSender | None = None
        self._methods: dict[str, Callable[[Arguments], Awaitable[Answer]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "senddocument": self._send_document,
            "editmessagetext": self._edit_message_text,
            "editmessagereplymarkup": self._edit_message_reply_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_callback_query,
            "sendchataction": self._send_chat_action,
            "getfile": self._get_file,
            "setmycommands": self._set_my_commands,
            "getmycommands": self._get_my_commands,
            "deletemycommands": self._delete_my_commands,
        }

    async def call(self, method: str, arguments: Arguments) -> Answer:
        known = self._methods.get(method.lower())
        if known is None:
            raise Refused(404, "Not Found")
        return await known(arguments)

    def find_chat(self, arguments: Arguments) -> ChatRecord | None:
        return self._world.chats.get(arguments.whole("chat_id", high=2**52))

    async def _get_me(self, _: Arguments) -> Answer:
        abilities = {
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return Answer(self._world.bot | abilities)

    async def _get_updates(self, arguments: Arguments) -> Answer:
        if self._sender is None:
            self._choose_updates(arguments)
        offset = arguments.whole("offset", low=-(2**31))
        limit = arguments.whole("limit", 100, 1, 100)
        seconds = arguments.whole("timeout", 0, 0, 50)
        return Answer(await self._world.queue.poll(offset, limit, seconds))

    async def _set_webhook(self, arguments: Arguments) -> Answer:
        url = arguments.text("url")
        if not url:
            return await self._delete_webhook(arguments)
        # Plain HTTP is taken, as by Telegram's server in its local mode; the rest is checked.
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise bad("invalid webhook URL specified")
        secret = arguments.text("secret_token")
        if len(secret) > 256:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad("secret token contains unallowed characters")
        webhook = Webhook(url, secret, arguments.whole("max_connections", 40, 1, 100))
        self._choose_updates(arguments)
        self._drop_pending_if_asked(arguments)
        return self._start_webhook(webhook)

    def _start_webhook(self, webhook: Webhook) -> Answer:
        if self._sender is not None and self._sender.webhook == webhook:
            return Answer(True, "Webhook is already set")
        queue = self._world.queue
        self._sender = WebhookSender(
            webhook, queue, self.deliveries, self._call_from_webhook, self._pause_unit
        )
        queue.use_webhook(self._sender)
        return Answer(True, "Webhook was set")

    def stop_webhook(self) -> bool:
        """Whether there was one."""
        was_set = self._sender is not None
        self._sender = None
        self._world.queue.use_webhook(None)
        return was_set

    async def _call_from_webhook(self, method: str, wanted: Json) -> None:
        if method.lower() in ("setwebhook", "deletewebhook") or method.lower().startswith("get"):
            return
        try:
            await self.call(method, Arguments({name: as_text(wanted[name]) for name in wanted}))
        except Refused:
            # Telegram tells nobody how such a call ended.
            return

    async def _delete_webhook(self, arguments: Arguments) -> Answer:
        self._drop_pending_if_asked(arguments)
        was_set = self.stop_webhook()
        return Answer(True, "Webhook was deleted" if was_set else "Webhook is already deleted")

    async def _get_webhook_info(self, _: Arguments) -> Answer:
        queue = self._world.queue
        shown: Json = {
            "url": "",
            "has_custom_certificate": False,
            "pending_update_count": queue.pending_count,
        }
        if queue.allowed != DEFAULT_UPDATES:
            shown["allowed_updates"] = sorted(queue.allowed)
        if self._sender is None:
            return Answer(shown)
        webhook, error = self._sender.webhook, self._sender.last_error
        shown |= {"url": webhook.url, "max_connections": webhook.max_connections}
        if error is not None:
            shown |= {"last_error_date": int(error.at), "last_error_message": error.error}
        return Answer(shown)

    def _choose_updates(self, arguments: Arguments) -> None:
        """Leaving `allowed_updates` out keeps the last choice; an empty list means the default."""
        if "allowed_updates" not in arguments.texts:
            return
        try:
            wanted = json.loads(arguments.text("allowed_updates"))
        except ValueError:
            raise bad("can't parse allowed_updates JSON object") from None
        if not isinstance(wanted, list):
            raise bad("allowed_updates must be an Array of String")
        known = frozenset(wanted) & (DEFAULT_UPDATES | EXTRA_UPDATES)
        self._world.queue.allowed = known or DEFAULT_UPDATES

    def _drop_pending_if_asked(self, arguments: Arguments) -> None:
        if arguments.flag("drop_pending_updates"):
            self._world.queue.drop_pending()

    async def _send_message(self, arguments: Arguments) -> Answer:
        mode = arguments.text("parse_mode")
        text, entities = parse_text(arguments.text("text"), mode, too_long="message is too long")
        return self._send(arguments, self._blank(), text=text, entities=entities)

    async def _send_document(self, arguments: Arguments) -> Answer:
        mode = arguments.text("parse_mode")
        text, entities = parse_caption(arguments.text("caption"), mode)
        return self._send(
            arguments,
            self._blank(),
            text=text,
            entities=entities,
            document=self._document(arguments),
        )

    def _blank(self) -> Message:
        return Message(0, is_from_bot=True, date=self._world.today())

    def _send(self, arguments: Arguments, blank: Message, **content: Any) -> Answer:
        record = self._reachable_chat(arguments)
        markup = parse_markup(arguments.text("reply_markup"))
        reply_to = _replied_message(arguments, record)
        self.limits.take(record.chat_id, self._world.clock.now())
        if markup.keyboard or markup.is_removal:
            record.keyboard = markup.keyboard
        message = replace(
            blank,
            message_id=self._world.next_message_id(),
            buttons=markup.inline,
            reply_to=reply_to,
            **content,
        )
        self._world.store(record, message)
        return Answer(self._world.seen_by_bot(record, message))

    def _document(self, arguments: Arguments) -> Document:
        source = arguments.text("document")
        name = source.removeprefix("attach://") if source.startswith("attach://") else "document"
        if upload := arguments.uploads.get(name):
            return self._store_upload(upload)
        if not source:
            raise bad("there is no document in the request")
        if source.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")
        return self._known_file(source)

    def _store_upload(self, upload: Upload) -> Document:
        if not upload.content:
            raise bad("file must be non-empty")
        if len(upload.content) > MAX_UPLOAD:
            raise Refused(413, "Request Entity Too Large")
        guessed = mimetypes.guess_type(upload.file_name)[0]
        mime_type = guessed or upload.mime_type or "application/octet-stream"
        return self._world.store_file(upload.file_name, mime_type, upload.content)

    def _known_file(self, file_id: str) -> Document:
        if file_id not in self._world.files:
            raise bad("wrong file identifier/HTTP URL specified")
        return self._world.files[file_id]

    async def _get_file(self, arguments: Arguments) -> Answer:
        if arguments.text("file_id") not in self._world.files:
            raise bad("invalid file_id")
        document = self._world.files[arguments.text("file_id")]
        if len(document.content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        shown = {
            "file_id": document.file_id,
            "file_unique_id": document.file_unique_id,
            "file_size": len(document.content),
            "file_path": document.path,
        }
        return Answer(shown)

    async def _edit_message_text(self, arguments: Arguments) -> Answer:
        record, message = self._own_message(arguments)
        text, entities = parse_text(
            arguments.text("text"), arguments.text("parse_mode"), too_long="MESSAGE_TOO_LONG"
        )
        if message.document is not None:
            raise bad("there is no text in the message to edit")
        return self._edit(arguments, record, message, text=text, entities=entities)

    async def _edit_message_reply_markup(self, arguments: Arguments) -> Answer:
        record, message = self._own_message(arguments)
        return self._edit(arguments, record, message)

    def _edit(
        self, arguments: Arguments, record: ChatRecord, message: Message, **content: Any
    ) -> Answer:
        """An edit without `reply_markup` takes the buttons away, as on Telegram."""
        markup = parse_markup(arguments.text("reply_markup"))
        if markup.keyboard or markup.is_removal:
            raise bad("inline keyboard expected")
        edited = replace(message, buttons=markup.inline, **content)
        if edited == message:
            same = "specified new message content and reply markup are exactly the same"
            where = "as a current content and reply markup of the message"
            raise bad(f"message is not modified: {same} {where}")
        self.limits.take(record.chat_id, self._world.clock.now())
        edited = replace(edited, edit_date=self._world.today())
        self._world.store(record, edited)
        return Answer(self._world.seen_by_bot(record, edited))

    def _own_message(self, arguments: Arguments) -> tuple[ChatRecord, Message]:
        record = self._reachable_chat(arguments)
        message = record.messages.get(arguments.whole("message_id"))
        if message is None:
            raise bad("message to edit not found")
        if not message.is_from_bot:
            raise bad("message can't be edited")
        return record, message

    async def _delete_message(self, arguments: Arguments) -> Answer:
        record = self._reachable_chat(arguments)
        message = record.messages.get(arguments.whole("message_id"))
        if message is None:
            raise bad("message to delete not found")
        if self._world.today() - message.date > DELETABLE_FOR:
            raise bad("message can't be deleted for everyone")
        self._world.delete(record, message)
        return Answer(True)

    async def _answer_callback_query(self, arguments: Arguments) -> Answer:
        text = arguments.text("text")
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        known = self._world.queries.pop(arguments.text("callback_query_id"), None)
        if known is None or known[1] < self._world.clock.now():
            raise bad("query is too old and response timeout expired or query ID is invalid")
        record = known[0]
        record.answers.append(CallbackAnswer(text, arguments.flag("show_alert")))
        record.changed.fire()
        return Answer(True)

    async def _send_chat_action(self, arguments: Arguments) -> Answer:
        record = self._reachable_chat(arguments)
        action = arguments.text("action").lower()
        if action not in ACTIONS:
            raise bad("wrong parameter action in request")
        record.actions.append(action)
        return Answer(True)

    async def _set_my_commands(self, arguments: Arguments) -> Answer:
        try:
            commands = json.loads(arguments.text("commands") or "[]")
        except ValueError:
            raise bad("can't parse commands JSON object") from None
        if not isinstance(commands, list):
            raise bad("expected an Array of BotCommand")
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        checked = [_checked_command(command) for command in commands]
        self._world.commands[_command_scope(arguments)] = checked
        return Answer(True)

    async def _get_my_commands(self, arguments: Arguments) -> Answer:
        return Answer(self._world.commands.get(_command_scope(arguments), []))

    async def _delete_my_commands(self, arguments: Arguments) -> Answer:
        self._world.commands.pop(_command_scope(arguments), None)
        return Answer(True)

    def _reachable_chat(self, arguments: Arguments) -> ChatRecord:
        """A bot reaches only people who have written to it and have not blocked it."""
        if not arguments.text("chat_id"):
            raise bad("chat_id is empty")
        record = self.find_chat(arguments)
        if record is None or not record.is_known:
            raise bad("chat not found")
        if record.is_blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return record


def _replied_message(arguments: Arguments, record: ChatRecord) -> int:
    wanted = arguments.whole("reply_to_message_id")
    is_optional = arguments.flag("allow_sending_without_reply")
    if source := arguments.text("reply_parameters"):
        try:
            parameters = json.loads(source)
            wanted = int(parameters["message_id"])
            is_optional = bool(parameters.get("allow_sending_without_reply"))
        except (ValueError, TypeError, KeyError):
            raise bad("can't parse reply parameters JSON object") from None
    if not wanted or wanted in record.messages:
        return wanted
    if is_optional:
        return 0
    raise bad("message to be replied not found")


def _command_scope(arguments: Arguments) -> tuple[str, str]:
    try:
        scope = json.loads(arguments.text("scope") or '{"type": "default"}')
    except ValueError:
        raise bad("can't parse BotCommandScope JSON object") from None
    return json.dumps(scope, sort_keys=True), arguments.text("language_code")


def _checked_command(command: Any) -> Json:
    if not isinstance(command, dict):
        raise bad("can't parse BotCommand: expected an Object")
    name = str(command.get("command", "")).removeprefix("/").strip()
    description = str(command.get("description", "")).strip()
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
