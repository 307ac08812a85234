"""One-word answers, read exactly and without any model: yes, no, stop, restart, help."""

import re
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

from nlu.normalise import normalise

WORDS_FILE = Path(__file__).resolve().parents[1] / "content" / "short_words.toml"
PUNCTUATION = re.compile(r"[\s.!,;:'\"…።፣፧]+")


class ShortWord(StrEnum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    RESTART = "restart"
    HELP = "help"


def read_short_word(text: str) -> ShortWord | None:
    """All languages are tried: people say "ok" and "stop" in any of them."""
    return _words().get(_key(text))


@cache
def _words() -> dict[str, ShortWord]:
    with WORDS_FILE.open("rb") as file:
        table = tomllib.load(file)
    return {
        _key(word): ShortWord(meaning)
        for meaning, by_language in table.items()
        for words in by_language.values()
        for word in words
    }


def _key(text: str) -> str:
    return PUNCTUATION.sub(" ", normalise(text).lower()).strip()
