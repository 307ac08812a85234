from pathlib import Path

import pytest

from content.answers import CONTENT_FOLDER
from content.authorities import (
    Authority,
    check_authorities,
    find_authority,
    find_deciders,
    load_authorities,
)
from content.entry import ContentError
from content.facts import Facts, load_facts
from content.findings import Finding
from content.taxonomy import load_taxonomy


def test_every_topic_has_an_authority_in_every_country() -> None:
    expected = {
        (country, topic) for country in ("se", "dk", "fi") for topic in load_taxonomy().topics
    }
    assert set(load_authorities()) == expected


@pytest.mark.parametrize(
    ("country", "topic", "authority"),
    [
        ("se", "id_card", Authority("Skatteverket", "https://www.skatteverket.se")),
        ("dk", "digital_id", Authority("MitID", "https://www.mitid.dk")),
        ("fi", "tax_card", Authority("Verohallinto", "https://www.vero.fi")),
        ("fi", "violence_help", Authority("Nollalinja", "https://nollalinja.fi")),
    ],
)
def test_the_authority_is_the_countrys_own(country: str, topic: str, authority: Authority) -> None:
    assert find_authority(country, topic) == authority


@pytest.mark.parametrize("country", ["se", "dk", "fi"])
def test_every_address_stands_in_the_sources(country: str) -> None:
    assert list(check_authorities(country, load_facts(CONTENT_FOLDER / country))) == []


def test_an_invented_address_is_found() -> None:
    findings = set(check_authorities("se", Facts()))
    assert (
        Finding(
            "authorities.toml",
            "use an address from se/sources.md instead of https://www.skatteverket.se",
        )
        in findings
    )


def test_a_topic_with_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "authorities.toml"
    path.write_text('[se.authorities]\n[se.topics]\nid_card = "police"\n', encoding="utf-8")
    with pytest.raises(ContentError, match="add the authority 'police'"):
        load_authorities(path)


@pytest.mark.parametrize(
    ("country", "topic", "deciders"),
    [
        ("se", "id_card", ("Skatteverket (id-kort)", "Polisen (nationellt id-kort)")),
        ("se", "tax_card", ("Skatteverket",)),
        ("dk", "residence_permit_card", ("Udlændingestyrelsen", "SIRI")),
        ("dk", "travel_document", ("Udlændingestyrelsen",)),
        (
            "fi",
            "social_assistance",
            (
                "Kela (perustoimeentulotuki)",
                "hyvinvointialue (täydentävä ja ehkäisevä toimeentulotuki)",
            ),
        ),
    ],
)
def test_who_decides_is_named_where_it_is_not_only_the_one_to_ask(
    country: str, topic: str, deciders: tuple[str, ...]
) -> None:
    assert find_deciders(country, topic) == deciders
