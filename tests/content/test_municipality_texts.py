"""What of a municipality's file is for translators, and that it comes back to its place."""

import tomllib
from pathlib import Path

import pytest

from content.answers import CONTENT_FOLDER
from content.edit_toml import set_wording
from content.languages import RESIDENT_LANGUAGES
from content.municipality_texts import municipality_file, municipality_slugs, placed_wordings
from tests.content.test_editing import copy_content
from tests.content.translators import plan

SLUGS = municipality_slugs(CONTENT_FOLDER)
ROOM = "lindby/offices/citizen_office/room"


def test_texts_are_named_by_their_place_and_in_the_municipalitys_own_language() -> None:
    found = {wording.key: wording.source for wording in placed_wordings(CONTENT_FOLDER, "lindby")}
    assert found[ROOM] == "Rum 2"
    assert found["lindby/services/drop_in/does_not/1"] == "Betalar inte ut pengar."
    assert found["lindby/name"] == "Lindby"
    assert len(found) == len(placed_wordings(CONTENT_FOLDER, "lindby"))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_shipped_text_put_in_again_changes_no_byte(slug: str) -> None:
    toml = municipality_file(CONTENT_FOLDER, slug).read_text(encoding="utf-8")
    for wording in placed_wordings(CONTENT_FOLDER, slug):
        for entry in RESIDENT_LANGUAGES:
            if text := wording.texts.get(entry.code):
                assert set_wording(slug, toml, wording.place, entry.code, text) == toml


def test_a_translated_text_comes_to_its_place(tmp_path: Path) -> None:
    root = copy_content(tmp_path, "se")
    [change] = plan(root, {ROOM: "Кімната 2"}, "uk", "lindby").changes
    assert (change.where, change.keys) == ("municipalities/lindby.toml", (ROOM,))
    [office, *_] = tomllib.loads(change.text)["offices"]
    assert office["room"]["uk"] == "Кімната 2"


def test_a_changed_number_is_refused(tmp_path: Path) -> None:
    [refusal] = plan(copy_content(tmp_path, "se"), {ROOM: "Кімната 3"}, "uk", "lindby").refusals
    assert refusal.message == "the source does not have the number 3"
