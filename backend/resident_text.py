"""What people write is shown as text and without hidden tricks."""

import re

# Bidi embeddings, overrides and isolates, and the invisible tag characters.
_DECEPTIVE = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def shown_text(text: str) -> str:
    """Characters that reorder or hide their neighbours become visible marks."""
    return _DECEPTIVE.sub(lambda match: f"[U+{ord(match.group()):04X}]", text)
