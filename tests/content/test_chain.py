"""What comes before what: the real chains of the countries, and what an editor can do wrong."""

from pathlib import Path

import pytest

from content.answers import CONTENT_FOLDER
from content.chain import Chain, Player, Step, check_chain, load_chain, read_chain
from content.entry import ContentError
from content.facts import Facts, Mark, load_facts, parse_sources
from content.findings import Finding

FACTS = Facts(
    register=parse_sources(
        "## SE-1 Card\n1. You get it. CONF seen\n2. Bring it. CONF recalled\n3. CONF seen – check\n"
    )
)
CARD = '[residence_permit_card]\nneeds = []\nball = ["you", "authority"]\nfacts = ["SE-1.1"]\n'


def write(folder: Path, text: str) -> Path:
    country = folder / "se"
    country.mkdir()
    (country / "chain.toml").write_text(text, encoding="utf-8")
    return country


def found(folder: Path, text: str) -> list[Finding]:
    return list(check_chain(write(folder, text), FACTS))


@pytest.mark.parametrize("country", ["se", "dk", "fi"])
def test_the_chain_of_every_country_passes_its_check(country: str) -> None:
    folder = CONTENT_FOLDER / country
    assert list(check_chain(folder, load_facts(folder))) == []
    assert len(load_chain(country).steps) == 9


def test_in_sweden_the_account_comes_between_the_id_card_and_the_electronic_id() -> None:
    chain = load_chain("se")
    assert chain.step("bank_account") == Step(
        "bank_account",
        ("id_card",),
        (Player.YOU, Player.BANK),
        ("SE-6.2", "SE-6.3", "SE-X.1"),
        Mark.SEEN,
    )
    assert chain.after("bank_account")[0] == "digital_id"


def test_in_denmark_the_address_comes_before_the_card() -> None:
    card = load_chain("dk").step("residence_permit_card")
    assert card is not None
    assert (card.needs, card.ball) == (("population_registration",), (Player.AUTHORITY,))


def test_in_finland_the_id_card_needs_number_and_home_municipality() -> None:
    card = load_chain("fi").step("id_card")
    assert card is not None
    assert card.needs == ("personal_number", "population_registration")


def test_only_the_next_steps_come_after() -> None:
    """Benefits need the number too, but the ID card and the account stand between."""
    assert load_chain("se").after("personal_number") == ("id_card",)


def test_a_step_on_a_fact_to_check_says_that_rules_may_have_changed(tmp_path: Path) -> None:
    chain = read_chain(write(tmp_path, CARD.replace("SE-1.1", "SE-1.1–3")), FACTS)
    assert [step.caution for step in chain.steps] == [True]


def test_a_country_without_the_file_has_no_steps(tmp_path: Path) -> None:
    assert read_chain(tmp_path, FACTS) == Chain()
    assert list(check_chain(tmp_path, FACTS)) == []


def test_an_unknown_topic_is_found(tmp_path: Path) -> None:
    assert found(tmp_path, CARD.replace("residence_permit_card", "bus_pass")) == [
        Finding("se/chain.toml: bus_pass", "name the step after a topic of taxonomy.yaml")
    ]


def test_a_circle_is_found_because_what_is_needed_has_to_stand_above(tmp_path: Path) -> None:
    number = CARD.replace("residence_permit_card", "personal_number")
    circle = CARD.replace("[]", '["personal_number"]') + number.replace(
        "[]", '["residence_permit_card"]'
    )
    assert found(tmp_path, circle) == [
        Finding(
            "se/chain.toml: residence_permit_card",
            "write the step 'personal_number' above it, or do not need it",
        )
    ]


def test_an_unknown_fact_is_found(tmp_path: Path) -> None:
    assert found(tmp_path, CARD.replace("SE-1.1", "SE-9.9")) == [
        Finding("se/chain.toml: residence_permit_card", "there is no fact SE-9.9 in sources.md")
    ]


@pytest.mark.parametrize("facts", ['["SE-1.2"]', '["SE-1.3"]', "[]"])
def test_a_step_without_a_seen_fact_is_found(tmp_path: Path, facts: str) -> None:
    assert found(tmp_path, CARD.replace('["SE-1.1"]', facts)) == [
        Finding(
            "se/chain.toml: residence_permit_card", "name a fact with the mark 'seen' behind it"
        )
    ]


@pytest.mark.parametrize("ball", ["[]", '["you", "you"]', '["police"]'])
def test_a_ball_that_nobody_has_is_refused(tmp_path: Path, ball: str) -> None:
    folder = write(tmp_path, CARD.replace('["you", "authority"]', ball))
    message = "name one or two of you, authority, bank, municipality as 'ball'"
    with pytest.raises(ContentError, match=message):
        read_chain(folder, FACTS)
    assert list(check_chain(folder, FACTS)) == [
        Finding("se/chain.toml: residence_permit_card", message)
    ]
