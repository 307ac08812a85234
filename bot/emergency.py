"""Recognises immediate danger in what a resident writes, before any model is asked.

The rules are word lists in content/emergency/<lang>.toml. All languages are tried on every
message, because frightened people do not write in the language they have chosen.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unicodedata import category, normalize

_FOLDER = Path(__file__).resolve().parents[1] / "content" / "emergency"
_LIMIT = 4_000
# The words of one rule must stand near each other: any two within a step share a window.
_WINDOW, _STEP = 20, 10
# Apostrophes, invisible marks, tatweel and Arabic vowel signs do not tell words apart.
_DROPPED = "'’‘`´ʼ\u00ad\u0640\u0670\u2060\ufeff" + "".join(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x64B, 0x656)))
)
_ONE_SPELLING = str.maketrans("أإآٱىیئؤکةۀہ", "اااايييوكههه", _DROPPED)
_STEM = re.compile(r"\S{3,}\*")
_ACCENTS = str.maketrans({"ø": "o", "æ": "ae"} | dict.fromkeys(map(chr, range(0x300, 0x370))))


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires on a phrase, or on one word of every group, unless a harmless word is near."""

    groups: tuple[frozenset[str], ...]
    phrases: frozenset[str]
    harmless: frozenset[str]

    def fires(self, found: set[str]) -> bool:
        if not self.harmless.isdisjoint(found):
            return False
        together = bool(self.groups) and not any(map(found.isdisjoint, self.groups))
        return together or not self.phrases.isdisjoint(found)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules by the forms that can start them; `reach`: first word -> words of its longest form."""

    rules_for: dict[str, list[Rule]]
    known: frozenset[str]
    thai: frozenset[str]
    reach: dict[str, int]

    def known_in(self, words: list[str]) -> set[str]:
        runs = {
            " ".join(words[start : start + length])
            for start, first in enumerate(words)
            for length in range(1, self.reach.get(first, 0) + 1)
        }
        stems = {word[:end] + "*" for word in words for end in range(3, len(word) + 1)}
        joined = "".join(words)
        thai = self.thai if _is_thai(joined) else ()
        return ((runs | stems) & self.known) | {form for form in thai if form in joined}


def is_emergency(text: str) -> bool:
    """Whether somebody seems to be in danger now, hurt now, or about to harm themself."""
    book = load_rules()
    for words in _windows(_words(text)):
        found = book.known_in(words) | book.known_in([_bare(word) for word in words])
        rules = (rule for form in found for rule in book.rules_for.get(form, ()))
        if any(rule.fires(found) for rule in rules):
            return True
    return False


@cache
def load_rules(folder: Path = _FOLDER) -> RuleBook:
    files = [tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))]
    rules = tuple(_rule(entry) for file in files for entry in file["rule"])
    known = {form for rule in rules for form in rule.phrases.union(rule.harmless, *rule.groups)}
    rules_for: dict[str, list[Rule]] = {}
    for rule in rules:
        # A rule that fires has a form of every group, so one group is enough to find it.
        for form in rule.phrases | min(rule.groups, key=len, default=frozenset()):
            rules_for.setdefault(form, []).append(rule)
    reach: dict[str, int] = {}
    for words in map(str.split, known):
        reach[words[0]] = max(reach.get(words[0], 0), len(words))
    return RuleBook(rules_for, frozenset(known), frozenset(filter(_is_thai, known)), reach)


def _rule(entry: dict[str, list[str]]) -> Rule:
    if unknown := entry.keys() - {"all", "none", "phrase"}:
        raise ValueError(f"An emergency rule has unknown keys: {sorted(unknown)}.")
    groups = tuple(_forms(group.split("|")) for group in entry.get("all", []))
    return Rule(groups, _forms(entry.get("phrase", [])), _forms(entry.get("none", [])))


def _forms(patterns: list[str]) -> frozenset[str]:
    """The forms of some patterns: words, or one word and a star for all that begin so."""
    if unread := [x for x in patterns if "*" in x and not _STEM.fullmatch(x)]:
        raise ValueError(f"A stem is one word of three letters or more: {unread}.")
    return frozenset(
        form + "*" * pattern.endswith("*")
        for pattern in patterns
        for form in _forms_of(_words(pattern))
    )


def _forms_of(words: list[str]) -> Iterator[str]:
    # Thai is written without spaces, so its forms are looked for inside the joined text.
    joiner = "" if _is_thai(words[0]) else " "
    kept = joiner.join(words)
    yield kept
    # Two or three bare letters are too often a word of another language: dö, do.
    if len(kept) > 3:
        yield joiner.join(map(_bare, words))


def _windows(words: list[str]) -> Iterator[list[str]]:
    for start in range(0, max(1, len(words) - _STEP), _STEP):
        yield words[start : start + _WINDOW]


def _words(text: str) -> list[str]:
    # Cut again, because one sign can become eighteen letters.
    plain = normalize("NFKC", text[:_LIMIT])[:_LIMIT].casefold()
    letters = plain.translate(_ONE_SPELLING)
    return _squeeze("".join(x if category(x)[0] in "LMN" else " " for x in letters)).split()


def _bare(word: str) -> str:
    """Without accents, and without the Arabic "and", which is written as part of the word."""
    return _squeeze(normalize("NFD", word).translate(_ACCENTS)).removeprefix("و")


def _squeeze(text: str) -> str:
    pairs = zip(" " + text, text, strict=False)
    return "".join(this for last, this in pairs if this != last or not this.isalpha())


def _is_thai(text: str) -> bool:
    return any("\u0e00" <= letter <= "\u0e7f" for letter in text)
