"""Finds the line of a TOML file that a finding is about: its table and key are known, the parsed
values no longer know where they stood."""

import re
from dataclasses import replace
from pathlib import Path

from content.findings import Finding

# Folders that findings leave out of a file's name, because it is plain without.
_FOLDERS = (".", "municipalities")
_KEY = re.compile(r"[\w-]+")


def with_line(finding: Finding, root: Path) -> Finding:
    """As it is when it has a line, or when none can be found."""
    name, _, place = finding.where.partition(": ")
    if finding.line or not place or not name.endswith(".toml"):
        return finding
    path = next((at for folder in _FOLDERS if (at := root / folder / name).is_file()), None)
    if path is None:
        return finding
    return replace(finding, line=find_line(path.read_text(encoding="utf-8"), place))


def find_line(text: str, place: str) -> int:
    """From 1; `place` is like "services: drop_in" or "times.moved". What is not found narrows
    nothing; 0 when nothing of it is found."""
    lines = text.splitlines()
    found = -1
    for key in _KEY.findall(place):
        starts = re.compile(
            rf'\s*(?:\[+(?:.*\.)?"?{re.escape(key)}"?(?:\..*)?\]|"?{re.escape(key)}"?\s*=)'
            rf'|.*\bkey = "{re.escape(key)}"'
        )
        after = range(max(found, 0), len(lines))
        found = next((number for number in after if starts.match(lines[number])), found)
    return found + 1
