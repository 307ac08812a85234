"""One answer as people read it in each of the twelve languages, on a small phone."""

import pytest
from playwright.sync_api import expect

from content.answers import load_answers
from content.languages import complete_languages
from tests.journeys.conftest import Residents
from tests.journeys.screen import SMALLEST, check_screen, take_picture

ANSWERS = load_answers()


@pytest.mark.parametrize("language", [each.code for each in complete_languages()])
def test_an_answer_fits_the_phone(resident: Residents, language: str) -> None:
    answer = ANSWERS.find("se", "id_card", language)
    assert answer is not None
    amina = resident(language)
    amina.start()
    amina.press(amina.words("Papers and ID"))  # how well questions are understood is measured apart
    amina.tap(amina.page.locator("#log button[value='topic:id_card']"))
    expect(amina.last).to_contain_text(answer.sections[0].text.split("\n")[0])
    expect(amina.last.locator(".source")).to_contain_text(answer.source_name)
    amina.last.evaluate("said => said.scrollIntoView({block: 'start'})")
    check_screen(amina.page, language, SMALLEST)
    take_picture(amina.page, f"answer-{language}")
