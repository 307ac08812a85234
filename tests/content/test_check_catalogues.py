import pytest
from babel.messages.catalog import Catalog

from content.check_catalogues import check_catalogues, check_placeholders
from content.findings import Finding


def catalogue(message: str | tuple[str, str], translation: str | tuple[str, ...]) -> Catalog:
    made = Catalog("ar")
    made.add(message, translation)
    return made


@pytest.mark.parametrize(
    ("message", "translation"),
    [
        ("Hello {name}", "مرحباً {name}"),
        ("Hello {name}", ""),
        (("{n} person", "{n} people"), ("لا أحد", "شخص", "شخصان", "{n} أشخاص", "{n}", "{n}")),
    ],
)
def test_a_right_translation_passes(
    message: str | tuple[str, str], translation: str | tuple[str, ...]
) -> None:
    assert list(check_placeholders("ar.po", catalogue(message, translation))) == []


@pytest.mark.parametrize(
    ("message", "translation", "wrong"),
    [
        ("Hello {name}", "مرحباً", "{name}"),
        ("Hello {name}", "مرحباً {nam}", "{nam}, {name}"),
        (("{n} at {place}", "{n} at {place}"), ("{n}", "", "", "", "", ""), "{place}"),
        (("{n} person", "{n} people"), ("{m}", "", "", "", "", ""), "{m}"),
    ],
)
def test_a_lost_or_invented_placeholder_is_found(
    message: str | tuple[str, str], translation: str | tuple[str, ...], wrong: str
) -> None:
    singular = message if isinstance(message, str) else message[0]
    assert list(check_placeholders("ar.po", catalogue(message, translation))) == [
        Finding("ar.po", f"correct {wrong} in the translation of '{singular}'")
    ]


def test_the_shipped_catalogues_are_complete_in_the_released_languages() -> None:
    assert list(check_catalogues()) == []
