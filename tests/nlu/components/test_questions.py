"""A message is cut only into parts that can each ask something."""

import pytest

from nlu.components.questions import parts


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (
            "how do i get an id card? and what does a doctor cost",
            ["how do i get an id card", "what does a doctor cost"],
        ),
        (
            "hur får jag bankid och när börjar sfi kursen",
            ["hur får jag bankid", "när börjar sfi kursen"],
        ),
        ("كيف أفتح حساب بنكي؟ وين مدرسة أولادي", ["كيف أفتح حساب بنكي", "وين مدرسة أولادي"]),
        ("ทำบัตรประชาชนที่ไหน และ หาหมอฟันได้ที่ไหน", ["ทำบัตรประชาชนที่ไหน", "หาหมอฟันได้ที่ไหน"]),
        ("hej! hur får jag bankid", []),
        ("bread and butter", []),
        ("one two three. four five six. seven eight nine. ten eleven twelve", []),
        ("", []),
    ],
)
def test_parts(text: str, cut: list[str]) -> None:
    assert parts(text) == cut
