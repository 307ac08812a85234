"""What is to be done about which answer, in the order of the days."""

import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.answer_table import Task, all_states, find_tasks
from content.answer_state import State
from content.answers import Answers, load_answers
from content.languages import RESIDENT_LANGUAGES
from content.taxonomy import load_taxonomy
from tests.content.example_pack import change, write_pack

LAST = date(2027, 5, 22)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def test_every_topic_has_a_state_in_every_language(pack: Path) -> None:
    states = all_states(load_answers(pack), "se", LAST - timedelta(days=40), frozenset())
    assert set(states) == {
        (topic, entry.code) for topic in load_taxonomy().topics for entry in RESIDENT_LANGUAGES
    }
    written = {place: state for place, state in states.items() if state is not State.MISSING}
    assert written == {("id_card", code): State.UNREVIEWED for code in ("sv", "en", "ar")}


def test_an_answer_is_to_do_thirty_days_before_it_expires_and_after(pack: Path) -> None:
    answers = load_answers(pack)
    codes = tuple(entry.code for entry in RESIDENT_LANGUAGES if entry.code in ("sv", "en", "ar"))
    assert find_tasks(answers, "se", LAST - timedelta(days=31), {}) == []
    assert find_tasks(answers, "se", LAST, {}) == [
        Task(State.EXPIRING, "id_card", LAST, "integration", codes)
    ]
    assert find_tasks(answers, "se", LAST + timedelta(days=1), {}) == [
        Task(State.EXPIRED, "id_card", LAST, "integration", codes)
    ]


def test_stale_translations_stand_at_the_day_on_which_the_source_changed(pack: Path) -> None:
    change(pack, "se/id_card/ar.md", "valid_until = 2027-05-22", "valid_until = 2027-05-01")
    change(pack, "se/id_card/sv.md", "kvittot", "kvittot och kortet")
    answers = load_answers(pack)
    source = answers.source("se", "id_card")
    assert source is not None
    part = next(each for each in source.sections if "kvittot och kortet" in each.text)
    changed = {("id_card", part.id, part.hash): date(2027, 4, 10)}
    stale = Task(State.STALE, "id_card", date(2027, 4, 10), "integration", ("en", "ar"))
    expiring = Task(State.EXPIRING, "id_card", date(2027, 5, 1), "integration", ("ar",))
    assert find_tasks(answers, "se", date(2027, 4, 12), changed) == [stale, expiring]
    [unknown, _] = find_tasks(answers, "se", date(2027, 4, 12), {})
    assert unknown.day is None


def test_the_states_of_all_answers_of_a_country_take_milliseconds(answers: Answers) -> None:
    all_states(answers, "se", LAST, frozenset())
    begun = time.perf_counter()
    all_states(answers, "se", LAST, frozenset())
    find_tasks(answers, "se", LAST, {})
    assert time.perf_counter() - begun < 0.1
