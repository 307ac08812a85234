"""Which section of an answer a question is about, with the real encoder and the real pack."""

from pathlib import Path

import pytest

from bot.sections import SectionIndex, build_index
from content.answers import Answers
from nlu.search import encode_query


@pytest.mark.parametrize(
    ("topic", "question", "section"),
    [
        ("id_card", "how do I get an ID card", None),
        ("id_card", "كيف أحصل على بطاقة هوية؟", None),
        ("id_card", "hur får jag ett id-kort?", None),
        ("id_card", "how much does an id card cost", "cost"),
        ("id_card", "كم سعر بطاقة الهوية", "cost"),
        ("id_card", "what do I need to bring for id card", "bring"),
        ("bank_account", "the bank refused me", "refused"),
        ("bank_account", "البنك رفض يفتحلي حساب", "refused"),
    ],
)
def test_the_section_asked_for_comes_first(
    sections: SectionIndex, topic: str, question: str, section: str | None
) -> None:
    vector = [float(value) for value in encode_query(question)]
    found = sections.nearest("se", topic, vector)
    assert found == section or (section is None and found in ("what", "how"))


def test_without_a_vector_or_an_answer_there_is_no_section(sections: SectionIndex) -> None:
    assert sections.nearest("se", "id_card", ()) is None
    assert sections.nearest("dk", "transport", (0.1,) * 384) is None


def test_an_empty_pack_has_an_empty_index(tmp_path: Path) -> None:
    index, vector = build_index(Answers({}), tmp_path), (0.1,) * 384
    assert index.nearest("se", "id_card", vector) is None
    assert index.search("se", "how do i get an id card", vector) == []
