"""Notes in a translation which text of the source it was made from."""

import re
from collections.abc import Iterable
from pathlib import Path

from content.answer_file import AnswerFile, read_answer_file, section_hash

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
    return _replace_table(file, {**current, **{id_: kept[id_] for id_ in kept if id_ in current}})


def _replace_table(file: AnswerFile, hashes: dict[str, str]) -> bool:
    old = file.path.read_text(encoding="utf-8")
    rows = "\n".join(f'{section_id} = "{value}"' for section_id, value in hashes.items())
    without = _TABLE.sub("", old, count=1)
    new = without.replace("\n+++\n", f"\n\n[source_hashes]\n{rows}\n+++\n", 1)
    file.path.write_text(new, encoding="utf-8")
    return new != old
