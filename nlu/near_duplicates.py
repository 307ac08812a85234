"""Finds training lines that nearly repeat an evaluation line of their language and id: such lines
would make the evaluation say more than it knows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from nlu.compile import Line
from nlu.encoder import encode_queries

# Letters are compared first, because that costs nothing; the encoder then has the last word.
_SHARED_LETTERS = 0.5
_SIMILARITY = 0.985
# There are not many ways to say thank you.
_FEWEST_WORDS = 3


def near_duplicates(
    training: Sequence[Line], evaluation: Sequence[Line]
) -> list[tuple[Line, Line]]:
    """Pairs of a training line and the evaluation line that it repeats."""
    pairs = list(dict.fromkeys(_alike_in_letters(training, evaluation)))
    ours = encode_queries([pair[0].text for pair in pairs])
    theirs = encode_queries([pair[1].text for pair in pairs])
    similarities = (ours * theirs).sum(axis=1)
    return [pair for pair, alike in zip(pairs, similarities, strict=True) if alike >= _SIMILARITY]


def _alike_in_letters(
    training: Sequence[Line], evaluation: Sequence[Line]
) -> Iterator[tuple[Line, Line]]:
    kept_aside = defaultdict(list)
    for line in evaluation:
        if len(line.key.split()) >= _FEWEST_WORDS:
            kept_aside[line.id, line.language].append((line, _threes(line.key)))
    for line in training:
        found = _threes(line.key)
        for other, threes in kept_aside[line.id, line.language]:
            if len(found & threes) >= _SHARED_LETTERS * len(found | threes):
                yield line, other


def _threes(key: str) -> set[str]:
    padded = f" {key} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
