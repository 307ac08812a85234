"""Brings the kept vectors up to the training lines of today: encodes new lines, forgets those of
lines that are gone. Files of ids whose lines are the same stay as they are."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from nlu import compile as lines_compiler
from nlu.line_vectors import FOLDER, ROW, encode_lines, key, rows


def keep_vectors(texts_by_id: dict[str, list[str]], folder: Path = FOLDER) -> list[str]:
    """The ids whose file was written anew."""
    folder.mkdir(exist_ok=True)
    changed = [id for id, texts in texts_by_id.items() if _kept(folder, id) != set(map(key, texts))]
    for id in changed:
        texts = texts_by_id[id]
        np.save(folder / f"{id}.npy", rows(texts, encode_lines(texts, folder)))
    for file in folder.glob("*.npy"):
        if file.stem not in texts_by_id:
            file.unlink()
    return changed


def texts_by_id() -> dict[str, list[str]]:
    """What a training of today learns from."""
    sources = lines_compiler.REPOSITORY
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines_compiler.usable(lines_compiler.collect(sources), sources):
        found[line.id].append(line.text)
    return dict(found)


def _kept(folder: Path, id: str) -> set[int]:
    file = folder / f"{id}.npy"
    return set((np.load(file) if file.exists() else np.zeros(0, ROW))["key"].tolist())


if __name__ == "__main__":
    written = keep_vectors(texts_by_id())
    print(f"{len(written)} files written: {', '.join(written) or 'every line was there'}")
