"""What editors see of all answers at once: how each stands in each language, and what is to be
done about which of them, in the order of the days."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from content.answer_state import State, answer_state, is_expiring
from content.answers import Answer, Answers
from content.languages import RESIDENT_LANGUAGES
from content.taxonomy import load_taxonomy

States = Mapping[tuple[str, str], State]


@dataclass(frozen=True)
class Task:
    """One thing to do about a topic, in the `languages` that it concerns. `day` is the last one on
    which it is said, or that on which the source text changed; None when that is not known."""

    state: State
    topic: str
    day: date | None
    owner: str
    languages: tuple[str, ...]


def all_states(answers: Answers, country: str, on: date, reviewed: Container[str]) -> States:
    """By topic and language, whether or not anything is written."""
    return {
        (topic, entry.code): answer_state(answers.find(country, topic, entry.code), on, reviewed)
        for topic in load_taxonomy().topics
        for entry in RESIDENT_LANGUAGES
    }


def find_tasks(
    answers: Answers,
    country: str,
    on: date,
    changed_on: Mapping[tuple[str, str, str], date],
) -> list[Task]:
    """`changed_on` knows since when a source says what it says, by topic, section and hash."""
    languages: dict[tuple[State, str, date | None, str], list[str]] = {}
    for topic in load_taxonomy().topics:
        source = answers.source(country, topic)
        for entry in RESIDENT_LANGUAGES:
            answer = answers.find(country, topic, entry.code)
            if answer is None:
                continue
            for state, day in _tasks_of(answer, source, on, changed_on):
                languages.setdefault((state, topic, day, answer.owner), []).append(entry.code)
    tasks = [Task(*key, tuple(codes)) for key, codes in languages.items()]
    return sorted(tasks, key=lambda task: (task.day or date.min, task.topic, task.state))


def _tasks_of(
    answer: Answer,
    source: Answer | None,
    on: date,
    changed_on: Mapping[tuple[str, str, str], date],
) -> Iterator[tuple[State, date | None]]:
    if answer.is_expired(on):
        yield State.EXPIRED, answer.valid_until
    elif is_expiring(answer, on):
        yield State.EXPIRING, answer.valid_until
    if answer.stale_sections:
        parts = [source.section(section) for section in answer.stale_sections] if source else []
        keys = [(answer.topic, part.id, part.hash) for part in parts if part]
        yield State.STALE, max((changed_on[key] for key in keys if key in changed_on), default=None)
