"""Notes in a translation which text of the source it was made from."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from content.answer_file import read_answer_file, section_hash
from content.entry import read_text

_TABLE = re.compile(r"\n+\[source_hashes\]\n.*?(?=\n\+\+\+\n)", re.DOTALL)


def write_missing_hashes(paths: Iterable[Path]) -> list[Path]:
    """Fills only what is missing, so that a stale section stays stale. Returns changed files."""
    return [path for path in paths if _write(path, keep=True)]


def write_hashes(paths: Iterable[Path]) -> list[Path]:
    """For translations that have just been made or read again. Returns changed files."""
    return [path for path in paths if _write(path, keep=False)]


def _write(path: Path, *, keep: bool) -> bool:
    file = read_answer_file(path)
    if file.translated_from is None:
        return False
    source = read_answer_file(path.with_stem(file.translated_from))
    current = {section.id: section_hash(section.text) for section in source.sections}
    kept = file.source_hashes if keep else {}
    old = read_text(path)
    new = replace_hashes(old, {**current, **{id_: kept[id_] for id_ in kept if id_ in current}})
    path.write_text(new, encoding="utf-8")
    return new != old


def replace_hashes(text: str, hashes: Mapping[str, str]) -> str:
    """The text of an answer file with these hashes instead of those that it notes."""
    rows = "\n".join(f'{section_id} = "{value}"' for section_id, value in hashes.items())
    without = _TABLE.sub("", text, count=1)
    return without.replace("\n+++\n", f"\n\n[source_hashes]\n{rows}\n+++\n", 1)
