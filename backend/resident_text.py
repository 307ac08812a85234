"""What people write is shown as text and without hidden tricks."""

import re

# Bidi embeddings, overrides and isolates, and the invisible tag characters.
_DECEPTIVE = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def shown_text(text: str) -> str:
    """Characters that reorder or hide their neighbours become visible marks."""
    return _DECEPTIVE.sub(lambda match: f"[U+{ord(match.group()):04X}]", text)


def unbroken(text: str) -> str:
    """A range such as 13:30–14:00 stays on one line: U+2060 forbids the break after the dash."""
    return text.replace("–", "–\u2060")
