"""What became of a text, sentence by sentence."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from content.markup import BulletList, blocks

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Fate(StrEnum):
    KEPT = "kept"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Sentence:
    fate: Fate
    text: str


def compare_sentences(old: str, new: str) -> tuple[Sentence, ...]:
    """In the order of reading; what went stands before what came in its place."""
    before, after = _sentences(old), _sentences(new)
    found: list[Sentence] = []
    for kind, i, j, k, m in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Sentence(Fate.KEPT, text) for text in after[k:m]]
        else:
            found += [Sentence(Fate.GONE, text) for text in before[i:j]]
            found += [Sentence(Fate.NEW, text) for text in after[k:m]]
    return tuple(found)


def _sentences(text: str) -> list[str]:
    passages: list[str] = []
    for block in blocks(text):
        passages += block.items if isinstance(block, BulletList) else [block.text]
    return [sentence for passage in passages for sentence in _SENTENCE_END.split(passage)]
