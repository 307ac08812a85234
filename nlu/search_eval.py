"""Measures the section search that residents use on pages and questions of any origin.
Progress goes to stderr; the last line on stdout is one JSON object, for gates in CI."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.search import Page, SearchIndex, encode_query
from nlu.server import PROJECT

_BAD_INPUT = 2
_VECTORS = PROJECT / ".landa" / "vectors"


class BadInput(Exception):
    """Names file and line."""


@dataclass(frozen=True)
class EvaluationPage:
    id: str
    text: str
    city: str | None


@dataclass(frozen=True)
class EvaluationQuestion:
    """`page_id` is the page that answers it."""

    text: str
    page_id: str
    city: str | None


def read_pages(path: Path) -> list[EvaluationPage]:
    pages: dict[str, EvaluationPage] = {}
    for place, record in _records(path):
        text, city = _text(record, "text", place), _city(record, place)
        page = EvaluationPage(_id(record, "id", place), text, city)
        if page.id in pages:
            raise BadInput(f"{place}: the id {page.id!r} occurs twice.")
        pages[page.id] = page
    if not pages:
        raise BadInput(f"{path}: there is no page.")
    return list(pages.values())


def read_questions(
    path: Path, pages: Sequence[EvaluationPage], *, within_city: bool
) -> list[EvaluationQuestion]:
    """Those that a page answers; the others have no right place in a ranking."""
    known = {page.id for page in pages}
    questions = []
    for place, record in _records(path):
        text, city = _text(record, "question", place), _city(record, place)
        if "page_id" not in record:
            raise BadInput(f"{place}: 'page_id' is missing; null says that no page answers.")
        if record["page_id"] is None:
            continue
        question = EvaluationQuestion(text, _id(record, "page_id", place), city)
        if question.page_id not in known:
            raise BadInput(f"{place}: no page has the id {question.page_id!r}.")
        if within_city and city is None:
            raise BadInput(f"{place}: 'city' is missing, and WITHIN=city needs it.")
        questions.append(question)
    return questions


def places(
    pages: Sequence[EvaluationPage],
    questions: Sequence[EvaluationQuestion],
    index: SearchIndex,
    *,
    within_city: bool,
) -> list[int | None]:
    """Where each question's page stands, from 1; None: it is not among the pages searched."""
    by_city: dict[str | None, set[str]] = defaultdict(set)
    for page in pages:
        by_city[page.city].add(page.id)
    found: list[int | None] = []
    for question in questions:
        among = by_city[question.city] if within_city else None
        ranked = index.rank(question.text, encode_query(question.text), among)
        keys = [hit.key for hit in ranked]
        found.append(keys.index(question.page_id) + 1 if question.page_id in keys else None)
    return found


def summary(found: Sequence[int | None]) -> dict[str, Any]:
    """The object of the last line; a rate without any question is None."""

    def mean(values: Sequence[float]) -> float | None:
        return round(sum(values) / len(values), 4) if values else None

    return {
        "r1": mean([place == 1 for place in found]),
        "r3": mean([place is not None and place <= 3 for place in found]),
        "mrr": mean([1 / place if place else 0.0 for place in found]),
        "n": len(found),
    }


def run(pages_path: Path, questions_path: Path, *, within_city: bool) -> int:
    """The whole command: read, rank, print, and the exit status."""
    try:
        pages = read_pages(pages_path)
        questions = read_questions(questions_path, pages, within_city=within_city)
    except BadInput as problem:
        print(problem, file=sys.stderr)
        return _BAD_INPUT
    print(f"Encoding {len(pages)} pages; new ones take a second or so each …", file=sys.stderr)
    index = SearchIndex([Page(page.id, page.text) for page in pages], _VECTORS)
    print(f"Ranking them for {len(questions)} questions …", file=sys.stderr)
    found = places(pages, questions, index, within_city=within_city)
    print(json.dumps(summary(found)), flush=True)
    return 0


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object with the place it stands at, "file, line 3"."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeError) as problem:
        raise BadInput(f"{path} cannot be read: {problem}") from problem
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            record = json.loads(line)
        except ValueError as problem:
            raise BadInput(f"{place}: this is not JSON ({problem}).") from problem
        if not isinstance(record, dict):
            raise BadInput(f"{place}: this is not a JSON object.")
        yield place, record


def _text(record: dict[str, Any], name: str, place: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{place}: '{name}' must be a text that is not empty.")
    return value


def _id(record: dict[str, Any], name: str, place: str) -> str:
    value = record.get(name)
    return str(value) if type(value) is int else _text(record, name, place)


def _city(record: dict[str, Any], place: str) -> str | None:
    return _text(record, "city", place) if record.get("city") is not None else None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.search_eval", description=__doc__)
    parser.add_argument("pages", type=Path, help='JSON lines {"id", "lang", "text", "city"?}')
    parser.add_argument(
        "questions", type=Path, help='JSON lines {"question", "page_id" or null, "lang", "city"?}'
    )
    parser.add_argument("--within", choices=["city"], help="search only the question's city")
    options = parser.parse_args(arguments)
    return run(options.pages, options.questions, within_city=options.within == "city")


if __name__ == "__main__":
    sys.exit(main())
