import pytest

from content.placeholders import fill, find_placeholders


def test_placeholders_are_found_in_order() -> None:
    assert find_placeholders("{fee} before {date_2}, {fee}") == ["fee", "date_2", "fee"]


def test_values_are_inserted() -> None:
    assert fill("{n} of {all}", {"n": 1, "all": "ten"}) == "1 of ten"


def test_a_value_is_never_read_as_a_template() -> None:
    assert fill("{name}", {"name": "{secret}", "secret": "x"}) == "{secret}"


def test_attributes_are_out_of_reach() -> None:
    assert fill("{name.__class__} {0}", {"name": "x"}) == "{name.__class__} {0}"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match="fee"):
        fill("{fee}", {})
