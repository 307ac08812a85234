"""Training lines come from two places, and nothing contradictory or kept aside gets through."""

import json
from pathlib import Path

import pytest
import yaml

from nlu.compile import (
    LANGUAGES,
    REPOSITORY,
    Line,
    Sources,
    UnreadableLines,
    check,
    collect,
    taxonomy_ids,
    usable,
    write,
)

ANSWER = """+++
title = "Id-kort"
questions = ["hur får jag id-kort", "Vad kostar det?"]
+++

## what {facts: SE-4.1}
Text.
"""


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    made = Sources(
        taxonomy=tmp_path / "content" / "taxonomy.yaml",
        training=tmp_path / "nlu" / "data",
        evaluation=tmp_path / "nlu" / "evaluation",
        content=tmp_path / "content",
        domain=tmp_path / "nlu" / "domain.yml",
    )
    for folder in (made.content, made.training, made.evaluation):
        folder.mkdir(parents=True)
    made.taxonomy.write_text('topics:\n  id_card: "ID"\nacts:\n  greet: "Hello"\n')
    made.domain.write_text("intents: [id_card, greet]\n")
    return made


def add_training(sources: Sources, id: str, language: str, *texts: str) -> None:
    block: dict[str, object] = {"intent": id, "metadata": {"language": language}}
    bullets = "".join(f"- {text}\n" for text in texts)
    path = sources.training / f"{id}.yml"
    blocks = yaml.safe_load(path.read_text())["nlu"] if path.exists() else []
    blocks.append({**block, "examples": bullets})
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True))


def add_answer(sources: Sources, text: str = ANSWER) -> Path:
    path = sources.content / "se" / "id_card" / "sv.md"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_lines_come_from_training_data_and_from_answers(sources: Sources) -> None:
    add_training(sources, "greet", "sv", "hej", "hejsan")
    add_answer(sources)
    assert collect(sources) == [
        Line("hej", "greet", "sv", "greet.yml"),
        Line("hejsan", "greet", "sv", "greet.yml"),
        Line("hur får jag id-kort", "id_card", "sv", "content/se/id_card/sv.md"),
        Line("Vad kostar det?", "id_card", "sv", "content/se/id_card/sv.md"),
    ]


def test_the_first_of_equal_lines_is_used(sources: Sources) -> None:
    add_training(sources, "id_card", "sv", "Hur får jag ID kort?")
    add_answer(sources)
    texts = [line.text for line in usable(collect(sources), sources)]
    assert texts == ["Hur får jag ID kort?", "Vad kostar det?"]


def test_evaluation_lines_are_never_used_and_are_reported(sources: Sources) -> None:
    add_training(sources, "greet", "sv", "Hej!", "hejsan")
    record = {"text": "hej", "lang": "sv", "intent": "greet"}
    (sources.evaluation / "dev.jsonl").write_text(json.dumps(record) + "\n")
    lines = collect(sources)
    assert [line.text for line in usable(lines, sources)] == ["hejsan"]
    assert "'Hej!' in greet.yml is an evaluation line" in check(lines, sources)


def test_a_line_with_two_meanings_is_reported(sources: Sources) -> None:
    add_training(sources, "greet", "sv", "Vad kostar det")
    add_answer(sources)
    assert (
        "'Vad kostar det?' means greet in greet.yml and id_card in content/se/id_card/sv.md"
        in check(collect(sources), sources)
    )


def test_too_few_different_lines_are_reported(sources: Sources) -> None:
    add_training(sources, "greet", "sv", *[f"hej {n}" for n in range(24)], "HEJ 1")
    add_training(sources, "id_card", "sv", *[f"id-kort {n}" for n in range(14)])
    problems = check(collect(sources), sources)
    assert "greet has 24 lines in sv, not 25" in problems
    assert "id_card has 14 lines in sv, not 15" in problems
    assert "greet has 0 lines in ti, not 50" in problems


def test_unknown_ids_are_reported_and_not_used(sources: Sources) -> None:
    add_training(sources, "weather", "sv", "regnar det")
    lines = collect(sources)
    assert usable(lines, sources) == []
    assert "weather is not in the taxonomy" in check(lines, sources)


def test_a_domain_that_differs_from_the_taxonomy_is_reported(sources: Sources) -> None:
    sources.domain.write_text("intents: [greet]\n")
    problem = "domain.yml does not list exactly the ids of the taxonomy, in its order"
    assert problem in check([], sources)


def test_a_complete_set_has_no_problems(sources: Sources) -> None:
    for id in ("id_card", "greet"):
        for language in LANGUAGES:
            add_training(sources, id, language, *[f"{id} {language} {n}" for n in range(50)])
    assert check(collect(sources), sources) == []


@pytest.mark.parametrize("broken", ["nlu: [", "nlu:\n- intent: greet\n", "[]"])
def test_a_broken_training_file_is_named(sources: Sources, broken: str) -> None:
    (sources.training / "greet.yml").write_text(broken)
    with pytest.raises(UnreadableLines, match=r"greet\.yml"):
        collect(sources)


def test_a_broken_answer_is_named(sources: Sources) -> None:
    path = add_answer(sources, "+++\ntitle = \n+++\n")
    with pytest.raises(UnreadableLines, match=str(path)):
        collect(sources)


def test_the_written_file_has_one_block_per_id_and_language(tmp_path: Path) -> None:
    target = tmp_path / "model" / "nlu.yml"
    write([Line("hej", "greet", "sv", ""), Line("أهلا: #1", "greet", "ar", "")], target)
    assert yaml.safe_load(target.read_text(encoding="utf-8")) == {
        "version": "3.1",
        "nlu": [
            {"intent": "greet", "metadata": {"language": "ar"}, "examples": "- أهلا: #1\n"},
            {"intent": "greet", "metadata": {"language": "sv"}, "examples": "- hej\n"},
        ],
    }


def test_the_taxonomy_has_its_ids() -> None:
    assert len(taxonomy_ids(REPOSITORY)) == 59
