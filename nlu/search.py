"""Finds the text that a question is about, mostly by the angle between their vectors. Vectors of
texts are made when content is loaded and kept on disk by content hash."""

import hashlib
import tempfile
import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu import encoder
from nlu.asked import load_asked
from nlu.encoder import DIMENSIONS, ENCODER_NAME, Vectors, unit
from nlu.shared_letters import SharedLetters

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

_CHUNK_LETTERS = 400
_KEPT_AT_ONCE = 512
# What is added to the similarity of a page's best chunk. Tried out, see README.
_WHOLE_PAGE = 0.5
_TITLE = 0.25
_LETTERS = 0.8


@dataclass(frozen=True)
class Page:
    """A text under the key that the caller knows it by; its first line is its title."""

    key: str
    text: str


@dataclass(frozen=True)
class RankedPage:
    """`score` adds up several similarities, 2.55 at most; what is worth showing is for the
    caller to measure."""

    key: str
    score: float


class SearchIndex:
    """Ranks pages by their best chunk, all their chunks, their title, and shared letters.

    Vectors are taken relative to what all questions, or all pages here, have in common, and
    without the directions that only tell languages apart."""

    def __init__(self, pages: Sequence[Page], cache_folder: Path | None = None) -> None:
        self._keys = [page.key for page in pages]
        lines = [_lines(page.text) for page in pages]
        chunks = [_chunks(each) for each in lines]
        self._first_chunks = np.cumsum([0, *(len(each) for each in chunks)])[:-1]
        self._asked = asked = load_asked()
        encoded = encode_passages([chunk for each in chunks for chunk in each], cache_folder)
        titles = encode_passages([each[0] for each in lines], cache_folder)
        if not pages:
            return
        mean = encoded.mean(axis=0)
        self._chunks = unit(asked.without_language(encoded - mean))
        self._titles = unit(asked.without_language(titles - mean))
        self._wholes = unit(np.add.reduceat(self._chunks, self._first_chunks))
        self._letters = SharedLetters([page.text for page in pages])

    def rank(
        self,
        question: str,
        query_vector: Sequence[float] | Vectors,
        among: Collection[str] | None = None,
    ) -> list[RankedPage]:
        """Nearest first, all pages or those with a key `among` these; equal ones in the order
        given. The vector is that of `encode_query`."""
        if not self._keys:
            return []
        query = np.asarray(query_vector, dtype=np.float32) - self._asked.mean
        [query] = unit(self._asked.without_language(query[np.newaxis]))
        scores = (
            np.maximum.reduceat(self._chunks @ query, self._first_chunks)
            + _WHOLE_PAGE * (self._wholes @ query)
            + _TITLE * (self._titles @ query)
            + _LETTERS * self._letters.similarities(question)
        )
        order = np.argsort(-scores, kind="stable")
        ranked = [RankedPage(self._keys[place], float(scores[place])) for place in order]
        return [page for page in ranked if among is None or page.key in among]


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
    waiting = list(missing.items())
    # What is done is kept when the process ends before all of it is.
    for start in range(0, len(waiting), _KEPT_AT_ONCE):
        part = waiting[start : start + _KEPT_AT_ONCE]
        fresh = encoder.encode_passages([text for _, text in part])
        for (path, _), vector in zip(part, fresh, strict=True):
            _write(path, vector)
            known[path] = vector
    return np.stack([known[path] for path in paths]) if paths else encoder.encode_passages([])


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


def _lines(text: str) -> list[str]:
    """Without empty lines and without a title that stands twice; at least one."""
    lines = [line.strip() for line in text.split("\n") if line.strip()] or [""]
    return [line for line, next_ in zip(lines, [*lines[1:], None], strict=True) if line != next_]


def _chunks(lines: Sequence[str]) -> list[str]:
    """Whole lines as far as they fit together; a line that is too long is cut between words."""
    chunks: list[str] = []
    for line in lines:
        for piece in textwrap.wrap(line, _CHUNK_LETTERS) or [line]:
            if chunks and len(chunks[-1]) + 1 + len(piece) <= _CHUNK_LETTERS:
                chunks[-1] += f" {piece}"
            else:
                chunks.append(piece)
    return chunks


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
