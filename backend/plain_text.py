"""What is taken out of typed text before it is stored, and how much of it is accepted."""

import re

MAX_LENGTH = 4000

# C0 and C1 without line feed and tab (PostgreSQL refuses NUL), lone surrogates, invisible tags.
# Joiners stay: Persian and emoji need them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\U000e0000-\U000e007f]")


class TooLong(ValueError):
    """More than anybody types at once; nothing was cut off."""


def storable(text: str) -> str:
    """The text without what cannot be stored or would hide; ZWNJ and ZWJ carry meaning and stay."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def clean(text: str) -> str:
    """Raises TooLong."""
    cleaned = storable(text)
    if len(cleaned) > MAX_LENGTH:
        raise TooLong
    return cleaned
