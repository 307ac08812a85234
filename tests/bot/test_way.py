"""Where a topic stands in the chain, in words and with the buttons that lead on."""

import pytest

from backend.reply import Button, Way
from bot.topic_titles import TITLES
from bot.way import find_way
from content.chain import load_chain
from content.languages import RESIDENT_LANGUAGES
from content.texts import Domain, load_texts

ENGLISH = load_texts(Domain.RESIDENT, "en")


def test_the_way_names_what_comes_before_and_after_and_whose_turn_it_is() -> None:
    assert find_way(ENGLISH, "se", "id_card", "/m/lindby") == Way(
        now="ID card",
        turn="Whose turn: first you, then Skatteverket",
        url="/m/lindby/chain",
        first=(Button("Personal identity number", "topic:personal_number"),),
        then=(Button("Bank account", "topic:bank_account"),),
    )


def test_the_number_comes_by_itself_so_only_the_authority_has_the_ball() -> None:
    way = find_way(ENGLISH, "se", "personal_number", "/m/lindby")
    assert way is not None
    assert way.turn == "Whose turn: Skatteverket"


def test_a_topic_outside_the_chain_has_no_way() -> None:
    assert find_way(ENGLISH, "se", "school", "/m/lindby") is None


@pytest.mark.parametrize("language", [entry.code for entry in RESIDENT_LANGUAGES])
@pytest.mark.parametrize("country", ["se", "dk", "fi"])
def test_every_step_is_told_in_every_language(country: str, language: str) -> None:
    texts = load_texts(Domain.RESIDENT, language)
    for step in load_chain(country).steps:
        way = find_way(texts, country, step.topic, "/m/x")
        assert way is not None
        assert way.now == texts.gettext(TITLES[step.topic])
        assert [button.action for button in way.first] == [f"topic:{need}" for need in step.needs]
        assert "{" not in way.turn
        assert language == "en" or not way.turn.startswith("Whose")
