"""Which section of which answer a question is about; made once when content is loaded."""

import asyncio
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from backend.settings import ROOT
from content.answers import SOURCE_LANGUAGES, Answers, load_answers
from nlu.client import Understanding, Verdict
from nlu.search import Page, SearchIndex, SectionVector, encode_query, encode_sections, rank

FIRST = "what"
# Of 31 questions in three languages 27 got the right section with this lead over the first one,
# 24 without it.
CLEARLY_NEARER = 0.015
# Of 1296 questions about topics 51 % reach it, nearly nine in ten of them with their topic among
# the two; of 132 foreign questions 5 %.
NEAR_ENOUGH = 0.45
MOST_OFFERED = 2


class SectionIndex:
    """Sections by country and topic; the source language and English carry the vectors."""

    def __init__(
        self,
        by_topic: dict[tuple[str, str], list[SectionVector]],
        by_country: dict[str, SearchIndex],
    ) -> None:
        self._by_topic = by_topic
        self._by_country = by_country

    def search(self, country: str, question: str, vector: Sequence[float]) -> list[tuple[str, str]]:
        """Topic and id of the sections that a question may be about, over all topics, nearest
        first and one per topic; none when nothing is near enough to ask about."""
        index = self._by_country.get(country)
        if index is None or not vector:
            return []
        near: dict[str, str] = {}
        for found in index.rank(question, vector):
            topic, _, section_id = found.key.partition(":")
            if found.score < NEAR_ENOUGH or len(near) == MOST_OFFERED:
                break
            near.setdefault(topic, section_id)
        return list(near.items())

    def nearest(self, country: str, topic: str, vector: Sequence[float]) -> str | None:
        """The id of the section that a question is about; None says: begin at the beginning."""
        sections = self._by_topic.get((country, topic), [])
        if not sections or not vector:
            return None
        ranked = rank(vector, sections)
        first = max(found.similarity for found in ranked if found.key == FIRST)
        return ranked[0].key if ranked[0].similarity - first >= CLEARLY_NEARER else None


async def encoded_only(text: str) -> Understanding | None:
    """What the search can do with a text while the recogniser is away: a vector, no candidate."""
    if text.startswith("/"):
        return None
    vector = await asyncio.to_thread(encode_query, text)  # tens of milliseconds of processor time
    return Understanding(Verdict.NONE, (), None, False, tuple(vector.tolist()))


@cache
def load_shipped(cache_folder: Path) -> tuple[Answers, SectionIndex]:
    """The answers in content/ and where their sections are found; read once by a process."""
    answers = load_answers()
    return answers, build_index(answers, cache_folder)


def build_index(answers: Answers, cache_folder: Path) -> SectionIndex:
    written = [
        (answer, section)
        for answer in answers
        if answer.language in (SOURCE_LANGUAGES[answer.country], "en")
        for section in answer.sections
    ]
    vectors = encode_sections(
        [section.id for _, section in written],
        # Spelt as the search spells what fits into one chunk, so that one vector serves both.
        [" ".join(f"{answer.title} {section.text}".split()) for answer, section in written],
        cache_folder,
    )
    by_topic: dict[tuple[str, str], list[SectionVector]] = {}
    pages: dict[str, list[Page]] = {}
    for (answer, section), vector in zip(written, vectors, strict=True):
        place = (answer.country, answer.topic)
        by_topic.setdefault(place, []).append(SectionVector(section.id, vector))
        page = Page(f"{answer.topic}:{section.id}", f"{answer.title}\n{section.text}")
        pages.setdefault(answer.country, []).append(page)
    by_country = {country: SearchIndex(each, cache_folder) for country, each in pages.items()}
    return SectionIndex(by_topic, by_country)


if __name__ == "__main__":
    # A minute's work after a change of many answers, which set-up does before an app starts.
    load_shipped(ROOT / ".landa" / "vectors")
