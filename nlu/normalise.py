"""One spelling per text before it is encoded, compared or sent: residents write with broken
keyboards, invisible characters and foreign letter forms. Runs on Python 3.10 and 3.11."""

import re
import unicodedata

ENCODED_CHARACTERS = 1000
# The encoder's time grows with its tokens: a thousand emoji took five seconds. Signs that need
# more bytes need more tokens, and the twentieth wave says no more than the third.
_ENCODED_BYTES = 1500
_REPEATED = re.compile(r"([^\d])\1{3,}")

# Persian phones often send Arabic kaf and yeh, Kurdish and Afghan phones Persian ones in Arabic.
_PERSIAN_LETTERS = re.compile("[\u067e\u0686\u0698\u06af]")
_ARABIC_SPELLING = re.compile("[\u0629\u0623\u0625]|(?:^|\\s)\u0627\u0644\\w{2}")
_TO_PERSIAN = str.maketrans({"\u0643": "\u06a9", "\u064a": "\u06cc", "\u0649": "\u06cc"})
_TO_ARABIC = str.maketrans({"\u06a9": "\u0643", "\u06cc": "\u064a"})
_FOLDED_ARABIC = str.maketrans(
    {
        "\u0622": "\u0627",
        "\u0623": "\u0627",
        "\u0625": "\u0627",
        "\u0671": "\u0627",
        "\u0649": "\u064a",
        "\u06cc": "\u064a",
        "\u06a9": "\u0643",
        "\u0629": "\u0647",
    }
)
# Tatweel, Arabic vowel marks, bidirectional controls, byte-order mark and zero-width joiner
# carry no meaning; the zero-width non-joiner separates Persian word parts and becomes a space.
_DROPPED = re.compile(
    "[\u0640\u064b-\u0652\u0670\u200b\u200d-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SPACES = re.compile(r"[\s\u200c\x00-\x1f\x7f]+")
# Thai writes vowels and tones as marks, which Python does not count as parts of words.
_NOT_WORD = re.compile("(?:[^\\w\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|_)+")


def normalise(text: str) -> str:
    """The text as the encoder should see it, at most its first thousand characters."""
    readable = text[: 4 * ENCODED_CHARACTERS].encode("utf-8", "ignore").decode("utf-8")
    composed = unicodedata.normalize("NFC", readable)
    plain = _SPACES.sub(" ", _DROPPED.sub("", composed)).strip()
    return _cut(_settle_letters(_REPEATED.sub(r"\1\1\1", plain)))


def duplicate_key(text: str) -> str:
    """Equal for texts that differ only in case, punctuation, marks or Arabic letter forms."""
    folded = unicodedata.normalize("NFKC", normalise(text)).casefold().translate(_FOLDED_ARABIC)
    return _NOT_WORD.sub(" ", folded).strip()


def _cut(text: str) -> str:
    return text[:ENCODED_CHARACTERS].encode()[:_ENCODED_BYTES].decode("utf-8", "ignore").rstrip()


def _settle_letters(text: str) -> str:
    if _PERSIAN_LETTERS.search(text):
        return text.translate(_TO_PERSIAN)
    if _ARABIC_SPELLING.search(text):
        return text.translate(_TO_ARABIC)
    return text
