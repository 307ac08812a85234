"""Cuts a message into the questions it may hold. Two sentences are often one question with its
story, so what was cut counts only where each part alone is clear."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from nlu.components.mixture import Mixture
from nlu.encoder import encode_queries

_TAXONOMY = Path(__file__).parents[2] / "content" / "taxonomy.yaml"
_MOST = 3
# Of 167 pairs of development questions 77 % are found with it and 61 % with 0.8; of 2298 single
# ones 21 and 4 are taken for two, all with the right one among them.
_CLEAR = 0.5
_FEWEST_WORDS = 3
_FEWEST_THAI_LETTERS = 10
_THAI = re.compile("[\u0e01-\u0e4e]")
_ENDS = re.compile(
    r"[?\u061f!.;\n\u061b\u1362\u1367]+"
    # "and" between two questions that lack a sign: sv, da, fi and et, en, uk and ru, so, fa, th.
    r"|,?\s+(?:och|og|ja|and|и|та|і|а|iyo|kadibna|sen|samt|plus|also|también|و)\s+"
    r"|\s+و(?=\S{3})"
    r"|\s*(?:และ|แล้วก็|กับ)\s*"
)


def asked(text: str, best: str, mixture: Mixture) -> set[str]:
    """The ids of its questions where a text holds several, `best` among them; otherwise none."""
    cut = parts(text)
    if not cut or best not in _topics():
        return set()
    understood = mixture.understand(cut, encode_queries(cut))
    is_clear = understood.trust >= _CLEAR
    ids = {mixture.ids[place] for place in understood.probabilities[is_clear].argmax(axis=1)}
    # "Thanks" or "can I talk to somebody" beside a question is no second question.
    asked_for = ids & _topics()
    return asked_for if best in asked_for and len(asked_for) > 1 else set()


def parts(text: str) -> list[str]:
    """Two or three parts long enough to ask something; otherwise none."""
    found = [part.strip() for part in _ENDS.split(text)]
    asking = [part for part in found if _is_long_enough(part)]
    return asking if 2 <= len(asking) <= _MOST else []


@cache
def _topics() -> frozenset[str]:
    return frozenset(yaml.safe_load(_TAXONOMY.read_text(encoding="utf-8"))["topics"])


def _is_long_enough(part: str) -> bool:
    thai = len(_THAI.findall(part))
    return thai >= _FEWEST_THAI_LETTERS if thai else len(part.split()) >= _FEWEST_WORDS
