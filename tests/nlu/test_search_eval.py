"""The figures of search-eval mean what nlu/README.md says, and bad input is named by its line."""

import json
from pathlib import Path

import pytest

from nlu import search_eval
from nlu.search_eval import main, summary

PAGES = [
    ("card", "oldtown", "ID card\nThe tax office makes the ID card.\nIt costs 400 kronor."),
    ("bus", "oldtown", "Buses and trains\nBuy a ticket in the app before you get on the bus."),
    ("card-new", "newtown", "ID card\nThe police make the ID card.\nIt costs 400 kronor."),
]
QUESTIONS = [
    ("Where do I buy a ticket for the bus?", "bus", "oldtown"),
    ("Wo kaufe ich eine Fahrkarte für den Bus?", "bus", "oldtown"),
    ("Does the police make the ID card?", "card-new", "newtown"),
    ("Who won the football match?", None, "newtown"),
]


@pytest.fixture(autouse=True)
def own_vectors(monkeypatch: pytest.MonkeyPatch, vectors: Path) -> None:
    monkeypatch.setattr(search_eval, "_VECTORS", vectors / "vectors")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    records = [{"id": id, "lang": "en", "text": text, "city": city} for id, city, text in PAGES]
    return write(tmp_path / "pages.jsonl", *map(json.dumps, records))


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def questions(folder: Path, *asked: tuple[str, str | None, str]) -> Path:
    records = [
        {"question": text, "page_id": page_id, "lang": "en", "city": city}
        for text, page_id, city in asked
    ]
    return write(folder / "questions.jsonl", *map(json.dumps, records))


def test_the_last_line_is_one_object_and_null_is_left_out(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(pages), str(questions(tmp_path, *QUESTIONS))]) == 0
    printed = capsys.readouterr().out
    assert printed == '{"r1": 1.0, "r3": 1.0, "mrr": 1.0, "n": 3}\n'


def test_within_a_city_only_its_pages_are_searched(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = ("Does the police make the ID card?", "card-new", "oldtown")
    found = ("Where do I buy a ticket for the bus?", "card-new", "newtown")
    asked = questions(tmp_path, lost, found)
    assert main([str(pages), str(asked), "--within", "city"]) == 0
    assert capsys.readouterr().out == '{"r1": 0.5, "r3": 0.5, "mrr": 0.5, "n": 2}\n'


def test_places_become_shares() -> None:
    assert summary([1, 2, 4, None]) == {"r1": 0.25, "r3": 0.5, "mrr": 0.4375, "n": 4}
    assert summary([]) == {"r1": None, "r3": None, "mrr": None, "n": 0}


GOOD = '{"question": "Who?", "page_id": "card"}'


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "this is not JSON"),
        ("[]", "this is not a JSON object."),
        ('{"page_id": "card"}', "'question' must be a text that is not empty."),
        ('{"question": "Who?"}', "'page_id' is missing; null says that no page answers."),
        ('{"question": "Who?", "page_id": 7.5}', "'page_id' must be a text that is not empty."),
        ('{"question": "Who?", "page_id": "lost"}', "no page has the id 'lost'."),
        (GOOD, "'city' is missing, and WITHIN=city needs it."),
    ],
)
def test_a_bad_question_is_named_by_file_and_line(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, complaint: str
) -> None:
    first = '{"question": "Who?", "page_id": "card", "city": "oldtown"}'
    asked = write(tmp_path / "asked.jsonl", first, "", line)
    assert main([str(pages), str(asked), "--within", "city"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{asked}, line 3: {complaint}")


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], ": there is no page."),
        (['{"id": "card"}'], ", line 1: 'text' must be a text that is not empty."),
        (['{"id": "a", "text": "x"}'] * 2, ", line 2: the id 'a' occurs twice."),
        (['{"id": "a", "text": "x", "city": ""}'], ", line 1: 'city' must be a text"),
    ],
)
def test_a_bad_page_is_named_by_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str], complaint: str
) -> None:
    pages = write(tmp_path / "pages.jsonl", *lines)
    assert main([str(pages), str(questions(tmp_path))]) == 2
    assert capsys.readouterr().err.startswith(f"{pages}{complaint}")


def test_a_file_that_is_not_there_is_named(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.jsonl"
    assert main([str(pages), str(missing)]) == 2
    assert capsys.readouterr().err.startswith(f"{missing} cannot be read: ")
