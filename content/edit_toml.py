"""Puts one text into a TOML file and leaves its comments, order and spacing as they are. Reads the
result again: where the file is written in a way that this does not know, nothing is changed."""

import json
import re
import tomllib
from copy import deepcopy

from content.entry import ContentError

# A text in quotes, or a table in one line such as { text = "…", review = "native" }.
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\})"""

# Spaces that keep a number together and marks that keep its groups in order: editors have to see
# them.
_UNSEEN = frozenset("\u00a0\u202f\u200e\u200f")


def quoted(text: str) -> str:
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(sign):04x}" if sign in _UNSEEN else sign for sign in plain)


def set_text(where: str, toml: str, table: str, key: str, text: str, before: str = "") -> str:
    """`table` is empty for the top. A new key comes before the key `before`, else at the end of its
    table, a new table at the end of the file. Raises ContentError."""
    lines = toml.split("\n")
    start, end = _find_table(lines, table)
    if start is None:
        lines[len(lines) :] = [f"[{table}]", ""]
        start, end = len(lines) - 1, len(lines) - 1
    row = f"{key} = {quoted(text)}"
    found = _find_key(lines, key, start, end)
    if found is not None:
        pattern = rf"(\s*\w+\s*=\s*){_VALUE}"
        lines[found] = re.sub(pattern, lambda match: match[1] + quoted(text), lines[found], count=1)
    else:
        lines.insert(_place_of_new(lines, before, start, end), row)
    edited = "\n".join(lines)
    if not _is_as_wanted(toml, edited, table, key, text):
        raise ContentError(where, f"write '{key}' by hand: the file is not written line by line")
    return edited


def _find_table(lines: list[str], table: str) -> tuple[int | None, int]:
    """From the line after its heading to the line before the next heading."""
    heads = [at for at, line in enumerate(lines) if re.match(r"\[[^\[]", line)]
    if not table:
        return 0, heads[0] if heads else len(lines)
    start = next((at + 1 for at in heads if lines[at].strip() == f"[{table}]"), None)
    later = [at for at in heads if start is not None and at >= start]
    return start, later[0] if later else len(lines)


def _find_key(lines: list[str], key: str, start: int, end: int) -> int | None:
    pattern = re.compile(rf"\s*{re.escape(key)}\s*=")
    return next((at for at in range(start, end) if pattern.match(lines[at])), None)


def _place_of_new(lines: list[str], before: str, start: int, end: int) -> int:
    found = _find_key(lines, before, start, end) if before else None
    if found is not None:
        return found
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _is_as_wanted(old: str, edited: str, table: str, key: str, text: str) -> bool:
    wanted = deepcopy(tomllib.loads(old))
    (wanted.setdefault(table, {}) if table else wanted)[key] = text
    try:
        return tomllib.loads(edited) == wanted
    except tomllib.TOMLDecodeError:
        return False
