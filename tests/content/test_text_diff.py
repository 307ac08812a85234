"""What became of a text, sentence by sentence."""

from content.text_diff import Fate, Sentence, compare_sentences


def test_a_changed_sentence_goes_and_comes_and_the_others_stay() -> None:
    found = compare_sentences(
        "Boka tid. Kom själv. Ta med kortet.", "Boka tid. Kom i tid. Ta med kortet."
    )
    assert found == (
        Sentence(Fate.KEPT, "Boka tid."),
        Sentence(Fate.GONE, "Kom själv."),
        Sentence(Fate.NEW, "Kom i tid."),
        Sentence(Fate.KEPT, "Ta med kortet."),
    )


def test_items_of_a_list_are_sentences_of_their_own_and_line_breaks_are_none() -> None:
    found = compare_sentences(
        "- Boka\n  tid.\n- Kom själv.", "- Boka tid.\n- Betala.\n- Kom själv."
    )
    assert found == (
        Sentence(Fate.KEPT, "Boka tid."),
        Sentence(Fate.NEW, "Betala."),
        Sentence(Fate.KEPT, "Kom själv."),
    )


def test_a_section_that_is_gone_has_only_lost_sentences() -> None:
    assert compare_sentences("Kom själv.", "") == (Sentence(Fate.GONE, "Kom själv."),)
