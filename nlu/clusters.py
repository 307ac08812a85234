"""Groups lines that say nearly the same, so that an editor decides once about many."""

from collections.abc import Sequence

import numpy as np

from nlu.encoder import Vectors, unit

# What all lines of a language share is taken out before they are compared; a few lines share
# their subject, so with them the whole vectors are compared. Measured on the development lines.
_ENOUGH_TO_CENTRE = 20
_NEAR_CENTRED = 0.35
_NEAR = 0.9


def cluster(vectors: Vectors) -> list[list[int]]:
    """Places of similar rows, largest group first. A row joins the leader it is nearest to, and
    leads a new group when none is near: equal rows in equal order give equal groups."""
    leaders: list[int] = []
    groups: list[list[int]] = []
    similar, near = _similarities(vectors)
    for row in range(len(vectors)):
        best = int(np.argmax(similar[row, leaders])) if leaders else -1
        if best >= 0 and similar[row, leaders[best]] >= near:
            groups[best].append(row)
        else:
            leaders.append(row)
            groups.append([row])
    return sorted(groups, key=len, reverse=True)


def _similarities(vectors: Vectors) -> tuple[Vectors, float]:
    if len(vectors) < _ENOUGH_TO_CENTRE:
        return vectors @ vectors.T, _NEAR
    centred = unit(vectors - vectors.mean(axis=0))
    return centred @ centred.T, _NEAR_CENTRED


def stack(rows: Sequence[Sequence[float]], dimensions: int) -> Vectors:
    """Stored vectors as a matrix, also when there are none."""
    return np.asarray(rows, dtype=np.float32).reshape(len(rows), dimensions)
