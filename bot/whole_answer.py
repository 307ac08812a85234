"""A whole answer as a resident reads it: on the page to read and print, and in the editors'
preview."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.flows.answer import SECTION_LABELS, notes
from bot.topic_titles import TITLES
from content.answers import Answer
from content.authorities import find_authority
from content.languages import Direction, language
from content.locale_format import date_text
from content.texts import Domain, Texts, load_texts


@dataclass(frozen=True)
class SectionView:
    """In the language of its text, which is the source's where the translation is stale."""

    label: str
    text: str
    language: str
    direction: Direction
    is_stale: bool


def answer_values(
    answer: Answer, source: Answer | None, texts: Texts, today: date, *, is_reviewed: bool
) -> dict[str, Any]:
    """What resident/answer_text.html shows to a reader of `texts`."""
    return {
        "answer": answer,
        "is_expired": answer.is_expired(today),
        "text_direction": language(answer.language).direction,
        "sections": list(_sections(answer, source)),
        "notes": notes(texts, answer, is_reviewed=is_reviewed),
        "checked_on": date_text(answer.checked_on, texts.language),
        "authority": find_authority(answer.country, answer.topic),
        "title": texts.gettext(TITLES[answer.topic]),
    }


def section_labels(code: str) -> dict[str, str]:
    """By id, in one of the residents' languages, which are those of staff, too."""
    texts = load_texts(Domain.RESIDENT, code)
    return {id: texts.gettext(label) for id, label in SECTION_LABELS.items()}


def _sections(answer: Answer, source: Answer | None) -> Iterator[SectionView]:
    """The first one needs no heading. What the source no longer has is not said any more."""
    for number, part in enumerate(answer.sections):
        is_stale = part.id in answer.stale_sections
        shown = source if is_stale and source else answer
        section = shown.section(part.id)
        if section is None:
            continue
        yield SectionView(
            label=section_labels(shown.language)[part.id] if number else "",
            text=section.text,
            language=shown.language,
            direction=language(shown.language).direction,
            is_stale=is_stale,
        )
