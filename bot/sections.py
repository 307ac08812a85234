"""The vectors of all answer sections, made once when content is loaded."""

from collections.abc import Sequence
from pathlib import Path

from content.answers import SOURCE_LANGUAGES, Answers
from nlu.search import SectionVector, encode_passages, rank


class SectionIndex:
    """Sections by country and topic; the source language and English carry the vectors."""

    def __init__(self, by_topic: dict[tuple[str, str], list[SectionVector]]) -> None:
        self._by_topic = by_topic

    def nearest(self, country: str, topic: str, vector: Sequence[float]) -> str | None:
        """The id of the section that a question is about."""
        sections = self._by_topic.get((country, topic), [])
        return rank(vector, sections)[0].key if sections and vector else None


def build_index(answers: Answers, cache_folder: Path) -> SectionIndex:
    places, passages = [], []
    for answer in answers:
        if answer.language in (SOURCE_LANGUAGES[answer.country], "en"):
            for section in answer.sections:
                places.append((answer.country, answer.topic, section.id))
                passages.append(f"{answer.title}. {section.text}")
    by_topic: dict[tuple[str, str], list[SectionVector]] = {}
    if passages:
        vectors = encode_passages(passages, cache_folder)
        for (country, topic, section_id), vector in zip(places, vectors, strict=True):
            by_topic.setdefault((country, topic), []).append(SectionVector(section_id, vector))
    return SectionIndex(by_topic)
