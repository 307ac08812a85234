"""The honest no names who decides as the facts do, and says less where they do."""

import pytest

from backend.places import Municipality
from bot.limits import find_limit
from content.directory import Limit, load_directory
from content.languages import RESIDENT_LANGUAGES
from content.municipalities import load_municipalities
from content.texts import Domain, load_texts

BASIC = "Kela (perustoimeentulotuki)"
SUPPLEMENTARY = "hyvinvointialue (täydentävä ja ehkäisevä toimeentulotuki)"


def limit_of(slug: str, topic: str, language: str = "en") -> str:
    place = Municipality(slug=slug, country=load_municipalities()[slug].country)
    return find_limit(load_texts(Domain.RESIDENT, language), place, topic)


@pytest.mark.parametrize(
    ("slug", "topic", "line"),
    [
        ("lindby", "tax_card", "By law, Skatteverket decides."),
        (
            "lindby",
            "id_card",
            "By law, Skatteverket (id-kort) or Polisen (nationellt id-kort) decides.",
        ),
        ("lindby", "driving_licence", "Transportstyrelsen can tell you which rules apply."),
        ("strandby", "permit_extension", "By law, Udlændingestyrelsen or SIRI decides."),
        ("strandby", "travel_document", "By law, Udlændingestyrelsen decides."),
        ("strandby", "housing_allowance", "By law, Udbetaling Danmark decides."),
        ("saarela", "id_card", "By law, Poliisi decides."),
        ("saarela", "driving_licence", "Traficom can tell you which rules apply."),
        ("saarela", "social_assistance", f"By law, {BASIC} or {SUPPLEMENTARY} decides."),
    ],
)
def test_who_decides_is_said_as_far_as_it_is_known(slug: str, topic: str, line: str) -> None:
    assert limit_of(slug, topic) == f"The municipality cannot decide this. {line}"


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("sv", "Enligt lag är det Udlændingestyrelsen eller SIRI som beslutar."),
        ("da", "Efter loven er det Udlændingestyrelsen eller SIRI, der afgør det."),
        ("fi", "Lain mukaan päätöksen tekee Udlændingestyrelsen tai SIRI."),
        ("en", "By law, Udlændingestyrelsen or SIRI decides."),
        ("ar", "بموجب القانون، الجهة التي تقرر هي Udlændingestyrelsen أو SIRI."),
        ("uk", "За законом рішення ухвалює Udlændingestyrelsen або SIRI."),
        ("ru", "По закону решение принимает Udlændingestyrelsen или SIRI."),
        ("et", "Seaduse järgi otsustab Udlændingestyrelsen või SIRI."),
        ("th", "ตามกฎหมายผู้ตัดสินคือ Udlændingestyrelsen หรือ SIRI"),
        ("so", "Sida sharcigu qabo waxaa go'aamisa Udlændingestyrelsen ama SIRI."),
        ("fa", "طبق قانون، تصمیم با Udlændingestyrelsen یا SIRI است."),
        ("ti", "ብመሰረት ሕጊ ዝውስን Udlændingestyrelsen ወይ SIRI እዩ።"),
    ],
)
def test_one_of_two_decides_in_every_language(language: str, line: str) -> None:
    assert limit_of("strandby", "residence_permit_card", language).endswith(line)


def test_every_limit_of_every_municipality_is_a_sentence_in_every_language() -> None:
    for slug in load_municipalities():
        for topic, limit in load_directory(slug).limits.items():
            assert limit in Limit
            lines = {limit_of(slug, topic, entry.code) for entry in RESIDENT_LANGUAGES}
            assert len(lines) == len(RESIDENT_LANGUAGES), (slug, topic)


def test_nothing_is_said_where_the_municipality_can_act() -> None:
    assert limit_of("lindby", "school") == ""
