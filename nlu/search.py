"""Finds the section of an answer that a question is about, by the angle between their vectors.
Vectors of sections are made when content is loaded and kept on disk by content hash."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu import encoder
from nlu.encoder import DIMENSIONS, ENCODER_NAME, Vectors

# What people ask for when they mean a section. Half of a section's vector is its text, half this:
# a text about a fee hardly contains the word "cost". English serves all languages; see README.
_ASKED_FOR = {
    "what": "What it is. In short",
    "how": "How to do it, how to apply, where to go",
    "bring": "What to bring, which documents and papers you need",
    "cost": "What it costs, fee, price, free of charge",
    "time": "How long it takes, waiting time, when",
    "refused": "If you get a no, refused, appeal",
    "children": "For children, your child",
    "more": "More, other",
}


@dataclass(frozen=True, eq=False)
class SectionVector:
    """A section under the key that the caller knows it by, with its unit vector."""

    key: str
    vector: Vectors


@dataclass(frozen=True)
class RankedSection:
    """`similarity` is the cosine, -1 to 1; related texts lie above 0.8 with this encoder."""

    key: str
    similarity: float


def encode_query(text: str) -> Vectors:
    """The unit vector of a question, as the NLU's parse result has it."""
    return np.asarray(encoder.encode_queries([text])[0], dtype=np.float32)


def encode_passages(texts: Sequence[str], cache_folder: Path | None = None) -> Vectors:
    """Unit vectors, one row per text; with a folder, only texts not seen before are encoded."""
    if cache_folder is None:
        return encoder.encode_passages(texts)
    paths = [cache_folder / f"{_content_hash(text)}.npy" for text in texts]
    known = {path: vector for path in set(paths) if (vector := _read(path)) is not None}
    missing = {path: text for path, text in zip(paths, texts, strict=True) if path not in known}
    fresh = encoder.encode_passages(list(missing.values()))
    for path, vector in zip(missing, fresh, strict=True):
        _write(path, vector)
        known[path] = vector
    return np.stack([known[path] for path in paths]) if paths else fresh


def encode_sections(
    section_ids: Sequence[str], texts: Sequence[str], cache_folder: Path | None = None
) -> Vectors:
    """One row per section of an answer: what its text says and what its id promises."""
    said = encode_passages(texts, cache_folder)
    asked_for = [_ASKED_FOR.get(id, text) for id, text in zip(section_ids, texts, strict=True)]
    return np.asarray((said + encode_passages(asked_for, cache_folder)) / 2, dtype=np.float32)


def rank(
    query_vector: Sequence[float] | Vectors, sections: Sequence[SectionVector]
) -> list[RankedSection]:
    """All sections, nearest first; equal ones in the order given."""
    if not sections:
        return []
    similarities = np.stack([section.vector for section in sections]) @ np.asarray(query_vector)
    order = np.argsort(-similarities, kind="stable")
    return [RankedSection(sections[i].key, float(similarities[i])) for i in order]


def _content_hash(text: str) -> str:
    return hashlib.sha256(f"{ENCODER_NAME}\0{text}".encode("utf-8", "replace")).hexdigest()


def _read(path: Path) -> Vectors | None:
    try:
        stored = np.load(path, allow_pickle=False)
    except (FileNotFoundError, ValueError, EOFError):
        return None
    return np.asarray(stored, np.float32) if stored.shape == (DIMENSIONS,) else None


def _write(path: Path, vector: Vectors) -> None:
    # Several processes fill the same cache; each file appears whole or not at all.
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        np.save(file, vector)
    Path(file.name).replace(path)
