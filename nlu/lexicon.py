"""Words of twelve languages for days, times, people and languages, found in a text as tokens."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from babel import Locale

LANGUAGES = ("sv", "da", "fi", "en", "ar", "uk", "ru", "et", "th", "so", "fa", "ti")

_FILE = Path(__file__).with_name("lexicon.toml")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
# Lists of words that stand for their own kind, in the order in which a shared word is read.
_PLAIN_KINDS = (
    "weekend",
    *("next", "this", "after", "before", "in", "at", "at_weak", "oclock", "half_to", "half_past"),
    *("half_after", "am", "pm", "of_month", "not", "we", "people", "interpreter", "speaks"),
    *("instead", "greetings", "first", "of"),
)
_LETTERS = str.maketrans(
    {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ʼ": "'", "’": "'", "`": "'", "\u200c": " "}
    | dict.fromkeys("\u0640\u200b\u200d\u200e\u200f\ufeff")
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_ETHIOPIC_NUMBER = re.compile("[\u1369-\u137a]+")
_NOT_THAI_MARK = re.compile("[^\u0e00-\u0e7f]")
_LATIN_OR_CYRILLIC = re.compile("[a-z\u0400-\u04ff]")

# Numbers come first: an amount, a telephone number or a share must not look like a date.
_NUMERIC = {
    "iso": r"(?<!\d)(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})(?![\d-])",
    "dated": (
        r"(?<![\d.])(?P<d2>\d{1,2})(?P<s2>[./-])(?P<m2>\d{1,2})(?P=s2)(?P<y2>\d{4}|\d\d)(?!\d)"
    ),
    "junk": (
        r"[\d][\d., ]*(?:kr(?:onor)?\b|:-|sek\b|dkk\b|eur(?:o[a-z]*)?\b|€|\$|%|m2\b)"
        r"|24/7|\d{5,}[\d-]*|\+\d[\d -]+|0\d{1,3}[ -]\d[\d -]{4,}|\d{3,4}(?: \d{2,3})+"
    ),
    "clock": r"(?<![\d:])(?P<h1>\d{1,2}):(?P<n1>\d\d)(?![\d:])",
    "slash": r"(?<![\d/])(?P<d3>\d{1,2})/(?P<m3>\d{1,2})(?![\d/])",
    "dotted": r"(?<![\d.])(?P<d4>\d{1,2})\. ?(?P<m4>\d{1,2})(?P<t4>\.?)(?!\d)",
    "ordinal": r"(?<![\d.,])(?P<o1>\d{1,2})(?:st|nd|rd|th|:e|:a|-?(?:го|ого|е|те))(?![^\W\d_])",
    "number": r"(?<![\d.,])(?P<n2>\d{1,4})(?![\d]|[.,]\d)(?:(?<!\d{3})\.(?= ?[^\W\d_]))?",
    "stop": r"[.,;:?!\n\u060c\u061b\u061f\u1361-\u1368]+",
}

_NUMBER = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _NUMERIC.items()))
_RUN = re.compile(r"\w[\w']*")
_THAI_RUN = re.compile(r"[a-z]+|[^\s\d]")
_ARABIC, _CYRILLIC, _LATIN = "[\u0620-\u06ff]", "[\u0400-\u04ff]", "[a-z]"
_SCRIPTS = {
    language: re.compile(rf"\d|{script}")
    for language, script in {
        **dict.fromkeys(("sv", "da", "fi", "en", "et", "so"), _LATIN),
        **dict.fromkeys(("ar", "fa"), _ARABIC),
        **dict.fromkeys(("uk", "ru"), _CYRILLIC),
        "th": "[\u0e00-\u0e7f]",
        "ti": "[\u1200-\u137f]",
    }.items()
}


@dataclass(frozen=True)
class Token:
    """A word or number with a meaning, or (`other`) a word without one; `value` depends on kind."""

    kind: str
    value: Any
    text: str


def fold(text: str) -> str:
    """Lower case without accents, Arabic letter variants and invisible signs; digits of every
    script become 0-9. Thai keeps its marks, which are its vowels."""
    decomposed = unicodedata.normalize("NFKD", text).lower().translate(_LETTERS)
    kept = (_plain_digit(c) for c in decomposed if not _is_accent(c))
    return _ETHIOPIC_NUMBER.sub(_ethiopic_number, _HYPHEN.sub(" ", "".join(kept)))


@lru_cache(maxsize=256)
def tokens(folded: str, language: str) -> tuple[Token, ...]:
    """The tokens of a folded text as a reader of the language sees them; a text without the
    language's script has none."""
    if not _SCRIPTS[language].search(folded):
        return ()
    lexer = _lexer(language)
    found: list[Token] = []
    place = 0
    while place < len(folded):
        token = lexer.token_at(folded, place)
        place += len(token.text)
        if token.kind != "space":
            found.append(token)
    return tuple(found)


def words(language: str) -> dict[str, Any]:
    table: dict[str, Any] = _table()[language]
    return table


@cache
def _table() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def _is_accent(character: str) -> bool:
    is_mark = unicodedata.category(character) == "Mn"
    return is_mark and _NOT_THAI_MARK.match(character) is not None


def _plain_digit(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.decimal(character))


def _ethiopic_number(match: re.Match[str]) -> str:
    """Tens and ones stand side by side and are added."""
    return str(int(sum(unicodedata.numeric(sign) for sign in match.group())))


