"""Shared letters count for what spelling tells: names more than common words."""

import pytest

from nlu.shared_letters import SharedLetters

TEXTS = ["Ask at Treffam in the old town.", "Ask at the library in the old town.", "Treffam"]


def test_a_text_is_as_near_to_itself_as_can_be() -> None:
    assert SharedLetters(TEXTS).similarities(TEXTS[1])[1] == pytest.approx(1.0)


def test_case_punctuation_and_line_breaks_do_not_count() -> None:
    assert SharedLetters(TEXTS).similarities("«TREFFAM»\n!")[2] == pytest.approx(1.0)


def test_a_rare_name_brings_the_text_that_has_it() -> None:
    with_name, without, _ = SharedLetters(TEXTS).similarities("Що таке Treffam?")
    assert with_name > without == 0


@pytest.mark.parametrize("text", ["", "  ", "???", "สวัสดี"])
def test_what_shares_nothing_scores_nothing(text: str) -> None:
    assert SharedLetters(TEXTS).similarities(text).tolist() == [0, 0, 0]
