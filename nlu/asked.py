"""What questions have in common, by language, so that search compares only what they are about.
`asked.npz` holds the mean vector of each language's training lines; made anew by
`python -m nlu.asked` when the encoder changes."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from nlu.compile import LANGUAGES, REPOSITORY, collect
from nlu.encoder import ENCODER_NAME, Vectors, encode_queries

_FILE = Path(__file__).with_suffix(".npz")
# Eighty lines of each language find as much as five hundred.
_EVERY = 20


@dataclass(frozen=True, eq=False)
class Asked:
    """The mean question, and the directions (rows of length one, at right angles) that tell
    only languages apart."""

    mean: Vectors
    language_directions: Vectors

    def without_language(self, vectors: Vectors) -> Vectors:
        directions = self.language_directions
        return np.asarray(vectors - vectors @ directions.T @ directions, dtype=np.float32)


@cache
def load_asked(file: Path = _FILE) -> Asked:
    with np.load(file, allow_pickle=False) as stored:
        if str(stored["encoder"]) != ENCODER_NAME:
            raise ValueError(f"{file.name} is of another encoder; run `python -m nlu.asked`.")
        means = stored["means"].astype(np.float32)
    between = means - means.mean(axis=0)
    directions = np.linalg.svd(between, full_matrices=False)[2][: len(means) - 1]
    return Asked(means.mean(axis=0), directions)


def make(file: Path = _FILE) -> None:
    lines = collect(REPOSITORY)
    means = []
    for language in LANGUAGES:
        texts = [line.text for line in lines if line.language == language][::_EVERY]
        means.append(encode_queries(texts).mean(axis=0))
    np.savez(file, encoder=np.array(ENCODER_NAME), means=np.stack(means).astype(np.float16))


if __name__ == "__main__":
    make()
