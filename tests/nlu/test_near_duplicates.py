"""Training lines may not repeat evaluation lines in other words that are nearly the same."""

from nlu.compile import REPOSITORY, Line, collect, evaluation_lines
from nlu.near_duplicates import near_duplicates

KEPT_ASIDE = Line(
    "can I move my appointment to next week?", "reschedule_booking", "en", "dev.jsonl"
)


def trained(text: str, id: str = "reschedule_booking", language: str = "en") -> Line:
    return Line(text, id, language, "reschedule_booking.yml")


def test_a_line_with_one_word_more_is_found() -> None:
    repeated = trained("can I please move my appointment to next week")
    other = trained("something came up, is there a time on Thursday instead")
    assert near_duplicates([repeated, other], [KEPT_ASIDE]) == [(repeated, KEPT_ASIDE)]


def test_other_ids_and_languages_are_not_compared() -> None:
    text = "can I please move my appointment to next week"
    lines = [trained(text, id="book"), trained(text, language="da")]
    assert near_duplicates(lines, [KEPT_ASIDE]) == []


def test_short_lines_may_be_alike() -> None:
    short = Line("tack så", "thank", "sv", "dev.jsonl")
    assert near_duplicates([trained("tack såå", "thank", "sv")], [short]) == []


def test_no_training_line_of_ours_nearly_repeats_an_evaluation_line() -> None:
    # What editors write beside an answer may well be what a resident asks.
    ours = [line for line in collect(REPOSITORY) if line.place.endswith(".yml")]
    pairs = near_duplicates(ours, evaluation_lines(REPOSITORY))
    assert [(line.place, line.text) for line, _ in pairs] == []
