from pathlib import Path

from content.findings import warning
from content.reading_level import measure_lix
from tests.content.example_pack import change, check_pack, write_pack

SWEDISH = "se/id_card/sv.md"


def test_short_words_in_short_sentences_are_easy() -> None:
    assert measure_lix([["Du", "får", "ett", "kort"], ["Ta", "med", "ditt", "pass"]]) == 4


def test_long_words_count_once_more() -> None:
    assert measure_lix([["Skatteverket", "beslutar", "om", "kortet"]]) == 54


def test_a_text_without_words_is_easy() -> None:
    assert measure_lix([]) == 0


def test_a_long_sentence_is_pointed_at_with_its_line(tmp_path: Path) -> None:
    write_pack(tmp_path)
    change(tmp_path, SWEDISH, "visar vem du är", f"visar {'att du är du och ' * 4}inte jag")
    found = [finding for finding in check_pack(tmp_path) if finding.where.startswith(SWEDISH)]
    message = "divide the sentence of 25 words that begins 'Ett id-kort visar att …'"
    assert found == [warning(f"{SWEDISH}: what", message)]
    assert found[0].line == 14


def test_a_hard_text_is_pointed_at(tmp_path: Path) -> None:
    write_pack(tmp_path)
    change(tmp_path, SWEDISH, "visar vem du är", "legitimerar " * 15)
    found = [finding for finding in check_pack(tmp_path) if finding.where == SWEDISH]
    assert found == [
        warning(SWEDISH, "write shorter sentences and words: reading level 53, at most 35")
    ]
