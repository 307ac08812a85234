"""The figures mean what design and README say they mean."""

import asyncio
import json
from pathlib import Path

import pytest

from nlu.client import Candidate, Understanding, Verdict
from nlu.evaluate import CannotEvaluate, EvaluationLine, evaluate, read_lines, report, run, summary

UNDERSTOOD = {
    "id-kort?": (Verdict.ANSWER, "id_card bank_account book"),
    "konto": (Verdict.OFFER, "id_card bank_account book"),
    "بيت": (Verdict.NONE, "nlu_fallback school book help find_housing"),
    "he hits me": (Verdict.OFFER, "violence_help urgent_danger book"),
    "help me now": (Verdict.ANSWER, "urgent_danger help book"),
    "this rent kills me": (Verdict.ANSWER, "urgent_danger find_housing book"),
    "regnar det": (Verdict.ANSWER, "transport out_of_scope book"),
    "vem vann": (Verdict.OFFER, "out_of_scope book help"),
}
LINES = [
    EvaluationLine("id-kort?", "sv", "id_card", "short"),
    EvaluationLine("konto", "sv", "bank_account", "short"),
    EvaluationLine("بيت", "ar", "find_housing", None),
    EvaluationLine("he hits me", "en", "urgent_danger", None),
    EvaluationLine("help me now", "en", "urgent_danger", None),
    EvaluationLine("this rent kills me", "en", "find_housing", None),
    EvaluationLine("regnar det", "sv", "out_of_scope", "plain"),
    EvaluationLine("vem vann", "sv", "out_of_scope", "plain"),
]


async def understand(text: str) -> Understanding:
    verdict, ids = UNDERSTOOD[text]
    ranking = tuple(Candidate(id, 0.5) for id in ids.split())
    return Understanding(verdict, ranking, None, is_language_sure=False, vector=())


def is_emergency(text: str) -> bool:
    return text == "he hits me"


def test_summary_counts_what_residents_would_get() -> None:
    outcomes = asyncio.run(evaluate(LINES, understand, is_emergency))
    assert summary(outcomes) == {
        "accuracy": 0.375,
        "top3": 0.875,
        "by_lang": {"ar": 0.0, "en": 0.3333, "sv": 0.5},
        "min_lang": {"lang": "ar", "accuracy": 0.0},
        "urgent_recall": 1.0,
        "urgent_precision": 0.6667,
        "oos_false_answer": 0.5,
        "n": 8,
    }


def test_report_shows_languages_styles_and_confusions() -> None:
    outcomes = asyncio.run(evaluate(LINES, understand, is_emergency))
    shown = report(outcomes)
    assert "sv                4     50.0%  100.0%     50.0%" in shown
    assert "plain             2     50.0%  100.0%     50.0%" in shown
    assert "1  urgent_danger -> violence_help" in shown


def test_styles_are_left_out_where_no_line_has_one() -> None:
    lines = [EvaluationLine("konto", "sv", "bank_account", None)]
    assert "style" not in report(asyncio.run(evaluate(lines, understand, is_emergency)))


def test_no_lines_give_no_rates() -> None:
    assert summary([]) == {
        "accuracy": None,
        "top3": None,
        "by_lang": {},
        "min_lang": {"lang": None, "accuracy": None},
        "urgent_recall": None,
        "urgent_precision": None,
        "oos_false_answer": None,
        "n": 0,
    }


def test_an_nlu_that_stops_answering_stops_the_evaluation() -> None:
    async def silent(_text: str) -> None:
        return None

    with pytest.raises(CannotEvaluate):
        asyncio.run(evaluate(LINES, silent, is_emergency))


def test_lines_are_read_with_and_without_style(tmp_path: Path) -> None:
    first = {"text": "hej", "lang": "sv", "intent": "greet", "style": "short"}
    second = {"text": "hi", "lang": "en", "intent": "greet"}
    path = tmp_path / "lines.jsonl"
    path.write_text(f"{json.dumps(first)}\n\n{json.dumps(second)}\n")
    assert read_lines(path) == [
        EvaluationLine("hej", "sv", "greet", "short"),
        EvaluationLine("hi", "en", "greet", None),
    ]


def test_the_command_asks_the_running_server_and_ends_with_one_json_line(
    nlu: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in nlu.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "lines.jsonl"
    path.write_text('{"text": "how do I get an ID card", "lang": "en", "intent": "id_card"}\n')
    assert run(path, lambda _text: False) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures == {
        "accuracy": 1.0,
        "top3": 1.0,
        "by_lang": {"en": 1.0},
        "min_lang": {"lang": "en", "accuracy": 1.0},
        "urgent_recall": None,
        "urgent_precision": None,
        "oos_false_answer": None,
        "n": 1,
    }


@pytest.mark.parametrize("broken", ["not json", '{"text": "hej"}', "[]"])
def test_a_broken_file_ends_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(broken)
    assert run(path, lambda _text: False) == 1
    assert str(path) in capsys.readouterr().err
