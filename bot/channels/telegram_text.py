"""A reply as Telegram shows it: plain text in parts that fit, and inline buttons."""

import unicodedata
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from backend.reply import Reply, Source, Way
from content.languages import Direction
from content.languages import language as language_entry
from content.locale_format import date_text
from content.texts import Domain, load_texts

MAX_UNITS = 4096  # of UTF-16, as Telegram counts
ZERO_WIDTH_JOINER = "\u200d"
# What belongs to the character before it, besides marks: joiners, the last vowel of Thai and Lao,
# skin tones, and the invisible letters that make a flag of Scotland out of a black one.
TAILS = frozenset(
    map(chr, (0x200C, 0x200D, 0x0E33, 0x0EB3, *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)))
)
FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
BREAKS = ("\n\n", "\n", " ")
SHORT_LABEL = 18


def parts_of(reply: Reply, public_url: str, language: str) -> list[str]:
    """The whole reply as text without markup, in parts of at most 4096 UTF-16 units."""
    lines = [reply.title] if reply.title and reply.title not in reply.text else []
    lines.extend((reply.text, reply.limit))
    lines.extend(
        f"{link.label}: {public_url if link.url.startswith('/') else ''}{link.url}"
        for link in reply.links
        if not link.url.startswith("tel:")
    )
    if reply.way:
        lines.append(_way_lines(reply.way, public_url, language))
    if reply.source:
        lines.append(_source_lines(reply.source, language))
    return split("\n\n".join(filter(None, lines)))


def _way_lines(way: Way, public_url: str, language: str) -> str:
    """First: … → Now: … → Then: …; arrows follow the direction of the script."""
    _ = load_texts(Domain.RESIDENT, language).gettext
    direction = language_entry(language).direction
    arrow = " ← " if direction is Direction.RIGHT_TO_LEFT else " → "
    parts = (
        (_("First:"), [button.label for button in way.first]),
        (_("Now:"), [way.now]),
        (_("Then:"), [button.label for button in way.then]),
    )
    line = arrow.join(f"{label} {' · '.join(names)}" for label, names in parts if names)
    whole = f"{_('The way, step by step')}: {public_url}{way.url}"
    return "\n".join([line, way.turn, whole])


def _source_lines(source: Source, language: str) -> str:
    _ = load_texts(Domain.RESIDENT, language).gettext
    checked_on = date_text(date.fromisoformat(source.checked_on), language)
    name = f"{_('Source:')} {source.name}"
    return "\n".join(
        [name, source.url, _("This text is from {date}.", date=checked_on), *source.notes]
    )


def split(text: str) -> list[str]:
    """Parts that end where a paragraph, line or word does, else between two graphemes."""
    parts = []
    while text := text.strip():
        end = _end_of_part(text)
        parts.append(text[:end].rstrip())
        text = text[end:]
    return parts


def _end_of_part(text: str) -> int:
    longest = _longest_start(text)
    if longest == len(text):
        return longest
    for mark in BREAKS:
        end = text.rfind(mark, longest // 2, longest + 1)
        if end > 0:
            return end
    end = longest
    while end and not _is_border(text, end):
        end -= 1
    return end or longest


def _longest_start(text: str) -> int:
    """How many characters of the text fit into one message."""
    units = 0
    for index, character in enumerate(text):
        units += 1 if character < "\U00010000" else 2
        if units > MAX_UNITS:
            return index
    return len(text)


def _is_border(text: str, index: int) -> bool:
    """Whether what a person sees as one character ends before `index`."""
    before, after = text[index - 1], text[index]
    if before == ZERO_WIDTH_JOINER or after in TAILS or unicodedata.category(after)[0] == "M":
        return False
    return not (after in FLAG_LETTERS and _flag_letters_before(text, index) % 2)


def _flag_letters_before(text: str, index: int) -> int:
    start = index
    while start and text[start - 1] in FLAG_LETTERS:
        start -= 1
    return index - start


def keyboard_of(reply: Reply) -> InlineKeyboardMarkup | None:
    """Short choices two in a row, long ones alone; times carry their day."""
    rows: list[list[InlineKeyboardButton]] = []
    previous_was_short = False
    for button in (*(reply.way.first + reply.way.then if reply.way else ()), *reply.buttons):
        label = f"{button.group} {button.label}" if button.group else button.label
        key = InlineKeyboardButton(label, callback_data=button.action)
        is_short = len(label) <= SHORT_LABEL
        if is_short and previous_was_short and len(rows[-1]) == 1:
            rows[-1].append(key)
        else:
            rows.append([key])
        previous_was_short = is_short
    return InlineKeyboardMarkup(rows) if rows else None
