"""Letter sequences as numbers: a table of strings takes many times the room, and longer to ask.
Runs on Python 3.10 and 3.11."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

# Odd and without a pattern, so that no two sequences of a few letters get the same number.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def sequence_hashes(text: str, longest: int) -> Iterator[Hashes]:
    """The numbers of all sequences of one letter, then of two …; in the order they begin in."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    hashed = np.zeros_like(letters)
    for length in range(1, min(longest, len(letters)) + 1):
        hashed = hashed[: len(letters) - length + 1] * _FACTOR
        hashed += letters[length - 1 :]
        yield hashed
