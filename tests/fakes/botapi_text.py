"""What the Bot API accepts as text and as buttons, and how it words its refusals."""

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BUTTONS = 100
MAX_CALLBACK_DATA = 64

_ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAG = re.compile(r"<(/?)([a-zA-Z0-9-]*)([^<>]*)>?")
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# Telegram knows four names; every other "&name;" stays as it was written.
_CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DROPPED = re.compile("[\r\u2028-\u202e]")


class Refused(Exception):
    """An answer with "ok": false."""

    def __init__(self, status: int, description: str, retry_after: int = 0) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


@dataclass(frozen=True)
class Entity:
    """A formatted stretch of text; offset and length count UTF-16 units, as Telegram does."""

    type: str
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True)
class Button:
    """A button under a message: it carries callback data or opens an address."""

    text: str
    callback_data: str = ""
    url: str = ""


@dataclass(frozen=True)
class Markup:
    """What `reply_markup` asked for. `inline` hangs under the message, `keyboard` replaces keys."""

    inline: tuple[tuple[Button, ...], ...] = ()
    keyboard: tuple[tuple[str, ...], ...] = ()
    is_removal: bool = False


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_text(text: str, parse_mode: str, *, too_long: str) -> tuple[str, tuple[Entity, ...]]:
    """The text as Telegram stores it: formatted, cleaned, trimmed and within the limit."""
    if not text:
        raise bad("message text is empty")
    plain, entities = _formatted(text, parse_mode)
    if not plain:
        raise bad("text must be non-empty")
    if utf16_length(plain) > MAX_TEXT:
        raise bad(too_long)
    return plain, entities


def parse_caption(text: str, parse_mode: str) -> tuple[str, tuple[Entity, ...]]:
    plain, entities = _formatted(text, parse_mode)
    if utf16_length(plain) > MAX_CAPTION:
        raise bad("message caption is too long")
    return plain, entities


def parse_markup(source: str) -> Markup:
    if not source:
        return Markup()
    try:
        wanted = json.loads(source)
    except ValueError:
        raise bad("can't parse reply keyboard markup JSON object") from None
    if not isinstance(wanted, dict):
        raise bad("object expected as reply markup")
    if keyboard := wanted.get("keyboard"):
        return Markup(keyboard=_reply_keyboard(keyboard))
    if inline := wanted.get("inline_keyboard"):
        return Markup(inline=_inline_keyboard(inline))
    return Markup(is_removal=bool(wanted.get("remove_keyboard")))


def _formatted(text: str, parse_mode: str) -> tuple[str, tuple[Entity, ...]]:
    clean = _CONTROL.sub(" ", _DROPPED.sub("", text))
    match parse_mode.lower():
        case "":
            return clean.strip(), ()
        case "html":
            return _parse_html(clean)
        case _:
            # Markdown is refused loudly: the service sends plain text or HTML and nothing else.
            raise bad("unsupported parse_mode")


def _parse_html(text: str) -> tuple[str, tuple[Entity, ...]]:
    plain = ""
    open_tags: list[tuple[str, int, str]] = []
    entities: list[Entity] = []
    position = 0
    for tag in _TAG.finditer(text):
        plain += _CHARACTER.sub(_unescape, text[position : tag.start()])
        position = tag.end()
        offset = len(text[: tag.start()].encode())
        closing, name, attributes = tag[1], tag[2].lower(), tag[3]
        if closing:
            entities.append(_close(open_tags, name, plain, offset))
        elif name not in _ENTITY_OF_TAG or not tag[0].endswith(">"):
            problem = f'unsupported start tag "{name}" at byte offset {offset}'
            raise bad(f"can't parse entities: {problem}")
        else:
            open_tags.append((name, utf16_length(plain), attributes))
    if open_tags:
        problem = f'can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"'
        raise bad(f"can't parse entities: {problem}")
    plain += _CHARACTER.sub(_unescape, text[position:])
    start = utf16_length(plain) - utf16_length(plain.lstrip())
    kept = (_shifted(entity, start) for entity in entities if entity.length)
    return plain.strip(), tuple(sorted(kept, key=lambda entity: (entity.offset, -entity.length)))


def _close(open_tags: list[tuple[str, int, str]], name: str, plain: str, offset: int) -> Entity:
    if not open_tags:
        raise bad(f"can't parse entities: unexpected end tag at byte offset {offset}")
    opened, start, attributes = open_tags.pop()
    if name and name != opened:
        problem = f'expected "</{opened}>", found "</{name}>"'
        raise bad(f"can't parse entities: unmatched end tag at byte offset {offset}, {problem}")
    href = _HREF.search(attributes)
    url = unescape(href[1] or href[2] or "") if href and opened == "a" else ""
    return Entity(_ENTITY_OF_TAG[opened], start, utf16_length(plain) - start, url)


def _unescape(character: re.Match[str]) -> str:
    return unescape(character[0])


def _shifted(entity: Entity, start: int) -> Entity:
    return Entity(entity.type, max(entity.offset - start, 0), entity.length, entity.url)


def _reply_keyboard(rows: Any) -> tuple[tuple[str, ...], ...]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "keyboard" must be an Array of Arrays')
    return tuple(tuple(_label(button) for button in row) for row in rows)


def _label(button: Any) -> str:
    label = button.get("text") if isinstance(button, dict) else button
    if not isinstance(label, str) or not label:
        raise bad("can't parse keyboard button: text must be non-empty")
    return label


def _inline_keyboard(rows: Any) -> tuple[tuple[Button, ...], ...]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad("reply markup is too long")
    return tuple(tuple(_inline_button(button) for button in row) for row in rows if row)


def _inline_button(button: Any) -> Button:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    # Telegram drops a button without a label in silence; a test is better told.
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    if "url" in button:
        return Button(button["text"], url=_checked_link(str(button["url"])))
    if "callback_data" in button:
        return Button(button["text"], callback_data=_checked_data(button["callback_data"]))
    refusal = "Text buttons are unallowed in the inline keyboard"
    raise bad(f"can't parse inline keyboard button: {refusal}")


def _checked_data(data: Any) -> str:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA:
        raise bad("BUTTON_DATA_INVALID")
    return data


def _checked_link(url: str) -> str:
    """Telegram refuses other schemes and host names without a dot, `localhost` among them."""
    refusal = f"inline keyboard button URL '{url}' is invalid"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise bad(f"{refusal}: Wrong port number specified in the URL") from None
    if parts.scheme == "tg":
        return url
    if parts.scheme not in ("http", "https", ""):
        raise bad(f"{refusal}: Unsupported URL protocol")
    if "." not in (parts.hostname or parts.path.split("/")[0]):
        raise bad(f"{refusal}: Wrong HTTP URL")
    return url
