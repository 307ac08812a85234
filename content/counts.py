"""How many answers there are by country and language, as a table to print below the findings."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from content.answer_file import AnswerFile, Review, read_answer_file
from content.answers import (
    SOURCE_LANGUAGES,
    find_answer_files,
    find_countries,
    find_stale_sections,
)
from content.entry import ContentError
from content.languages import RESIDENT_LANGUAGES

NAME_WIDTH = 18
COLUMN_WIDTH = 7


def count_answers(root: Path, on: date) -> str:
    """A line of answers per country; the others only where there is something to count."""
    codes = [language.code for language in RESIDENT_LANGUAGES]
    lines = [_line("", [*codes, "topics"])]
    for country in find_countries(root):
        files = _read_files(root, country)
        by_language = [[file for file in files if file.language == code] for code in codes]
        topics = len({file.topic for file in files})
        lines.append(_line(f"{country} answers", [*map(len, by_language), topics]))
        for name, counted in (
            ("stale sections", _count_stale(files)),
            ("expired", {file.path: int(on > file.valid_until) for file in files}),
            ("reviewed", {file.path: int(file.review is not Review.NONE) for file in files}),
        ):
            if any(counted.values()):
                sums = [sum(counted[file.path] for file in group) for group in by_language]
                lines.append(_line(f"   {name}", sums))
    return "\n".join(lines)


def _read_files(root: Path, country: str) -> list[AnswerFile]:
    """Without the files that cannot be read, which are findings of their own."""
    files = []
    for path in find_answer_files(root, country):
        try:
            files.append(read_answer_file(path))
        except ContentError:
            continue
    return files


def _count_stale(files: Sequence[AnswerFile]) -> dict[Path, int]:
    sources = {
        file.topic: file for file in files if file.language == SOURCE_LANGUAGES[file.country]
    }
    return {file.path: len(find_stale_sections(file, sources.get(file.topic))) for file in files}


def _line(name: str, cells: Sequence[object]) -> str:
    return f"{name:<{NAME_WIDTH}}" + "".join(f"{cell!s:>{COLUMN_WIDTH}}" for cell in cells)
