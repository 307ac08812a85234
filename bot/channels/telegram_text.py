"""A reply as Telegram shows it: plain text in parts that fit, and inline buttons."""

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from backend.reply import Reply

MAX_UNITS = 4096  # of UTF-16, as Telegram counts
# A base character with what belongs to it: marks, variation selectors, joiners, skin tones.
GRAPHEME = re.compile(
    r"\r\n|[\U0001F1E6-\U0001F1FF]{2}"
    r"|.(?:[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\ufe00-\ufe0f"
    r"\U0001F3FB-\U0001F3FF]|\u200d.)*",
    re.DOTALL,
)
SHORT_LABEL = 18


def parts_of(reply: Reply, public_url: str) -> list[str]:
    """The whole reply as text without markup, cut between graphemes where it is too long."""
    lines = [reply.title] if reply.title and reply.title not in reply.text else []
    lines.append(reply.text)
    lines.extend(
        f"{link.label}: {public_url if link.url.startswith('/') else ''}{link.url}"
        for link in reply.links
        if not link.url.startswith("tel:")
    )
    if reply.source:
        lines.append("\n".join([f"{reply.source.name}: {reply.source.url}", *reply.source.notes]))
    return split("\n\n".join(filter(None, lines)))


def split(text: str) -> list[str]:
    parts: list[str] = []
    start = units = 0
    end = 0
    for match in GRAPHEME.finditer(text):
        size = len(match.group().encode("utf-16-le")) // 2
        if units + size > MAX_UNITS:
            parts.append(text[start:end])
            start, units = end, 0
        units += size
        end = match.end()
    parts.append(text[start:])
    return [part for part in parts if part.strip()]


def keyboard_of(reply: Reply) -> InlineKeyboardMarkup | None:
    """Short choices two in a row, long ones alone; times carry their day."""
    rows: list[list[InlineKeyboardButton]] = []
    previous_was_short = False
    for button in reply.buttons:
        label = f"{button.group} {button.label}" if button.group else button.label
        key = InlineKeyboardButton(label, callback_data=button.action)
        is_short = len(label) <= SHORT_LABEL
        if is_short and previous_was_short and len(rows[-1]) == 1:
            rows[-1].append(key)
        else:
            rows.append([key])
        previous_was_short = is_short
    return InlineKeyboardMarkup(rows) if rows else None
