"""The words that anybody may read here already, in training lines and answers. A word outside of
them may be somebody's name, so only these stay in a line that is kept."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from nlu.normalise import normalise

PROJECT = Path(__file__).resolve().parent.parent
WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
# Thai is written without spaces: stretches of four signs take the place of words.
THAI = re.compile("[\u0e01-\u0e4e]+")
THAI_STRETCH = 4
# Names that stand small in a training line and are no words of any of our languages.
_NAMES = frozenset({"ahmad", "ali", "hanan", "kurt", "sami", "timo"})


@dataclass(frozen=True)
class PublicWords:
    """`small` are written without a capital somewhere, or in a script that has none; `official`
    are spelled as in answers, with their capitals; `thai` are stretches."""

    small: frozenset[str]
    official: frozenset[str]
    thai: frozenset[str]

    def knows(self, word: str, *, may_begin: bool) -> bool:
        """`may_begin`: at the beginning of a sentence a capital says nothing."""
        if word in self.official or self._knows_small(word if not may_begin else word.lower()):
            return True
        parts = word.split("-")
        return len(parts) > 1 and all(self.knows(part, may_begin=may_begin) for part in parts)

    def _knows_small(self, word: str) -> bool:
        return word in self.small or (len(word) == 1 and word.lower() in self.small)


@cache
def public_words(project: Path = PROJECT) -> PublicWords:
    """Reading takes a second, once. Without the files nothing is known, so nothing is kept."""
    spoken = list(_training_lines(project))
    written = [
        line
        for path in chain(project.glob("content/*/*/*.md"), project.glob("content/*.yaml"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    in_answers = frozenset(_words(written))
    small = {word for word in in_answers.union(_words(spoken)) if word == word.lower()}
    thai = {part for run in _runs([*spoken, *written]) for part in stretches(run)}
    return PublicWords(frozenset(small - _NAMES), in_answers, frozenset(thai))


def stretches(run: str) -> Iterator[str]:
    """Every four signs of a Thai text without spaces, and a shorter one as it is."""
    for start in range(max(1, len(run) - THAI_STRETCH + 1)):
        yield run[start : start + THAI_STRETCH]


def _training_lines(project: Path) -> Iterator[str]:
    """Read as text: parsing the YAML takes many seconds and gives the same words."""
    for path in sorted(project.glob("nlu/data/*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("    - "):
                yield line[6:]


def _words(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from WORD.findall(normalise(line))


def _runs(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from THAI.findall(line)
