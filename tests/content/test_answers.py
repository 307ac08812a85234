from datetime import date
from pathlib import Path

import pytest

from content.answers import Answers, load_answers
from content.entry import ContentError
from content.facts import Mark
from content.languages import RESIDENT_LANGUAGES
from tests.content.example_pack import change, write_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


@pytest.fixture
def answers(pack: Path) -> Answers:
    return load_answers(pack)


def test_an_answer_is_found_by_country_topic_and_language(answers: Answers) -> None:
    answer = answers.find("se", "id_card", "en")
    assert answer is not None
    assert answer.title == "ID card"
    assert answer.translated_from == "sv"
    assert answer.stale_sections == frozenset()


def test_no_country_shows_the_answer_of_another(answers: Answers) -> None:
    assert answers.find("dk", "id_card", "en") is None
    assert answers.source("dk", "id_card") is None
    assert answers.topics("dk") == ()


def test_the_source_is_the_swedish_text(answers: Answers) -> None:
    source = answers.source("se", "id_card")
    assert source is not None
    assert (source.language, source.title) == ("sv", "Id-kort")
    assert answers.topics("se") == ("id_card",)


def test_facts_are_inserted_in_the_language(answers: Answers) -> None:
    english, swedish = (answers.find("se", "id_card", code) for code in ("en", "sv"))
    assert english is not None
    assert swedish is not None
    english_cost, swedish_cost = english.section("cost"), swedish.section("cost")
    assert english_cost is not None
    assert swedish_cost is not None
    assert english_cost.text.startswith("The card costs SEK 400.")
    assert swedish_cost.text.startswith("Kortet kostar 400 kronor.")


def test_a_section_has_the_strictest_mark_of_its_facts(answers: Answers) -> None:
    answer = answers.find("se", "id_card", "sv")
    assert answer is not None
    assert [section.mark for section in answer.sections] == [Mark.SEEN, Mark.RECALLED, Mark.CHECK]
    assert answer.caution


def test_an_inserted_value_brings_its_own_fact(pack: Path) -> None:
    change(pack, "se/id_card/sv.md", "Ett id-kort visar", "För {id_card_fee} visar kortet")
    answer = load_answers(pack).find("se", "id_card", "sv")
    assert answer is not None
    assert answer.sections[0].facts == ("SE-4.1", "SE-4.2")
    assert answer.sections[0].mark is Mark.CHECK


def test_without_facts_to_check_there_is_no_caution(pack: Path) -> None:
    change(pack, "se/sources.md", " – check amount", "")
    answer = load_answers(pack).find("se", "id_card", "sv")
    assert answer is not None
    assert not answer.caution


def test_an_answer_expires_the_day_after_its_last_day(answers: Answers) -> None:
    answer = answers.find("se", "id_card", "sv")
    assert answer is not None
    assert not answer.is_expired(date(2027, 5, 22))
    assert answer.is_expired(date(2027, 5, 23))


def test_changing_one_section_makes_exactly_its_translations_stale(pack: Path) -> None:
    change(pack, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med ditt UT-kort och pass.")
    stale = {answer.language: answer.stale_sections for answer in load_answers(pack)}
    assert stale == {"sv": frozenset(), "en": frozenset({"bring"}), "ar": frozenset({"bring"})}


def test_a_translation_without_noted_hashes_is_stale(pack: Path) -> None:
    path = pack / "se/id_card/en.md"
    matter, _, rest = path.read_text(encoding="utf-8").partition("\n[source_hashes]")
    path.write_text(f"{matter}\n+++\n{rest.partition('+++')[2]}", encoding="utf-8")
    answer = load_answers(pack).find("se", "id_card", "en")
    assert answer is not None
    assert answer.stale_sections == {"what", "bring", "cost"}


def test_a_value_that_does_not_exist_stops_the_loading(pack: Path) -> None:
    change(pack, "se/id_card/sv.md", "{id_card_fee}", "{card_fee}")
    with pytest.raises(ContentError, match="add the value card_fee"):
        load_answers(pack)


def test_the_shipped_answers_are_there_in_every_language() -> None:
    answers = load_answers()
    topics = {
        *("residence_permit_card", "population_registration", "personal_number", "id_card"),
        *("digital_id", "bank_account", "find_housing", "tenancy_contract", "tenancy_problems"),
        *("housing_allowance", "integration_benefit", "social_assistance"),
    }
    assert set(answers.topics("se")) >= topics
    assert {
        (topic, language.code)
        for topic in topics
        for language in RESIDENT_LANGUAGES
        if answers.find("se", topic, language.code) is None
    } == set()


def test_no_shipped_answer_has_a_placeholder_left() -> None:
    left = [
        (answer.topic, answer.language, section.id)
        for answer in load_answers()
        for section in answer.sections
        if "{" in section.text
    ]
    assert left == []
