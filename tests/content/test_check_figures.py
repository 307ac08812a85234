from pathlib import Path

import pytest

from content.check_figures import find_unsourced
from content.findings import warning
from content.languages import language
from tests.content.example_pack import change, check_pack, write_pack


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("sv", "Det kostar 1 200 kronor.", ["1 200"]),
        ("en", "It costs SEK 1,200 or 80 €.", ["1,200", "80"]),
        ("ar", "الرسم ٤٠٠ كرونة", ["٤٠٠"]),
        ("th", "ราคา 400 โครนา", ["400"]),
        ("fi", "Saat 80 % tuesta.", ["80"]),
        ("da", "Ring 70 10 31 90 eller 112.", ["70 10 31 90"]),
        ("sv", "Du måste vara 18 år, ring 1177, blanketten heter 650-031.", []),
        ("sv", "Överklaga inom 21 dagar. Ring 112. Dagen efter får du svar.", ["21"]),
        ("sv", "Lagen gäller från 1 juli och ändras 2027-01-01.", ["1", "2027-01-01"]),
        ("da", "Søg inden 3 uger, senest den 1. januar.", ["3", "1"]),
        ("fi", "Hae 14 päivän kuluessa, viimeistään 1. tammikuuta.", ["14", "1"]),
        ("fi", "Soita 112. Viikon päästä saat vastauksen. Olet 13-vuotias.", []),
        ("th", "กฎใหม่เริ่มใช้ 2027", ["2027"]),
        ("sv", "Kortet kostar {id_card_fee} kronor: https://example.se/400kr", []),
    ],
)
def test_amounts_phone_numbers_and_deadlines_in_a_text_are_found(
    code: str, text: str, found: list[str]
) -> None:
    assert find_unsourced(text, language(code).words) == found


def test_a_value_that_nobody_has_seen_is_pointed_at(tmp_path: Path) -> None:
    write_pack(tmp_path)
    change(tmp_path, "se/facts.toml", 'source = "SE-4.2"', 'source = "SE-4.3"')
    message = "nobody has seen its source: find the page, or let the answers only link to it"
    assert check_pack(tmp_path) == [warning("se/facts.toml: id_card_fee", message)]


def test_a_value_in_swedish_words_is_wanted_in_every_language(tmp_path: Path) -> None:
    write_pack(tmp_path)
    change(tmp_path, "se/facts.toml", 'ar = "400 كرونة"\n', "")
    assert check_pack(tmp_path) == [warning("se/facts.toml: id_card_fee", "write it in ar")]
