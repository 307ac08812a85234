"""Keeps a mixture on disk as plain arrays, so that loading a model never runs code."""

from pathlib import Path

import numpy as np

from nlu.components import letters, network
from nlu.components.meaning import Meaning
from nlu.components.mixture import Mixing, Mixture
from nlu.components.thresholds import Thresholds
from nlu.components.trust import Trust


def save(mixture: Mixture, path: Path) -> None:
    networks = {
        name: values.astype(np.float16)
        for place, each in enumerate(mixture.networks)
        for name, values in each.to_arrays(f"network{place}").items()
    }
    trusted = mixture.trust
    np.savez_compressed(
        path,
        ids=np.array(mixture.ids),
        mean=mixture.meaning.mean,
        language_directions=mixture.meaning.language_directions,
        letters_unit=np.array(mixture.letters_unit),
        networks=np.array(len(mixture.networks)),
        shares=mixture.mixing.shares,
        bias=mixture.mixing.bias,
        trust=np.stack([trusted.mean, trusted.deviation, trusted.weights]),
        trust_bias=np.array([trusted.bias, trusted.foreign]),
        thresholds=np.array([mixture.thresholds.answer, mixture.thresholds.offer]),
        **networks,
        **mixture.letters.to_arrays(),
    )


def load(path: Path) -> Mixture:
    with np.load(path, allow_pickle=False) as archive:
        stored = {name: archive[name] for name in archive.files}
    trust_bias, foreign = stored["trust_bias"].tolist()
    trust_mean, trust_deviation, trust_weights = stored["trust"]
    return Mixture(
        ids=stored["ids"].tolist(),
        meaning=Meaning(stored["mean"], stored["language_directions"]),
        letters=letters.from_arrays(stored),
        letters_unit=float(stored["letters_unit"]),
        networks=[
            network.from_arrays(f"network{place}", stored)
            for place in range(int(stored["networks"]))
        ],
        mixing=Mixing(stored["shares"], stored["bias"]),
        trust=Trust(int(foreign), trust_mean, trust_deviation, trust_weights, trust_bias),
        thresholds=Thresholds(*stored["thresholds"].tolist()),
    )
