"""What every channel does with what people send, before it is stored."""

from backend.plain_text import storable

MAX_CHARACTERS = 4_000
MAX_BYTES = 16 * 1024

clean = storable


def is_too_long(text: str) -> bool:
    return len(text) > MAX_CHARACTERS or len(text.encode()) > MAX_BYTES