def _numeric_value(kind: str, match: re.Match[str]) -> Any:
    """The groups that took part, as numbers; a dotted date also knows whether it ended in a dot."""
    groups = {name: text for name, text in match.groupdict().items() if text and name[1:].isdigit()}
    numbers = {name[0]: int(text) for name, text in groups.items() if text.isdecimal()}
    if kind in ("number", "ordinal"):
        return next(iter(numbers.values()))
    return numbers | {"ends_in_dot": "t4" in groups}


class _Lexer:
    """Forms by how they begin, so that a word is compared with few of them."""

    def __init__(self, language: str) -> None:
        self._is_spaced = language != "th"
        self._prefix = re.compile(words(language).get("prefix", ""))
        self._meanings: dict[str, tuple[str, Any]] = {}
        self._beginning: dict[str, list[str]] = {}
        self._compiled: dict[str, re.Pattern[str]] = {}
        forms: dict[str, tuple[str, Any]] = {}
        for kind, value, form in _forms(language):
            forms.setdefault(fold(form), (kind, value))
        for number, form in enumerate(sorted(forms, key=len, reverse=True)):
            self._meanings[f"w{number}"] = forms[form]
            pattern = re.escape(form).replace(r"\ ", " ?").replace(r"\*", r"\w*")
            key = form[:2] if form[1:2].isalpha() else form[:1]
            self._beginning.setdefault(key, []).append(f"(?P<w{number}>{pattern})")

    def token_at(self, text: str, place: int) -> Token:
        number = _NUMBER.match(text, place)
        if number:
            kind = number.lastgroup or ""
            return Token(kind, _numeric_value(kind, number), number.group())
        word = self._word_at(text, place)
        if word:
            return word
        run = _RUN.match(text, place) if self._is_spaced else _THAI_RUN.match(text, place)
        if run:
            return Token("other", None, run.group())
        return Token("space", None, text[place])

    def _match(self, key: str, text: str, start: int) -> re.Match[str] | None:
        """Compiled when first met: all of them at once would hold up the first message."""
        if key not in self._beginning:
            return None
        if key not in self._compiled:
            end = r"(?![^\W\d_])" if self._is_spaced else ""
            self._compiled[key] = re.compile(f"(?:{'|'.join(self._beginning[key])}){end}")
        return self._compiled[key].match(text, start)

    def _word_at(self, text: str, place: int) -> Token | None:
        """The longest form, after nothing or any of the prefixes that fit."""
        best: Token | None = None
        for start in range(place, min(place + 5, len(text))):
            if not self._prefix.fullmatch(text, place, start):
                continue
            for key in (text[start : start + 2], text[start]):
                match = self._match(key, text, start)
                if match and (best is None or len(best.text) < match.end() - place):
                    kind, value = self._meanings[match.lastgroup or ""]
                    best = Token(kind, value, text[place : match.end()])
        return best


_lexer = cache(_Lexer)


def _forms(language: str) -> Iterator[tuple[str, Any, str]]:
    """Every (kind, value, form); of forms that are the same the first counts."""
    table = words(language)
    for number, names in enumerate(_names(language, "days", _WEEKDAYS)):
        for name in names:
            yield ("weekday_short" if _is_short(name) else "weekday"), number, name
    yield from _each("relative", ((int(days), names) for days, names in table["relative"].items()))
    yield from _each("part", enumerate(part["words"] for part in table["parts"]))
    yield from _each("span", (((unit, n), names) for names, unit, n in table.get("spans", ())))
    yield from _each("unit", ((unit, table[unit]) for unit in ("day", "week", "month")))
    yield from _each("language", table["languages"].items())
    for kind in _PLAIN_KINDS:
        yield from _each(kind, [(None, table.get(kind, ()))])
    yield from _each(
        "half_hour", ((hour, [name]) for hour, name in enumerate(table.get("halves", ())))
    )
    yield from _each("number_word", enumerate(table["numbers"], start=1))
    yield from _each("month_name", enumerate(_names(language, "months", _MONTHS), start=1))


def _each(kind: str, rows: Iterable[tuple[Any, Iterable[str]]]) -> Iterator[tuple[str, Any, str]]:
    for value, names in rows:
        yield from ((kind, value, name) for name in names)


def _names(language: str, key: str, english: Iterable[str]) -> list[list[str]]:
    """Of weekdays or months: our own, then those of Babel, then those of dateparser."""
    table = words(language)
    cldr = getattr(Locale.parse(language), key)
    spelled = import_module(f"dateparser.data.date_translation_data.{language}").info
    found = []
    for number, name in enumerate(english):
        own = table[key][number] if key in table else []
        place = number if key == "days" else number + 1
        by_babel = [
            cldr[form][width][place].rstrip(".")
            for form in ("format", "stand-alone")
            for width in ("wide", "abbreviated")
        ]
        longer = [form for form in spelled[name] if len(form) > 3]
        dropped = table.get("drop", ())
        found.append([*own, *(n for n in [*by_babel, *longer] if len(n) > 1 and n not in dropped)])
    return found


def _is_short(name: str) -> bool:
    """Whether a weekday looks like other words: "sun", "fre", "to"."""
    folded = fold(name)
    return len(folded) < (4 if _LATIN_OR_CYRILLIC.match(folded) else 3)
