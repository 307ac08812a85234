"""Puts one text into a TOML file and leaves its comments, order and spacing as they are. Reads the
result again: where the file is written in a way that this does not know, nothing is changed."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from operator import getitem
from typing import Any

from content.entry import ContentError

# A table in one line, such as { text = "…", review = "native" } or { sv = "Rum 2" }.
_TABLE = r"""\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\}"""
_VALUE = rf"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|{_TABLE})"""

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
    wanted = tomllib.loads(toml)
    (wanted.setdefault(table, {}) if table else wanted)[key] = text
    edited = _with_line(lines, key, text, before, start, end)
    if not _holds(edited, wanted):
        raise ContentError(where, f"write '{key}' by hand: the file is not written line by line")
    return edited


def set_wording(where: str, toml: str, place: Sequence[str | int], language: str, text: str) -> str:
    """`place` leads to a table of texts by language, in one line or below a heading of its own.
    Others may look the same; the one is changed that is meant. Raises ContentError."""
    wanted = tomllib.loads(toml)
    wording: dict[str, str] = reduce(getitem, place, wanted)  # type: ignore[arg-type]
    before = dict(wording)
    wording[language] = text
    for edited in _with_wording(toml, before, language, text):
        if _holds(edited, wanted):
            return edited
    name = "/".join(map(str, place))
    raise ContentError(where, f"write '{language}' of {name} by hand: it is not written in a line")


def _with_wording(toml: str, before: Mapping[str, str], language: str, text: str) -> Iterator[str]:
    """The file with the text in each place where it may belong."""
    for match in re.finditer(_TABLE, toml):
        if _holds(f"wording = {match.group()}", {"wording": before}):
            edited = _with_item(match.group(), language, text)
            yield toml[: match.start()] + edited + toml[match.end() :]
    lines = toml.split("\n")
    heads = [at for at, line in enumerate(lines) if line.startswith("[")]
    for start, end in pairwise([*heads, len(lines)]):
        if _holds("\n".join(lines[start + 1 : end]), before):
            yield _with_line(lines.copy(), language, text, "", start + 1, end)


def _with_item(inline: str, key: str, text: str) -> str:
    pattern = rf"(\b{key}\s*=\s*){_VALUE}"
    edited, count = re.subn(pattern, lambda match: match[1] + quoted(text), inline, count=1)
    return edited if count else f"{inline[:-1].rstrip()}, {key} = {quoted(text)} }}"


def _with_line(lines: list[str], key: str, text: str, before: str, start: int, end: int) -> str:
    found = _find_key(lines, key, start, end)
    if found is not None:
        pattern = rf"(\s*\w+\s*=\s*){_VALUE}"
        lines[found] = re.sub(pattern, lambda match: match[1] + quoted(text), lines[found], count=1)
    else:
        lines.insert(_place_of_new(lines, before, start, end), f"{key} = {quoted(text)}")
    return "\n".join(lines)


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


def _holds(toml: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(toml) == wanted
    except tomllib.TOMLDecodeError:
        return False
